"""The last question in Chromium: an excerpt to hear, two questions, and sending in; also without scripts."""

import pytest
from sqlalchemy import select, update

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Guess, Study
from coder_app.services import guess_asking
from coder_app.services.actor import get_actor
from tests.browser.conftest import Server
from tests.browser.desk import TIME, sitting_at, until
from tests.makers.room import make_room

pytestmark = pytest.mark.browser

SECONDS = 4


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A room with two recordings, and the address at which it is served."""
    folder = tmp_path_factory.mktemp("room")
    write_recording(folder / "sound.wav", speech(float(SECONDS), 1))
    result = clean_recording([folder / "sound.wav"], folder / "clean.m4a")
    room = make_room(folder / "data")
    recordings = [room.recording(code, folder / "clean.m4a", result) for code in ("zora-mila", "pelo-tann")]
    server = Server(folder / "data")
    yield room, server.address, recordings
    server.end()


@pytest.fixture
def desk(served, chromium):
    """The desk of a coder who is asked about two recordings."""
    room, address, (first, second) = served
    put(room, Phase.SETUP)
    with sitting_at(room, chromium, address, first) as made:
        room.assign(made.coder, second, f"second-{made.page_address[-6:]}", place=2)
        with room.database.write() as db:
            db.query(Guess).delete()
            db.execute(update(Assignment).values(state="submitted"))
        put(room, Phase.LOCKED)
        ask(room)
        yield made


def put(room, phase: Phase) -> None:
    with room.database.write() as db:
        db.execute(update(Study).values(phase=phase))


def ask(room) -> None:
    """Ask again for each desk: the trail of one study knows of one asking."""
    with room.database.write() as db:
        lead = get_actor(db, room.tools, room.lead.viewer, room.lead.study_public_id)
        for_all = guess_asking._list_coded(db, lead)
        for forms in for_all.values():
            for place, assignment_id in enumerate(forms.values(), start=1):
                db.add(
                    Guess(
                        study_id=lead.study_id, assignment_id=assignment_id, place=place, drawn_at=lead.now()
                    )
                )


def answers(desk) -> list[tuple]:
    with desk.room.database.read() as db:
        rows = db.execute(
            select(Guess.position, Guess.rupture_type)
            .join(Assignment, Assignment.id == Guess.assignment_id)
            .where(Assignment.user_id == desk.coder.user_id)
            .order_by(Guess.place)
        ).all()
    return [tuple(row) for row in rows]


def to_first(desk, page) -> None:
    page.goto(f"/studies/{desk.coder.study_public_id}/coding")
    page.get_by_role("link", name="See the question").click()
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("heading", name="What do you take").wait_for()


def test_a_coder_hears_excerpts_answers_and_sends_in(desk, look):
    page = desk.open()
    page.goto(f"/studies/{desk.coder.study_public_id}/coding")
    look(page, "guesses-queue")
    page.get_by_role("link", name="See the question").click()
    look(page, "guesses-list")
    page.get_by_role("link", name="Begin").click()
    until(page, "document.querySelector('[data-player]').classList.contains('is-ready')")
    assert page.locator("input[type=radio]:checked").count() == 0
    look(page, "guess")
    until(page, f"{TIME} >= {SECONDS / 2}")
    page.click("[data-play]")
    until(page, f"document.querySelector('audio').paused && {TIME} > {SECONDS - 0.3}", 3 * SECONDS)
    page.get_by_label("At the rupture").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("Not saved yet: an answer is missing").wait_for()
    look(page, "guess-missing")
    assert page.get_by_label("At the rupture").is_checked()
    page.get_by_label("It was repaired").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("Recording 2 of 2.").wait_for()
    for unknown in page.get_by_label("I don’t know").all():
        unknown.check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Send in my answers").click()
    page.get_by_text("Your answers are sent in").wait_for()
    look(page, "guesses-sent")
    assert answers(desk) == [("central", "repaired"), ("unknown", "unknown")]


def test_without_scripts_the_excerpt_begins_in_the_middle_and_answers_are_kept(desk):
    page = desk.open(java_script_enabled=False)
    to_first(desk, page)
    assert page.get_attribute("audio", "src").endswith(f"#t={SECONDS / 2:.3f},{SECONDS:.3f}")
    page.get_by_label("Before the rupture").check()
    page.get_by_label("It was not repaired").check()
    page.get_by_role("button", name="Save and see the list").click()
    page.get_by_text("1 of 2 answered").wait_for()
    page.get_by_role("link", name="Change").click()
    page.get_by_label("After the rupture").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("Recording 2 of 2.").wait_for()
    assert answers(desk) == [("post", "unrepaired"), (None, None)]
