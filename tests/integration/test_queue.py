"""The queue: where one stopped, the goal of the week, and rounds that look alike unless announced."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.goal import Week
from coder_app.domain.heard import Report
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.domain.rating import Change
from coder_app.models import Assignment, Round, Study
from coder_app.services import listening, rating, reopening, reopening_answer, round_settings, trail
from coder_app.services.assignment import get_form
from coder_app.services.errors import NotFound, Refused
from coder_app.services.round_settings import RoundSettings
from coder_app.web.coding.queue_page import QueuePage, find_current, queue_page
from coder_app.web.coding.stopped_part import stopped_part
from tests.makers.kept import keep
from tests.makers.training import Trained, make_study_with_practice


@pytest.fixture
def study(world) -> Trained:
    """A study with a training round and, after it, the main round."""
    return keep(world, None, ("trained and allotted",), lambda: make_trained(world))


def make_trained(world) -> Trained:
    made = make_study_with_practice(world)
    made.train()
    made.allot()
    return made


@pytest.fixture
def change(study, database):
    """Return a function that changes the settings of a round by its name."""

    def run(name: str, goal: int | None = None, *, announced: bool = False, actor=None) -> bool:
        with database.write() as db:
            wanted = db.scalars(select(Round.public_id).where(Round.name == name)).one()
            return round_settings.change_round(
                db, actor or study.lead, wanted, RoundSettings(goal, announced)
            )

    return run


def read(study: Trained, name: str, browser_of) -> str:
    """Return the words of a coder's queue."""
    browser = browser_of(study.coders[name].viewer)
    page = browser.get(f"/studies/{study.lead.study_public_id}/coding").get_data(as_text=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def week_of(study: Trained, name: str) -> Week | None:
    return page_of(study, name).week


def page_of(study: Trained, name: str) -> QueuePage:
    entries = study.queue(name)
    return queue_page(entries, study.lead.now(), find_current(entries))


@pytest.fixture(autouse=True)
def _request(app):
    """A request, which view models need for addresses and language."""
    with app.test_request_context():
        yield


def hear(study: Trained, name: str, public_id: str, until_ms: int) -> None:
    with study.world.database.write() as db:
        report = Report(((0, until_ms),), until_ms, 1.0, 0)
        listening.record(db, study.coders[name], public_id, report)


def rate(study: Trained, name: str, public_id: str, count: int) -> None:
    coder = study.coders[name]
    with study.world.database.write() as db:
        items = get_form(db, coder, public_id).instrument.items
        for number, item in enumerate(items[:count], start=1):
            rating.save(db, coder, public_id, Change(item.code, 1, None, "page", number, 0))


def test_the_queue_says_where_the_coder_stopped(study, browser_of):
    form = study.queue("Mara")[3].public_id
    hear(study, "Mara", form, 30_000)
    rate(study, "Mara", form, 3)
    words = read(study, "Mara", browser_of)
    assert "Stopped at 00:30 of 01:00, today" in words
    assert "50% heard. Next is item 4 of 6." in words
    assert "Continue at 00:25" in words


def test_who_has_no_scripts_is_told_the_item_alone(study, browser_of):
    rate(study, "Mara", study.queue("Mara")[3].public_id, 3)
    words = read(study, "Mara", browser_of)
    assert "Next is item 4 of 6." in words
    assert "Stopped at" not in words and "heard." not in words


def test_a_form_that_is_rated_but_not_submitted_says_so(study, browser_of):
    form = study.queue("Mara")[0].public_id
    rate(study, "Mara", form, 6)
    assert "All items are rated." in read(study, "Mara", browser_of)


def test_what_was_worked_on_last_comes_first_then_what_is_begun_then_the_rest(study):
    queue = study.queue("Mara")
    first, second, third = (queue[place] for place in (4, 2, 6))
    for one in (first, second, third):
        rate(study, "Mara", one.public_id, 1)
    page = page_of(study, "Mara")
    assert page.current.entry.mask == third.mask
    (section,) = page.to_do
    begun = [group[0].mask for group in section.groups[:2]]
    assert begun == [second.mask, first.mask]
    assert [entry.mask for (entry,) in section.groups[2:]] == [
        one.mask for one in queue if one not in (first, second, third)
    ]


def test_submitted_forms_stand_apart_the_last_first(study):
    first, second = study.queue("Mara")[:2]
    study.submit("Mara", first.public_id)
    study.submit("Mara", second.public_id)
    page = page_of(study, "Mara")
    assert [group[0].mask for group in page.done] == [second.mask, first.mask]
    assert page.submitted == 2
    assert page.current.entry.mask not in (first.mask, second.mask)


def test_open_forms_of_the_listening_at_hand_stand_with_it(world, database):
    study = make_study_with_practice(world)
    study.coders["Both"] = world.member(study.lead, "Both", Role.CODER, instruments=("CIRS", "TABBS"))
    with database.write() as db:
        db.execute(update(Study).values(coding_settings=CodingSettings(one_listening=True).to_mapping()))
    study.refresh()
    study.train()
    page = page_of(study, "Both")
    (other,) = page.current.others
    assert other.with_masks == (page.current.entry.mask,)
    (section,) = page.to_do
    assert {len(group) for group in section.groups} == {2}
    assert section.size + 2 == page.total


def test_nothing_of_a_round_is_in_the_queue_unless_it_is_announced(study, browser_of, change):
    assert "Training" not in read(study, "Mara", browser_of)
    assert "Main" not in read(study, "Mara", browser_of)
    assert len(page_of(study, "Mara").to_do) == 1
    assert change("Training 1", announced=True)
    sections = page_of(study, "Mara").to_do
    assert [section.name for section in sections] == ["Training 1", None]
    words = read(study, "Mara", browser_of)
    assert "Training 1" in words and "Other recordings to do" in words
    assert "Main coding" not in words


def test_the_purpose_and_the_date_of_a_round_change_no_byte_of_the_queue(study, database, browser_of):
    browser = browser_of(study.coders["Mara"].viewer)
    address = f"/studies/{study.lead.study_public_id}/coding"

    def page() -> bytes:
        return re.sub(rb'name="csrf_token" value="[^"]*"', b"", browser.get(address).data)

    before = page()
    with database.write() as db:
        for one in db.scalars(select(Round)):
            one.purpose = "main" if one.purpose == "training" else "training"
            one.name, one.created_at = one.name + " x", one.created_at - timedelta(days=9)
    assert page() == before


def test_the_pages_of_a_training_form_are_those_of_any_other(study, browser_of):
    """But for masks and ids, which are drawn alike, and the moments of the coder's own work."""
    training = study.forms("Mara")
    of_training = next(one for one in training if one.recording_id in study.practice)
    of_main = next(one for one in training if one.recording_id not in study.practice)
    browser = browser_of(study.coders["Mara"].viewer)

    def pages(form: Assignment) -> list[str]:
        seen = []
        address = f"/coding/{form.public_id}"
        for count in (0, 2, 6):
            if count:
                rate(study, "Mara", form.public_id, count)
                hear(study, "Mara", form.public_id, 10_000 * count)
            seen += [browser.get(f"{address}{path}") for path in ("", "/check", "/concern")]
        study.submit("Mara", form.public_id)
        seen.append(browser.get(address))
        return [plain(reply.get_data(as_text=True), form) for reply in seen]

    assert pages(of_training) == pages(of_main)


def plain(page: str, form: Assignment) -> str:
    page = page.replace(form.public_id, "ID").replace(form.mask, "MASK")
    page = re.sub(r"\b[0-9a-f]{32,64}\b", "HEX", page)
    page = re.sub(r'"ago": \d+', '"ago": 0', page)
    return re.sub(r"\d\d:\d\d:\d\d|\d\d:\d\d(?=[.<,])", "TIME", page)


def test_a_goal_is_one_line_over_all_rounds(study, browser_of, change):
    assert "This week" not in read(study, "Mara", browser_of)
    change("Main coding", 5)
    assert "This week: 0 of the 5 that the lead asks for" in read(study, "Mara", browser_of)
    change("Training 1", 2)
    assert week_of(study, "Mara") == Week(0, 7)


def test_a_form_of_a_round_without_a_goal_counts_like_any_other(study, change):
    change("Main coding", 5)
    training = next(one for one in study.forms("Mara") if one.recording_id in study.practice)
    main = next(one for one in study.forms("Jon") if one.recording_id not in study.practice)
    study.submit("Mara", training.public_id)
    study.submit("Jon", main.public_id)
    assert week_of(study, "Mara") == week_of(study, "Jon") == Week(1, 5)


def test_a_form_that_is_reopened_and_submitted_again_counts_once(study, change, database):
    change("Main coding", 5)
    form = study.queue("Mara")[0].public_id
    study.submit("Mara", form)
    with database.write() as db:
        reopening.ask(db, study.coders["Mara"], form, "I pressed the wrong key.")
    with database.write() as db:
        (asked,) = reopening_answer.list_requests(db, study.lead)
        reopening_answer.decide(db, study.lead, asked.public_id, grant=True)
    assert week_of(study, "Mara") == Week(1, 5)
    study.submit("Mara", form)
    assert week_of(study, "Mara") == Week(1, 5)


def test_a_week_ends_on_sunday_night(study, change):
    change("Main coding", 5)
    study.submit("Mara", study.queue("Mara")[0].public_id)
    now = study.lead.now()
    next_week = now + timedelta(days=7)
    assert queue_page(study.queue("Mara"), now).week == Week(1, 5)
    assert queue_page(study.queue("Mara"), next_week).week == Week(0, 5)


def test_a_change_of_a_round_is_on_record_with_what_was_before(study, change, database):
    assert change("Main coding", 5, announced=True)
    assert not change("Main coding", 5, announced=True)
    with database.read() as db:
        entries = trail.list_entries(db, study.lead, trail.Filter(act="change round"), limit=None).entries
    assert [entry.payload for entry in entries] == [{"weekly_goal": [None, 5], "announced": [False, True]}]


@pytest.mark.parametrize("goal", [0, -1, 201])
def test_a_goal_out_of_bounds_is_refused(change, goal, study):
    with pytest.raises(Refused, match="from 1 to 200"):
        change("Main coding", goal)
    assert week_of(study, "Mara") is None


def test_once_coding_is_locked_no_round_changes(study, change, database):
    with database.write() as db:
        db.execute(update(Study).values(phase=Phase.LOCKED))
    study.refresh()
    with pytest.raises(Refused, match="locked"):
        change("Main coding", 5)


def test_a_coder_changes_no_round_and_a_lead_none_of_another_study(study, change, world, database):
    with pytest.raises(NotAllowed):
        change("Main coding", 5, actor=study.coders["Mara"])
    with pytest.raises(NotFound):
        change("Main coding", 5, actor=world.study("Another", "Other lead"))


def test_the_lead_sets_goal_and_name_on_the_page(study, browser_of, database):
    browser = browser_of(study.lead.viewer)
    with database.read() as db:
        made = db.scalars(select(Round.public_id).where(Round.name == "Main coding")).one()
    address = f"{study.address}/{made}"
    sent = {f"{made}-weekly_goal": "5", f"{made}-announced": "y"}
    reply = browser.post(address, sent, page=study.address)
    assert reply.status_code == 303
    page = browser.get(reply.location).get_data(as_text=True)
    assert "<dt>Goal</dt><dd>5 forms per coder and week</dd>" in page
    assert "<dt>Its name</dt><dd>read by coders</dd>" in page
    assert week_of(study, "Mara") == Week(0, 5)
    for wrong in ("0", "x", "1000"):
        reply = browser.post(address, {f"{made}-weekly_goal": wrong}, page=study.address)
        assert reply.status_code == 422
    assert browser.post(address, {f"{made}-weekly_goal": ""}, page=study.address).status_code == 303
    assert week_of(study, "Mara") is None


def test_the_stopped_part_holds_what_the_page_starts_with(study, database):
    form = study.queue("Mara")[0].public_id
    hear(study, "Mara", form, 3_000)
    with database.read() as db:
        part = stopped_part(db, study.coders["Mara"], form)
    assert (part.position, part.starts_at) == ("00:03", "00:00")
    assert part.known.stretches == ((0, 3_000),)
