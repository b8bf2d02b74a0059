"""Reopening: a coder asks, a lead decides, and what was submitted stays on record."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Study, Submission
from coder_app.services import lock, reopening, reopening_answer
from coder_app.services.assignment import get_form
from coder_app.services.errors import NotFound, Refused
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.submitting import rate_all, submit

SLIP = "I pressed 5 where I meant 1."


@pytest.fixture
def people(world, database):
    """A lead and two coders of a study in its coding phase."""
    lead = world.study()
    coders = [world.member(lead, name, Role.CODER, instruments=("CIRS",)) for name in ("Mara", "Nora")]
    with database.write() as db:
        db.execute(update(Study).values(phase=Phase.CODING))
    return [world.again(person) for person in (lead, *coders)]


@pytest.fixture
def lead(people):
    return people[0]


@pytest.fixture
def coder(people):
    return people[1]


@pytest.fixture
def other(people):
    return people[2]


@pytest.fixture
def submitted(database, lead, coder) -> str:
    """A form that the coder has submitted."""
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        made = add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)
    rate_all(database, coder, made)
    submit(database, coder, made)
    return made


@pytest.fixture
def ask(database, lead, coder, submitted):
    """Return a function that asks and returns the request's public id."""

    def asker(reason: str = SLIP) -> str:
        with database.write() as db:
            reopening.ask(db, coder, submitted, reason)
        with database.read() as db:
            (asked,) = [one for one in reopening_answer.list_requests(db, lead) if one.state == "open"]
        return asked.public_id

    return asker


def decide(database, actor, request: str, *, grant: bool, answer: str = "") -> None:
    with database.write() as db:
        reopening_answer.decide(db, actor, request, grant=grant, answer=answer)


def last_request(database, coder, form: str) -> reopening.OwnRequest:
    with database.read() as db:
        return reopening.find_own(db, coder, form)


def state_of(database, coder, form: str) -> str:
    with database.read() as db:
        return get_form(db, coder, form).state


def test_a_granted_form_is_changed_and_submitted_again_beside_what_was_first(
    database, lead, coder, submitted, ask
):
    decide(database, lead, ask(), grant=True, answer="Go ahead.")
    assert state_of(database, coder, submitted) == "reopened"
    assert last_request(database, coder, submitted).answer == "Go ahead."
    rate_all(database, coder, submitted, score=4, page="b")
    submit(database, coder, submitted, "I heard it elsewhere.")
    with database.read() as db:
        first, second = db.scalars(select(Submission).order_by(Submission.number)).all()
        assert (first.number, second.number) == (1, 2)
        assert {rating["score"] for rating in first.ratings} == {2}
        assert {rating["score"] for rating in second.ratings} == {4}
        assert second.started_at > first.submitted_at


def test_a_declined_request_keeps_the_form_and_shows_the_leads_words_and_can_be_made_again(
    database, lead, coder, submitted, ask
):
    decide(database, lead, ask(), grant=False, answer="That is no slip but a second thought.")
    assert state_of(database, coder, submitted) == "submitted"
    answered = last_request(database, coder, submitted)
    assert (answered.state, answered.answer) == ("declined", "That is no slip but a second thought.")
    ask("I really pressed the wrong key.")
    assert last_request(database, coder, submitted).state == "open"


@pytest.mark.parametrize("answer", ["", "no", " \n no way \n "])
def test_declining_needs_a_few_words(database, lead, coder, submitted, ask, answer):
    request = ask()
    with pytest.raises(Refused, match="few words"):
        decide(database, lead, request, grant=False, answer=answer)
    assert last_request(database, coder, submitted).state == "open"


@pytest.mark.parametrize("reason", ["", "wrong key", "x y z " * 200])
def test_asking_needs_a_reason_of_a_few_words_and_not_too_many(database, coder, submitted, ask, reason):
    with pytest.raises(Refused):
        ask(reason)
    assert last_request(database, coder, submitted) is None


def test_one_request_at_a_time_which_can_be_taken_back(database, coder, submitted, ask, lead):
    request = ask()
    with pytest.raises(Refused, match="asked the lead already"):
        ask()
    with database.write() as db:
        reopening.withdraw(db, coder, submitted)
    assert last_request(database, coder, submitted).state == "withdrawn"
    with pytest.raises(Refused, match="withdrawn meanwhile"):
        decide(database, lead, request, grant=True)
    with pytest.raises(Refused, match="no request"), database.write() as db:
        reopening.withdraw(db, coder, submitted)
    ask()


def test_a_request_is_answered_once(database, lead, ask):
    request = ask()
    decide(database, lead, request, grant=True)
    with pytest.raises(Refused, match="granted meanwhile"):
        decide(database, lead, request, grant=False, answer="On second thoughts, no.")


def test_a_form_that_is_open_needs_no_reopening(database, lead, coder, submitted, ask):
    decide(database, lead, ask(), grant=True)
    with pytest.raises(Refused, match="is open"), database.write() as db:
        reopening.ask(db, coder, submitted, SLIP)


def test_nobody_else_asks_takes_back_or_reads(database, other, submitted, ask):
    ask()
    for act in (lambda db: reopening.ask(db, other, submitted, SLIP),
                lambda db: reopening.withdraw(db, other, submitted),
                lambda db: reopening.find_own(db, other, submitted)):  # fmt: skip
        with pytest.raises(NotFound), database.write() as db:
            act(db)


def test_only_a_lead_of_the_study_decides(database, world, coder, ask):
    request = ask()
    with pytest.raises(NotAllowed):
        decide(database, coder, request, grant=True)
    elsewhere = world.study("Elsewhere", "Quirin")
    with pytest.raises(NotFound):
        decide(database, elsewhere, request, grant=True)


def test_nobody_decides_about_an_own_form(database, world, lead, coder, submitted, ask):
    """Whoever has submitted everything and leads has seen what others rated."""
    request = ask()
    with database.write() as db:
        db.execute(update(Assignment).values(user_id=lead.user_id))
    with pytest.raises(Refused, match="another lead"):
        decide(database, lead, request, grant=True)
    with database.read() as db:
        (listed,) = reopening_answer.list_requests(db, lead)
    assert listed.own and listed.leads_too


def test_a_lead_who_codes_sees_who_asks_and_when_and_can_grant_but_not_what_about(
    database, lead, coder, submitted, ask, browser_of
):
    request = ask()
    coding = replace(lead, coding=True)
    with database.read() as db:
        (blind,) = reopening_answer.list_requests(db, coding)
        (seeing,) = reopening_answer.list_requests(db, lead)
    assert blind.form is None and blind.coder == "Mara" and blind.asked_at == seeing.asked_at
    assert (seeing.form.mask, seeing.form.instrument, seeing.form.reason) == ("velid-moru", "CIRS", SLIP)
    assert seeing.form.submitted_at is not None
    decide(database, coding, request, grant=True)
    assert state_of(database, coder, submitted) == "reopened"


def test_nothing_is_asked_for_or_granted_once_coding_is_locked(database, lead, coder, submitted, ask, world):
    request = ask()
    with database.write() as db:
        db.execute(update(Study).values(phase=Phase.LOCKED))
    with pytest.raises(Refused, match="closed"):
        decide(database, world.again(lead), request, grant=True)
    with pytest.raises(Refused, match="closed"), database.write() as db:
        reopening.ask(db, coder, submitted, SLIP)


def test_coding_is_not_locked_over_a_request(database, lead, ask):
    request = ask()
    with pytest.raises(Refused, match="asks to reopen"), database.write() as db:
        lock.lock_coding(db, lead)
    decide(database, lead, request, grant=False, answer="It is too late.")
    with database.write() as db:
        lock.lock_coding(db, lead)


def test_the_pages_take_a_request_from_the_coder_to_the_lead_and_back(
    database, lead, coder, submitted, browser_of
):
    mara, boss = browser_of(coder.viewer), browser_of(lead.viewer)
    form, study = f"/coding/{submitted}", f"/studies/{lead.study_public_id}"
    short = mara.post(f"{form}/reopening", {"reason": "oops"}, page=form)
    assert short.status_code == 422 and ">\noops</textarea>" in short.get_data(as_text=True)
    assert mara.post(f"{form}/reopening", {"reason": SLIP}, page=form).status_code == 303
    assert "Take the request back" in mara.get(form).get_data(as_text=True)
    assert "1 request to reopen a submitted form" in boss.get(study).get_data(as_text=True)
    assert "Requests to reopen (1)" in boss.get(f"{study}/rounds").get_data(as_text=True)
    page = boss.get(f"{study}/reopenings").get_data(as_text=True)
    assert SLIP in page and "velid-moru" in page
    action = re.search(rf'action="({study}/reopenings/[0-9a-f]+)"', page).group(1)
    words = {"decision": "decline", "answer": "no"}
    refused = boss.post(action, words, page=study)
    assert refused.status_code == 422 and ">\nno</textarea>" in refused.get_data(as_text=True)
    words = {"decision": "grant", "answer": "Only the last item, please."}
    assert boss.post(action, words, page=study).status_code == 303
    gone = boss.post(action, words, page=study)
    assert gone.status_code == 422 and "granted meanwhile" in gone.get_data(as_text=True)
    assert "Only the last item, please." in mara.get(form).get_data(as_text=True)
    assert "Reopened" in mara.get(f"{study}/coding").get_data(as_text=True)


def test_a_request_can_be_taken_back_on_the_page(coder, submitted, browser_of):
    mara, form = browser_of(coder.viewer), f"/coding/{submitted}"
    mara.post(f"{form}/reopening", {"reason": SLIP}, page=form)
    assert mara.post(f"{form}/reopening/withdraw", page=form).status_code == 303
    page = mara.get(form).get_data(as_text=True)
    assert "Ask to change a rating" in page and SLIP not in page
    assert mara.post(f"{form}/reopening/withdraw", page=form).status_code == 422


def test_once_coding_is_closed_the_page_says_so_and_asks_nothing(database, coder, submitted, browser_of):
    with database.write() as db:
        db.execute(update(Study).values(phase=Phase.LOCKED))
    page = browser_of(coder.viewer).get(f"/coding/{submitted}").get_data(as_text=True)
    assert "coding of this study is closed" in page
    assert "Ask to change" not in page


def test_a_late_save_says_that_the_lead_can_be_asked(database, coder, submitted):
    from coder_app.domain.rating import Change
    from coder_app.services import rating

    with database.write() as db:
        refusal = rating.save(db, coder, submitted, Change("cirs_01", 5, None, "z", 9, 0))
    assert "ask the lead to reopen" in refusal.message
