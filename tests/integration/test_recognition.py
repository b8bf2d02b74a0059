"""A coder who recognises a recording says so, goes on rating, and only those who may see which one."""

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.domain.recognition import How
from coder_app.models import Assignment, Audit, AuditPayload, Listening
from coder_app.services import members, recognition
from coder_app.services.errors import NotFound, Refused
from tests.makers.coding import add_assignment, add_recording, add_round


class Room:
    """A study with two coders; Mara has two forms."""

    def __init__(self, world, database) -> None:
        self.world, self.database = world, database
        self.lead = world.study()
        self.mara = world.member(self.lead, "Mara", Role.CODER, instruments=("CIRS", "TABBS"))
        self.nora = world.member(self.lead, "Nora", Role.CODER, instruments=("CIRS",))
        with database.write() as db:
            self.round = add_round(db, self.lead)
            self.recording = add_recording(db, self.lead, "lumo-peka")
            self.own = add_assignment(db, self.mara, self.round, self.recording, "CIRS", "velid-moru", 1)
            self.second = add_assignment(db, self.mara, self.round, self.recording, "TABBS", "sanu-kipo", 2)

    @property
    def page(self) -> str:
        return f"/coding/{self.own}"

    def marks(self) -> dict[str, str | None]:
        with self.database.read() as db:
            rows = db.execute(
                select(Assignment.public_id, Assignment.recognised_how).where(
                    Assignment.recognised_at.is_not(None)
                )
            )
            return dict(tuple(row) for row in rows)

    def trail(self) -> list[tuple[str, str, dict]]:
        with self.database.read() as db:
            rows = db.execute(
                select(Audit.act, Audit.subject, AuditPayload.payload)
                .join(
                    AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq)
                )
                .where(Audit.act.in_(("recognise recording", "take back recognition")))
                .order_by(Audit.seq)
            )
            return [tuple(row) for row in rows]

    def listen_once(self) -> None:
        with self.database.write() as db:
            made = Listening(
                study_id=self.lead.study_id,
                recording_id=self.recording,
                user_id=self.mara.user_id,
                together=True,
                stretches=[],
                position_ms=0,
                speed=1.0,
                fastest=1.0,
                heard_at=None,
            )
            db.add(made)
            db.flush()
            db.execute(
                update(Assignment).where(Assignment.user_id == self.mara.user_id).values(listening_id=made.id)
            )

    def submit(self) -> None:
        with self.database.write() as db:
            db.execute(update(Assignment).values(state="submitted", submitted_at=self.lead.now()))


@pytest.fixture
def room(world, database) -> Room:
    return Room(world, database)


def text(reply) -> str:
    return reply.get_data(as_text=True)


@pytest.mark.parametrize("how", ["", *How])
def test_one_click_marks_the_form_and_the_page_says_so(how, room, browser_of):
    browser = browser_of(room.mara.viewer)
    assert "I recognised this recording" in text(browser.get(room.page))
    sent = browser.post(f"{room.page}/recognised", {"how": str(how)}, page=room.page)
    assert (sent.status_code, sent.location) == (303, f"{room.page}#about")
    assert room.marks() == {room.own: str(how) or None}
    shown = text(browser.get(room.page))
    assert "that you recognised this recording" in shown
    assert ("A voice" in shown) == (how is How.VOICE)
    assert 'action="' + room.page + '/form"' in shown  # rating goes on
    assert room.trail() == [("recognise recording", room.own, {"how": str(how) or None})]


def test_marking_again_changes_nothing(room, database):
    for how in ("voice", "name"):
        with database.write() as db:
            recognition.mark(db, room.mara, room.own, how)
    assert room.marks() == {room.own: "voice"}
    assert len(room.trail()) == 1


def test_it_can_be_taken_back_on_record_until_the_form_is_submitted(room, browser_of):
    browser = browser_of(room.mara.viewer)
    browser.post(f"{room.page}/recognised", page=room.page)
    for _ in range(2):
        assert browser.post(f"{room.page}/recognised/take-back", page=room.page).status_code == 303
    assert room.marks() == {}
    assert [act for act, _, _ in room.trail()] == ["recognise recording", "take back recognition"]
    browser.post(f"{room.page}/recognised", page=room.page)
    room.submit()
    assert "Take it back" not in text(browser.get(room.page))
    refused = browser.post(f"{room.page}/recognised/take-back", page=room.page)
    assert refused.status_code == 409
    assert "stays with it" in text(refused)
    assert room.marks() == {room.own: None}


def test_it_can_be_said_of_a_submitted_form_too(room, browser_of):
    room.submit()
    browser = browser_of(room.mara.viewer)
    assert browser.post(f"{room.page}/recognised", {"how": "told"}, page=room.page).status_code == 303
    assert room.marks() == {room.own: "told"}
    assert "Somebody told me" in text(browser.get(room.page))


def test_an_answer_that_the_page_does_not_offer_is_refused(room, browser_of):
    refused = browser_of(room.mara.viewer).post(f"{room.page}/recognised", {"how": "D001"}, page=room.page)
    assert refused.status_code == 409
    assert "D001" not in text(refused)
    assert room.marks() == {}


def test_nobody_marks_the_form_of_another(room, browser_of, database):
    for actor in (room.nora, room.lead):
        browser = browser_of(actor.viewer)
        assert browser.post(f"{room.page}/recognised").status_code == 404
        assert browser.post(f"{room.page}/recognised/take-back").status_code == 404
    for asked in (
        lambda db: recognition.mark(db, room.nora, room.own, ""),
        lambda db: recognition.take_back(db, room.nora, room.own),
        lambda db: recognition.find_own(db, room.nora, room.own),
    ):
        with database.write() as db, pytest.raises(NotFound):
            asked(db)
    assert room.marks() == {}


def test_two_listenings_are_marked_apart_and_one_listening_together(room, database):
    with database.write() as db:
        recognition.mark(db, room.mara, room.own, "")
    assert set(room.marks()) == {room.own}
    with database.write() as db:
        recognition.take_back(db, room.mara, room.own)
    room.listen_once()
    with database.write() as db:
        recognition.mark(db, room.mara, room.second, "voice")
    assert set(room.marks()) == {room.own, room.second}
    with database.write() as db:
        recognition.take_back(db, room.mara, room.own)
    assert room.marks() == {}


def test_a_form_of_the_same_listening_that_is_submitted_keeps_its_mark(room, database):
    room.listen_once()
    with database.write() as db:
        recognition.mark(db, room.mara, room.own, "voice")
        db.execute(update(Assignment).where(Assignment.public_id == room.second).values(state="submitted"))
    with database.write() as db, pytest.raises(Refused):
        recognition.take_back(db, room.mara, room.second)
    with database.write() as db:
        recognition.take_back(db, room.mara, room.own)
    assert room.marks() == {room.second: "voice"}


def test_a_segmented_form_goes_back_to_its_segment(room, browser_of):
    sent = browser_of(room.mara.viewer).post(f"{room.page}/recognised", {"segment": "99"}, page=room.page)
    assert sent.location == f"{room.page}#about"


def test_the_lead_sees_how_many_and_which(room, browser_of, database):
    rounds = f"/studies/{room.lead.study_public_id}/rounds"
    browser = browser_of(room.lead.viewer)
    assert "Recognised recordings" not in text(browser.get(rounds))
    with database.write() as db:
        recognition.mark(db, room.mara, room.own, "voice")
    shown = text(browser.get(rounds))
    assert "Recognised recordings" in shown
    assert "lumo-peka" in shown and "a voice" in shown


def test_a_lead_who_codes_sees_how_many_and_not_which(room, browser_of, database, world):
    with database.write() as db:
        members.join_team(db, room.lead, ["CIRS"])
        add_assignment(db, room.lead, room.round, room.recording, "CIRS", "mela-ruvo", 9)
        recognition.mark(db, room.mara, room.own, "voice")
    lead = world.again(room.lead)
    with database.read() as db:
        (mara,) = recognition.list_by_coder(db, lead)
    assert (mara.coder, mara.n_forms, mara.forms) == ("Mara", 1, None)
    shown = text(browser_of(lead.viewer).get(f"/studies/{lead.study_public_id}/rounds"))
    assert "Recognised recordings" in shown
    assert "lumo-peka" not in shown
