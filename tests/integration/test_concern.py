"""Concerns: kept whatever happens, read by the contact alone, and nobody's blind is broken by them."""

import re

import pytest
from sqlalchemy import select, update

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.concern import LONGEST
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Audit, AuditPayload, Concern, Membership, Recording, Study, User
from coder_app.services import audit, concern, concern_answer, members, people
from coder_app.services.errors import NotFound, Refused
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.mute import Heard

TEXT = "The child says that somebody at home hits it.\nHer name is Canary."
REFERENCE = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}")


class Desk:
    """A study with a coder at work on a recording of a minute, another coder, and a contact."""

    def __init__(self, world, database) -> None:
        self.world, self.database = world, database
        self.lead = world.study()
        self.mara = world.member(self.lead, "Mara", Role.CODER, instruments=("CIRS",))
        self.nora = world.member(self.lead, "Nora", Role.CODER, instruments=("CIRS",))
        self.contact = world.member(self.lead, "Cora", Role.CONTACT)
        with database.write() as db:
            round_id = add_round(db, self.lead)
            recordings = [add_recording(db, self.lead, code) for code in ("lumo-peka", "kesto-runi")]
            self.own = add_assignment(db, self.mara, round_id, recordings[0], "CIRS", "velid-moru", 1)
            self.other = add_assignment(db, self.nora, round_id, recordings[1], "CIRS", "tarvo-plind", 1)

    @property
    def page(self) -> str:
        return f"/coding/{self.own}/concern"

    @property
    def address(self) -> str:
        return f"/studies/{self.lead.study_public_id}/concerns"

    def report(self, text: str = TEXT, at_ms: int | None = 31_000) -> str:
        with self.database.write() as db:
            return concern.report(db, self.mara, self.own, text, at_ms)

    @property
    def rows(self) -> list[Concern]:
        with self.database.read() as db:
            rows = list(db.scalars(select(Concern).order_by(Concern.id)))
            db.expunge_all()
        return rows

    def trail(self, act: str) -> list[tuple]:
        with self.database.read() as db:
            rows = db.execute(
                select(Audit.subject, AuditPayload.payload)
                .join(
                    AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq)
                )
                .where(Audit.act == act)
                .order_by(Audit.seq)
            )
            return [tuple(row) for row in rows]

    def settings(self, **changes) -> None:
        with self.database.write() as db:
            db.get(Study, self.lead.study_id).coding_settings = CodingSettings(**changes).to_mapping()


@pytest.fixture
def desk(world, database) -> Desk:
    return Desk(world, database)


def text(reply) -> str:
    return reply.get_data(as_text=True)


def test_a_report_is_kept_acknowledged_and_noted_without_its_text(desk, browser_of):
    browser = browser_of(desk.mara.viewer)
    sent = browser.post(desk.page, {"text": f"  {TEXT}\r\n", "time": "00:31"}, page=desk.page)
    assert (sent.status_code, sent.location) == (303, f"{desk.page}#reports")
    (row,) = desk.rows
    assert (row.text, row.at_ms, row.state) == (TEXT, 31_000, "open")
    shown = text(browser.get(desk.page))
    assert REFERENCE.search(shown)[0].replace("-", "").lower() == row.public_id[:8]
    assert "Sent, not read yet" in shown and "2 Mar 2026" in shown
    assert desk.trail("report concern") == [(row.public_id, {"length": len(TEXT), "at_ms": 31_000})]


def test_rating_goes_on_after_a_report(desk, browser_of, database):
    desk.report()
    assert browser_of(desk.mara.viewer).get(f"/coding/{desk.own}").status_code == 200
    with database.read() as db:
        assert db.scalars(select(Assignment.state).where(Assignment.public_id == desk.own)).one() == (
            "not started"
        )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": ""}, "Write what you heard"),
        ({"text": " \0\r\n "}, "Write what you heard"),
        ({"text": "x" * (LONGEST + 1)}, "longer than 4000 characters"),
        ({"text": "hits", "time": "01:01"}, "ends at 01:00"),
        ({"text": "hits", "time": "999:59"}, "ends at 01:00"),
        ({"text": "hits", "time": "at half past"}, "as 31:07 or 1:31:07"),
        ({"text": "hits", "time": "-0:05"}, "as 31:07 or 1:31:07"),
        ({"text": "hits", "time": "0:75"}, "as 31:07 or 1:31:07"),
    ],
)
def test_a_report_that_cannot_stand_is_given_back_as_typed(form, said, desk, browser_of):
    refused = browser_of(desk.mara.viewer).post(desk.page, form, page=desk.page)
    assert refused.status_code == 422
    assert said in text(refused)
    assert form.get("time", "") in text(refused)
    assert form["text"].strip("\0\r\n ") in text(refused)
    assert desk.rows == []


def test_the_last_moment_of_the_recording_and_the_longest_text_are_accepted(desk):
    desk.report("x" * LONGEST, 60_000)
    desk.report("hits", None)
    assert [row.at_ms for row in desk.rows] == [60_000, None]


def test_a_report_sent_twice_is_one(desk):
    first = desk.report()
    assert desk.report() == first
    assert desk.report(at_ms=32_000) != first
    assert len(desk.rows) == 2


@pytest.mark.parametrize("who", ["nora", "lead", "contact"])
def test_nobody_reports_under_a_coders_recording_but_that_coder(who, desk, browser_of):
    browser = browser_of(getattr(desk, who).viewer)
    assert browser.get(desk.page).status_code == 404
    assert browser.post(desk.page, {"text": "hits"}).status_code == 404
    assert desk.rows == []


def test_the_service_finds_no_recording_of_another_coder(desk, database):
    with database.write() as db, pytest.raises(NotFound):
        concern.report(db, desk.nora, desk.own, "hits", None)
    with database.read() as db, pytest.raises(NotFound):
        concern.list_own(db, desk.nora, desk.own)


def test_the_page_says_first_who_is_reached_and_how(desk, browser_of):
    desk.settings(contact_name="Dr. C. Vos", contact_reached="+31 6 5550 1234, day and night")
    shown = text(browser_of(desk.mara.viewer).get(desk.page))
    assert "Call Dr. C. Vos: +31 6 5550 1234, day and night" in shown
    assert "reaches Dr. C. Vos, the study’s safeguarding contact" in shown
    assert shown.index("Whom this reaches") < shown.index("<textarea")
    assert "sends no messages" in shown


def test_without_a_contact_the_page_says_whom_to_tell_and_the_report_is_kept(desk, browser_of, database):
    with database.write() as db:
        db.execute(update(User).where(User.id == desk.contact.user_id).values(disabled_at=desk.lead.now()))
    shown = text(browser_of(desk.mara.viewer).get(desk.page))
    assert "Nobody reads reports in this study yet" in shown
    assert "call the lead of the study at once" in shown
    desk.report()
    home = text(browser_of(desk.lead.viewer).get(f"/studies/{desk.lead.study_public_id}"))
    assert "1 concern about a child’s safety" in home
    assert "the study has no safeguarding contact" in home
    assert "Somebody must know now whose recording it is?" in home


def test_the_coders_page_tells_reading_and_closing_and_no_word_of_the_outcome(desk, browser_of, database):
    desk.report()
    (row,) = desk.rows
    contact, coder = browser_of(desk.contact.viewer), browser_of(desk.mara.viewer)
    contact.get(f"{desk.address}/{row.public_id}")
    assert "· Read" in text(coder.get(desk.page))
    with database.write() as db:
        concern_answer.close(db, desk.contact, row.public_id, "Told the father of D001.")
    shown = text(coder.get(desk.page))
    assert "· Closed" in shown
    assert "D001" not in shown and "Cora" not in shown


def test_the_contact_reads_on_record_and_the_list_says_nothing(desk, browser_of):
    desk.report()
    (row,) = desk.rows
    browser = browser_of(desk.contact.viewer)
    listed = text(browser.get(desk.address))
    assert "lumo-peka" in listed and "Mara" in listed and "00:31.0" in listed and "not yet" in listed
    assert "Canary" not in listed
    for _ in range(2):
        shown = text(browser.get(f"{desk.address}/{row.public_id}"))
        assert "Her name is Canary." in shown and "velid-moru" in shown
    assert desk.trail("read concern") == [(row.public_id, {})] * 2
    seen = desk.rows[0].seen_at
    browser.get(f"{desk.address}/{row.public_id}")
    assert desk.rows[0].seen_at == seen is not None


def test_no_text_of_a_concern_is_in_the_trail(desk, database):
    desk.report()
    with database.write() as db:
        concern_answer.read(db, desk.contact, desk.rows[0].public_id)
        concern_answer.close(db, desk.contact, desk.rows[0].public_id, "Canary was taken home.")
    with database.read() as db:
        assert "Canary" not in str(list(db.scalars(select(AuditPayload.payload))))
        assert audit.check_chain(db, desk.lead.study_id).broken_at is None


@pytest.mark.parametrize("who", ["lead", "mara", "nora"])
def test_nobody_reads_concerns_who_is_not_the_contact(who, desk, browser_of, database):
    desk.report()
    actor, row = getattr(desk, who), desk.rows[0]
    browser = browser_of(actor.viewer)
    for tail in ("", f"/{row.public_id}", f"/{row.public_id}/audio", f"/{row.public_id}/peaks"):
        assert browser.get(desk.address + tail).status_code == 404
    assert browser.post(f"{desk.address}/{row.public_id}/close", {"outcome": "well"}).status_code == 404
    for asked in (
        lambda db: concern_answer.list_concerns(db, actor),
        lambda db: concern_answer.read(db, actor, row.public_id),
        lambda db: concern_answer.close(db, actor, row.public_id, "x"),
        lambda db: concern_answer.get_sound(db, actor, row.public_id),
    ):
        with database.write() as db, pytest.raises(NotAllowed):
            asked(db)
    assert desk.rows[0].state == "open"


def test_a_contact_of_another_study_finds_nothing(desk, browser_of, world):
    desk.report()
    other = world.study("Other", "Other lead")
    elsewhere = world.member(other, "Elsa", Role.CONTACT)
    theirs = f"/studies/{other.study_public_id}/concerns/{desk.rows[0].public_id}"
    browser = browser_of(elsewhere.viewer)
    assert browser.get(desk.address).status_code == 404
    assert browser.get(theirs).status_code == 404
    assert browser.post(f"{theirs}/close", {"outcome": "x"}).status_code == 404
    assert desk.rows[0].seen_at is None


def test_the_contact_sees_no_other_page_of_the_study(desk, browser_of):
    browser = browser_of(desk.contact.viewer)
    assert browser.get("/studies").location == desk.address
    for page in (
        "",
        "/alliance",
        "/ruptures",
        "/recordings",
        "/rounds",
        "/audit",
        "/people",
        "/export",
        "/coding",
    ):
        assert browser.get(f"/studies/{desk.lead.study_public_id}{page}").status_code == 404
    shown = text(browser.get(desk.address))
    assert "Key sealed" not in shown and "Study home" not in shown


def test_a_concern_is_closed_once_with_what_became_of_it(desk, browser_of):
    desk.report()
    page = f"{desk.address}/{desk.rows[0].public_id}"
    browser = browser_of(desk.contact.viewer)
    empty = browser.post(f"{page}/close", {"outcome": " \n"})
    assert (empty.status_code, desk.rows[0].state) == (422, "open")
    assert "Write what became of it." in text(empty)
    assert browser.post(f"{page}/close", {"outcome": "x" * (LONGEST + 1)}).status_code == 422
    assert browser.post(f"{page}/close", {"outcome": "Told the clinic."}).status_code == 303
    assert (desk.rows[0].state, desk.rows[0].outcome) == ("closed", "Told the clinic.")
    again = browser.post(f"{page}/close", {"outcome": "Something else."})
    assert again.status_code == 422 and "closed meanwhile" in text(again)
    assert desk.rows[0].outcome == "Told the clinic."
    assert desk.trail("close concern") == [(desk.rows[0].public_id, {"length": 16})]
    shown = text(browser.get(page))
    assert "Told the clinic." in shown and "Cora" in shown


def test_open_concerns_come_first_the_oldest_before_the_newer(desk, database):
    desk.report("first"), desk.report("second"), desk.report("third")
    with database.write() as db:
        concern_answer.close(db, desk.contact, desk.rows[0].public_id, "Done.")
        listed = concern_answer.list_concerns(db, desk.contact)
    assert [one.public_id for one in listed] == [desk.rows[place].public_id for place in (1, 2, 0)]


def test_leads_see_counts_and_no_word(desk, browser_of, database):
    desk.report(), desk.report("another")
    with database.write() as db:
        concern_answer.close(db, desk.contact, desk.rows[0].public_id, "Done.")
    study = f"/studies/{desk.lead.study_public_id}"
    browser = browser_of(desk.lead.viewer)
    home, page = text(browser.get(study)), text(browser.get(f"{study}/emergency"))
    assert "1 concern about a child’s safety" in home
    assert re.search(r"Open</dt><dd>1</dd><dt>Closed</dt><dd>1</dd>", page)
    for shown in (home, page):
        assert "lumo-peka" not in shown and "another" not in shown.replace("another sound", "")


def test_a_lead_who_codes_learns_of_a_report_neither_who_nor_when(desk, world, database, browser_of):
    with database.write() as db:
        members.join_team(db, desk.lead, ["CIRS"])
        recording = db.scalars(select(Recording.id)).first()
        add_assignment(
            db, desk.lead, db.scalars(select(Assignment.round_id)).first(), recording, "CIRS", "m-a", 9
        )
    desk.report()
    study = f"/studies/{desk.lead.study_public_id}"
    browser = browser_of(desk.lead.viewer)
    assert "report concern" not in re.sub(r"<option.*?</option>", "", text(browser.get(f"{study}/audit")))
    assert "1 concern about" in text(browser.get(study))
    assert "You code in this study" in text(browser.get(f"{study}/emergency"))


@pytest.mark.parametrize("phase", list(Phase))
def test_a_concern_can_be_reported_and_read_in_every_phase(phase, desk, database, browser_of):
    with database.write() as db:
        db.get(Study, desk.lead.study_id).phase = phase
        db.execute(update(Assignment).values(state="submitted", submitted_at=desk.lead.now()))
    sent = browser_of(desk.mara.viewer).post(desk.page, {"text": "hits"}, page=desk.page)
    assert sent.status_code == 303
    page = f"{desk.address}/{desk.rows[0].public_id}"
    assert browser_of(desk.contact.viewer).get(page).status_code == 200


def test_every_page_of_a_recording_leads_to_the_report(desk, browser_of, database):
    browser = browser_of(desk.mara.viewer)
    assert desk.page in text(browser.get(f"/coding/{desk.own}"))
    assert desk.page in text(browser.get(f"/coding/{desk.own}/check"))
    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted", submitted_at=desk.lead.now()))
    assert desk.page in text(browser.get(f"/coding/{desk.own}"))
    assert "data-player" not in text(browser.get(desk.page))


class TestTheContact:
    """Who can be the safeguarding contact."""

    def test_no_coder_becomes_the_contact_and_no_contact_a_coder(self, desk, world, database):
        with database.write() as db, pytest.raises(Refused, match="coder and safeguarding contact"):
            people.add_role(db, world.tools, desk.lead.study_id, desk.mara.viewer, Role.CONTACT)
        with database.write() as db, pytest.raises(Refused, match="coder and safeguarding contact"):
            people.add_role(db, world.tools, desk.lead.study_id, desk.contact.viewer, Role.CODER)
        with database.write() as db, pytest.raises(Refused, match="coder and safeguarding contact"):
            people.invite(db, desk.lead, "Jo", [Role.CODER, Role.CONTACT], ["CIRS"])

    def test_an_invitation_brings_the_contact_in_while_coding_too(self, desk, world, database, browser_of):
        with database.write() as db:
            db.get(Study, desk.lead.study_id).phase = Phase.CODING
        form = {"name": "Jo", "roles": "contact"}
        page = f"/studies/{desk.lead.study_public_id}/people"
        shown = text(browser_of(desk.lead.viewer).post(f"{page}/invitations", form))
        link = re.search(r"http://localhost(/invitations/[0-9a-f]{64})", shown)[1]
        jo = world.person("Jo")
        assert browser_of(jo).post(link).status_code == 303
        assert world.again(desk.lead, jo).roles == {Role.CONTACT}

    def test_a_lead_who_does_not_code_can_be_the_contact(self, desk, world, browser_of):
        page = f"/studies/{desk.lead.study_public_id}/people"
        browser = browser_of(desk.lead.viewer)
        assert "Be a contact too" in text(browser.get(page))
        for _ in range(2):
            assert browser.post(f"{page}/contact-too").status_code == 303
        assert world.again(desk.lead).roles == {Role.LEAD, Role.CONTACT}
        assert len(desk.trail("become contact")) == 1
        assert "Be a contact too" not in text(browser.get(page))
        desk.report()
        assert "Her name" in text(browser.get(f"{desk.address}/{desk.rows[0].public_id}"))
        assert (
            browser.post(f"{page}/code-too", {"own-instruments": "CIRS", "own-read": "y"}).status_code == 409
        )

    def test_a_lead_who_codes_cannot(self, desk, database, browser_of):
        with database.write() as db:
            members.join_team(db, desk.lead, ["CIRS"])
        page = f"/studies/{desk.lead.study_public_id}/people"
        browser = browser_of(desk.lead.viewer)
        assert browser.post(f"{page}/contact-too").status_code == 409
        assert "you cannot be its contact" in text(browser.get(page))
        with database.read() as db:
            n = db.query(Membership).filter_by(user_id=desk.lead.user_id, role="contact").count()
        assert n == 0


class TestListening:
    """The contact hears recordings that a concern is about, and no others."""

    @pytest.fixture
    def heard(self, desk, settings, tmp_path, database) -> Heard:
        made = Heard(database, settings, desk.lead, tmp_path)
        with database.write() as db:
            round_id = db.scalars(select(Assignment.round_id)).first()
            desk.own = add_assignment(db, desk.mara, round_id, made.row.id, "CIRS", "mela-ruvo", 2)
        return made

    def test_the_passage_is_played_and_that_is_on_record_once_an_hour(self, desk, heard, browser_of):
        desk.report(at_ms=5_000)
        page = f"{desk.address}/{desk.rows[0].public_id}"
        browser = browser_of(desk.contact.viewer)
        for _ in range(2):
            part = browser.get(f"{page}/audio", headers={"Range": "bytes=0-99"})
            assert (part.status_code, len(part.data)) == (206, 100)
        assert not {"ETag", "Last-Modified", "Content-Disposition"} & set(part.headers)
        assert browser.get(f"{page}/peaks").json
        noted = desk.trail("listen to recording")
        assert noted == [(heard.public_id, {"concern": desk.rows[0].public_id})]

    def test_it_begins_half_a_minute_before(self, desk, database, browser_of):
        with database.write() as db:
            db.execute(update(Recording).values(duration_ms=600_000))
        desk.report(at_ms=95_000)
        shown = text(browser_of(desk.contact.viewer).get(f"{desk.address}/{desk.rows[0].public_id}"))
        assert 'data-from="65.0"' in shown and "/audio#t=65.0" in shown

    def test_no_recording_without_a_concern_is_heard(self, desk, heard, browser_of):
        browser = browser_of(desk.contact.viewer)
        study = f"/studies/{desk.lead.study_public_id}"
        assert browser.get(f"{study}/recordings/{heard.public_id}/audio").status_code == 404
        assert browser.get(f"{desk.address}/{heard.public_id}/audio").status_code == 404
        assert browser.get(f"/coding/{desk.own}/audio").status_code == 404
