"""The last question: asked once after the lock, answered by each coder alone, closed when the key opens."""

from collections import Counter

import pytest
from sqlalchemy import select, update

from coder_app.domain.guessing import EXCERPT_MS, Outcome, Position
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.models import Assignment, Guess, Membership, Recording, Round, Sequence, User
from coder_app.services import guess, guess_asking
from coder_app.services.errors import NotFound, Refused
from tests.integration.test_dutch import english, left_in_english
from tests.makers.coded import make_coded_study
from tests.makers.guesses import DONT_KNOW, answer_all, ask, own_guesses

__all__ = ["english"]  # a fixture

SURE = (Position.CENTRAL, Outcome.REPAIRED)


@pytest.fixture
def study(world, settings):
    """A study whose coding is locked."""
    made = make_coded_study(world, settings)
    made.lock()
    return made


@pytest.fixture
def asked(study):
    """The same, its coders asked about ten recordings each."""
    ask(study)
    return study


def list_page(study) -> str:
    return study.address + "/guesses"


def drawn(study) -> dict[str, list[int]]:
    """Return the recordings that each coder is asked about, in their order."""
    with study.world.database.read() as db:
        rows = db.execute(
            select(User.name, Assignment.recording_id)
            .join(Assignment, Assignment.user_id == User.id)
            .join(Guess, Guess.assignment_id == Assignment.id)
            .order_by(User.name, Guess.place)
        ).all()
    return {name: [id_ for who, id_ in rows if who == name] for name, _ in rows}


def test_each_coder_is_asked_about_as_many_of_the_own_recordings_as_the_lead_says(study, database):
    ask(study, 7)
    found = drawn(study)
    assert {name: len(set(recordings)) for name, recordings in found.items()} == {
        "Ada": 7,
        "Ben": 7,
        "Cleo": 7,
    }
    with database.read() as db:
        coded = set(db.execute(select(User.name, Assignment.recording_id).join(Assignment)).all())
    assert {(name, one) for name, ones in found.items() for one in ones} <= {tuple(row) for row in coded}


def test_the_draw_and_its_seed_are_in_the_trail_and_no_answer_ever_is(asked):
    (entry,) = [entry for entry in asked.trail() if entry.act == guess_asking.ASK]
    assert entry.payload.keys() == {"each", "coders", "seed"}
    answer_all(asked, lambda coder, one: SURE)
    answers = [entry for entry in asked.trail() if entry.act == "guess"]
    assert len(answers) == 30
    assert all(entry.payload == {} for entry in answers)
    everything = repr(asked.trail())
    assert not any(word in everything for word in ("central", "'repaired'"))


def test_the_draw_knows_no_secret(study, database):
    """Other types, positions and codes: the same seed draws the same places of the queues."""
    before = _draw_again(study, seed=3)
    with database.write() as db:
        for number, row in enumerate(db.scalars(select(Sequence)).all()):
            row.type = "unrepaired" if number % 2 else "repaired"
            row.pre_id, row.post_id = row.post_id, row.pre_id
        for recording in db.scalars(select(Recording)).all():
            recording.code = f"other-{recording.id}"
        db.execute(update(Assignment).values(is_primary=False))
    assert _draw_again(study, seed=3) == before
    assert _draw_again(study, seed=4) != before


def _draw_again(study, seed: int) -> dict[str, list[int]]:
    from coder_app.domain.guessing import draw_recordings

    with study.world.database.read() as db:
        coded = guess_asking._list_coded(db, study.lead)
    return {who: draw_recordings(list(forms.values()), 10, seed, who) for who, forms in coded.items()}


def test_a_coder_of_two_scales_is_asked_about_a_recording_once(asked, database):
    with database.read() as db:
        rows = db.execute(select(Assignment.user_id, Assignment.recording_id)).all()
    forms = Counter(tuple(row) for row in rows)
    assert max(forms.values()) == 2
    assert all(len(ones) == len(set(ones)) == 10 for ones in drawn(asked).values())


def test_with_fewer_recordings_than_asked_for_all_are_taken(study):
    with study.world.database.read() as db:
        n_coded = {who: len(forms) for who, forms in guess_asking._list_coded(db, study.lead).items()}
    ask(study, 30)
    assert sorted(len(ones) for ones in drawn(study).values()) == sorted(min(30, n) for n in n_coded.values())


def test_practice_is_not_asked_about_nor_whoever_is_no_coder_any_more(study, database):
    ada, ben = study.coders["Ada"], study.coders["Ben"]
    with database.write() as db:
        db.execute(update(User).where(User.id == ada.user_id).values(disabled_at=study.lead.now()))
        db.query(Membership).filter_by(user_id=ben.user_id).update({"role": str(Role.LEAD)})
    ask(study)
    assert drawn(study).keys() == {"Cleo"}


def test_nothing_but_practice_is_nothing_to_ask_about(study, database):
    with database.write() as db:
        db.execute(update(Round).values(purpose="training"))
    with database.write() as db, pytest.raises(Refused, match="main round"):
        guess_asking.ask_coders(db, study.lead)


@pytest.mark.parametrize("count", [4, 31])
def test_each_coder_is_asked_about_five_to_thirty(study, database, count):
    with database.write() as db, pytest.raises(Refused, match="5 to 30"):
        guess_asking.ask_coders(db, study.lead, count)


def test_coders_are_asked_after_the_lock_and_before_the_key_opens_and_once(world, settings, database):
    study = make_coded_study(world, settings)
    with database.write() as db, pytest.raises(Refused, match="would teach"):
        guess_asking.ask_coders(db, study.lead)
    study.lock()
    ask(study)
    with database.write() as db, pytest.raises(Refused, match="already"):
        guess_asking.ask_coders(db, study.lead)
    other = make_coded_study(_Other(world), settings, name="Other")
    other.open_key()
    with database.write() as db, pytest.raises(Refused, match="The key is open"):
        guess_asking.ask_coders(db, other.lead)


class _Other:
    """The same world with people of other names."""

    def __init__(self, world) -> None:
        self._world = world

    def __getattr__(self, name):
        return getattr(self._world, name)

    def study(self, name):
        return self._world.study(name, lead="Second lead")

    def member(self, lead, name, *roles, **more):
        return self._world.member(lead, f"Second {name}", *roles, **more)


def test_only_a_lead_asks_and_sees_how_many_answers_there_are(study, database):
    for act in (guess_asking.ask_coders, guess_asking.find_asked):
        with database.write() as db, pytest.raises(NotAllowed):
            act(db, study.coders["Ada"])
    with database.read() as db:
        assert guess_asking.find_asked(db, study.lead) is None
    ask(study, 5)
    answer_all(study, lambda coder, one: DONT_KNOW if coder == "Ada" or one.number == 1 else None)
    with database.read() as db:
        found = guess_asking.find_asked(db, study.lead)
    assert [(one.name, one.answered, one.total) for one in found.coders] == [
        ("Ada", 5, 5),
        ("Ben", 1, 5),
        ("Cleo", 1, 5),
    ]
    assert (found.answered, found.total, found.by) == (7, 15, "Lead")


def test_an_answer_can_be_changed_until_all_are_sent_in(asked, database):
    ada = asked.world.again(asked.coders["Ada"])
    first = own_guesses(asked, "Ada").guesses[0]
    with database.write() as db:
        guess.save(db, ada, first.public_id, *SURE)
        guess.save(db, ada, first.public_id, *SURE)
        guess.save(db, ada, first.public_id, *DONT_KNOW)
    now = own_guesses(asked, "Ada").find(first.public_id)
    assert (now.position, now.outcome) == DONT_KNOW
    assert [one.act for one in asked.trail()][:2] == ["change guess", "guess"]
    with database.write() as db, pytest.raises(Refused, match="for every recording"):
        guess.send_in(db, ada)
    answer_all(asked)
    with database.write() as db:
        guess.send_in(db, ada)
    assert own_guesses(asked, "Ada").sent
    assert not own_guesses(asked, "Ben").sent
    for act in (lambda db: guess.save(db, ada, first.public_id, *SURE), lambda db: guess.send_in(db, ada)):
        with database.write() as db, pytest.raises(Refused, match="sent in"):
            act(db)


def test_once_the_key_is_open_no_guess_counts(asked, database, browser_of):
    ada = asked.coders["Ada"]
    first = own_guesses(asked, "Ada").guesses[0]
    asked.open_key()
    with database.write() as db, pytest.raises(Refused, match="no longer counts"):
        guess.save(db, ada, first.public_id, *SURE)
    browser = browser_of(ada.viewer)
    page = browser.get(list_page(asked)).get_data(as_text=True)
    assert "The study was unmasked" in page
    assert f"/guesses/{first.public_id}" not in page
    assert browser.get(f"/guesses/{first.public_id}").status_code == 303
    assert "One last question" not in browser.get(asked.address + "/coding").get_data(as_text=True)


def test_nobody_reaches_the_question_before_it_is_asked(study, browser_of):
    browser = browser_of(study.coders["Ada"].viewer)
    assert "One last question" not in browser.get(study.address + "/coding").get_data(as_text=True)
    assert browser.get(list_page(study)).status_code == 404
    assert browser.post(list_page(study) + "/send", {}, page=study.address + "/coding").status_code == 404


def test_what_is_not_drawn_and_what_is_anothers_is_not_there(asked, database, browser_of):
    browser = browser_of(asked.coders["Ada"].viewer)
    own = {one.public_id for one in own_guesses(asked, "Ada").guesses}
    with database.read() as db:
        forms = db.execute(select(Assignment.public_id, User.name).join(User)).all()
    not_drawn = next(form for form, name in forms if name == "Ada" and form not in own)
    anothers = own_guesses(asked, "Ben").guesses[0].public_id
    for form in (not_drawn, anothers):
        assert browser.get(f"/guesses/{form}").status_code == 404
        assert browser.post(f"/guesses/{form}", {"position": "pre", "outcome": "repaired"}).status_code == 404
        with database.write() as db, pytest.raises(NotFound):
            guess.save(db, asked.coders["Ada"], form, *SURE)


def test_a_lead_who_codes_answers_too_and_sees_no_answer_of_others(asked, database, browser_of):
    ada = asked.coders["Ada"]
    with database.write() as db:
        db.add(
            Membership(
                study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=asked.lead.now()
            )
        )
    answer_all(asked, lambda coder, one: SURE if coder == "Ben" else None)
    browser = browser_of(ada.viewer)
    assert "One last question: 10 recordings" in browser.get(asked.address + "/coding").get_data(as_text=True)
    pages = [
        browser.get(asked.address + path).get_data(as_text=True) for path in ("/unmask", "/audit", "/guesses")
    ]
    assert not any("At the rupture" in page for page in pages)


def test_a_coder_answers_from_the_queue_to_the_end_without_scripts(asked, browser_of):
    browser = browser_of(asked.coders["Ada"].viewer)
    queue = browser.get(asked.address + "/coding").get_data(as_text=True)
    assert "One last question: 10 recordings" in queue
    assert list_page(asked) in queue
    page = browser.get(list_page(asked)).get_data(as_text=True)
    assert "You are asked only now" in page
    assert "There are no good or bad answers" in page
    at = f"/guesses/{own_guesses(asked, 'Ada').guesses[0].public_id}"
    assert at in page
    for number in range(1, 11):
        form = browser.get(at).get_data(as_text=True)
        assert f"Recording {number} of 10" in form
        assert "checked" not in form
        reply = browser.post(at, {"position": "unknown", "outcome": "repaired"})
        assert reply.status_code == 303
        at = reply.location
    assert at == list_page(asked)
    page = browser.get(at).get_data(as_text=True)
    assert "10 of 10 answered" in page
    assert page.count("It was repaired") == 10
    assert browser.post(at + "/send", {}, page=at).location == at
    page = browser.get(at).get_data(as_text=True)
    assert "Your answers are sent in" in page
    assert "/guesses/" not in page.replace("/guesses/send", "")
    assert "One last question" not in browser.get(asked.address + "/coding").get_data(as_text=True)


def test_an_answer_that_is_missing_is_named_and_the_other_one_kept_on_the_page(asked, browser_of):
    browser = browser_of(asked.coders["Ada"].viewer)
    at = f"/guesses/{own_guesses(asked, 'Ada').guesses[0].public_id}"
    for sent in ({"position": "post"}, {"position": "post", "outcome": "perhaps"}):
        reply = browser.post(at, sent)
        page = reply.get_data(as_text=True)
        assert reply.status_code == 422
        assert 'value="post" checked' in page
        assert page.count("Choose an answer; “I don’t know” is one.") == 1
        assert 'href="#outcome"' in page
    assert own_guesses(asked, "Ada").answered == 0
    reply = browser.post(at, {"position": "post", "outcome": "unknown", "next": "list"})
    assert reply.location == list_page(asked)
    assert 'value="post" checked' in browser.get(at).get_data(as_text=True)


def test_the_excerpt_begins_in_the_middle_and_lasts_a_minute_at_most(asked, database, browser_of):
    with database.write() as db:
        db.execute(update(Recording).values(duration_ms=3 * EXCERPT_MS + 500))
    one = own_guesses(asked, "Ada").guesses[0]
    assert (one.start, one.end) == (90.25, 150.25)
    page = browser_of(asked.coders["Ada"].viewer).get(f"/guesses/{one.public_id}").get_data(as_text=True)
    assert 'data-start="90.25" data-end="150.25"' in page
    assert "#t=90.250,150.250" in page
    assert "the player holds 01:30–02:30" in page


def test_listening_again_changes_nothing_of_what_was_heard(asked, browser_of):
    one = own_guesses(asked, "Ada").guesses[0]
    report = {"stretches": [[30_000, 31_000]], "position_ms": 31_000, "speed": 1.0, "ago_ms": 0}
    browser = browser_of(asked.coders["Ada"].viewer)
    assert browser.post_json(f"/coding/{one.public_id}/heard", report).status_code == 204


def test_the_question_is_asked_in_dutch_too(asked, browser_of, english):
    browser = browser_of(asked.coders["Ada"].viewer)
    browser.post("/language", {"language": "nl"})
    one = f"/guesses/{own_guesses(asked, 'Ada').guesses[0].public_id}"
    replies = [browser.get(asked.address + "/coding"), browser.get(list_page(asked)), browser.get(one)]
    replies += [browser.post(one, {}), browser.post(list_page(asked) + "/send", {})]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 422, 409]
    answer_all(asked)
    replies.append(browser.get(list_page(asked)))
    browser.post(list_page(asked) + "/send", {})
    replies += [browser.get(list_page(asked)), browser.post(one, {"position": "pre", "outcome": "repaired"})]
    asked.open_key()
    browser = browser_of(asked.coders["Ben"].viewer)
    browser.post("/language", {"language": "nl"})
    one = f"/guesses/{own_guesses(asked, 'Ben').guesses[0].public_id}"
    replies += [browser.get(list_page(asked)), browser.post(one, {"position": "pre", "outcome": "repaired"})]
    for number, reply in enumerate(replies):
        assert left_in_english(reply, english) == [], number


def test_whoever_has_sent_in_cannot_tell_whether_the_key_is_open(asked, browser_of):
    answer_all(asked)
    browser = browser_of(asked.coders["Ada"].viewer)
    one = f"/guesses/{own_guesses(asked, 'Ada').guesses[0].public_id}"
    browser.post(list_page(asked) + "/send", {})

    def look():
        replies = [browser.get(path) for path in (asked.address + "/coding", list_page(asked), one)]
        replies += [browser.post(one, {"position": "pre", "outcome": "repaired"})]
        replies += [browser.post(list_page(asked) + "/send", {})]
        return [(reply.status_code, reply.data) for reply in replies]

    before = look()
    asked.open_key()
    assert look() == before
