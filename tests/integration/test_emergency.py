"""Opening one recording in an emergency: by reference, reason and password, on record, and no other."""

import pytest
from sqlalchemy import func, select, update

from coder_app.domain.concern import write_reference
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, Audit, AuditPayload, Concern, Recording, Study, User
from coder_app.services import audit, auth, brake, concern, concern_answer, emergency, key, people
from coder_app.services.errors import NotFound, Refused
from tests.makers.coded import PASSWORD, make_coded_study

REASON = "The contact has to call the clinic about concern 3F9A."


class Emergency:
    """A coded study with a contact, and a concern of Ada's about recording s01."""

    def __init__(self, world, settings) -> None:
        self.world, self.database = world, world.database
        self.study = make_coded_study(world, settings)
        self.contact = world.member(self.study.lead, "Cora", Role.CONTACT)
        self.study.set_password()
        with self.database.write() as db:
            # Ada's password is there so that only her role stands in the way.
            db.execute(
                update(User)
                .where(User.name.in_(("Cora", "Ada", "Lead")))
                .values(password_hash=auth.hash_password(PASSWORD))
            )
            own = select(Assignment.public_id).where(
                Assignment.user_id == self.study.coders["Ada"].user_id,
                Assignment.recording_id == self.recording_id,
            )
            assignment = db.scalars(own).first()
            self.reference = concern.report(db, self.study.coders["Ada"], assignment, "A child is hit.", None)
            self.concern = db.scalars(select(Concern.public_id)).one()

    @property
    def recording_id(self) -> int:
        # A recording that Ada has coded, so that she can report it.
        code = next(code for code, coder, _ in self.study.scores if coder == "Ada")
        return self.study.recordings[code]

    @property
    def origin(self) -> tuple[str, int]:
        code = next(code for code, id_ in self.study.recordings.items() if id_ == self.recording_id)
        return self.study.session_of[code]

    @property
    def page(self) -> str:
        return f"{self.study.address}/emergency"

    def open(self, browser, **changes):
        form = {"reference": self.reference, "reason": REASON, "password": PASSWORD} | changes
        return browser.post(self.page, form)

    def opened(self) -> list[int]:
        with self.database.read() as db:
            return list(db.scalars(select(Recording.id).where(Recording.opened_at.is_not(None))))

    def acts(self, *acts: str) -> list[tuple[str, str, dict]]:
        with self.database.read() as db:
            rows = db.execute(
                select(Audit.act, Audit.subject, AuditPayload.payload)
                .join(
                    AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq)
                )
                .where(Audit.act.in_(acts))
                .order_by(Audit.seq)
            )
            return [tuple(row) for row in rows]


@pytest.fixture
def case(world, settings) -> Emergency:
    return Emergency(world, settings)


def text(reply) -> str:
    return reply.get_data(as_text=True)


@pytest.mark.parametrize("who", ["contact", "lead"])
def test_the_contact_or_a_lead_opens_one_recording_and_no_other(who, case, browser_of, database):
    actor = case.contact if who == "contact" else case.study.lead
    browser = browser_of(actor.viewer)
    sent = case.open(browser)
    assert (sent.status_code, sent.location) == (303, f"{case.page}/{case.concern}")
    dyad, number = case.origin
    shown = text(browser.get(sent.location))
    assert f"<dd>{dyad}</dd>" in shown and f"<dd>{number}</dd>" in shown
    others = {d for d, _ in case.study.session_of.values()} - {dyad}
    assert not [other for other in others if other in shown]
    assert case.opened() == [case.recording_id]
    with database.read() as db:
        recording = db.scalars(select(Recording.public_id).where(Recording.id == case.recording_id)).one()
        assert audit.check_chain(db, actor.study_id).broken_at is None
        assert db.get(Study, actor.study_id).phase == Phase.CODING
    assert case.acts("open one recording in an emergency", "see opened recording") == [
        ("open one recording in an emergency", recording, {"reason": REASON, "concern": case.concern}),
        ("see opened recording", recording, {}),
    ]


def test_the_rest_of_the_key_stays_sealed(case, browser_of, database):
    case.open(browser_of(case.study.lead.viewer))
    lead = case.world.again(case.study.lead)
    with database.write() as db, pytest.raises(Hidden):
        key.get_join(db, lead, "test")
    assert browser_of(lead.viewer).get(f"{case.study.address}/linkage").status_code == 403


def test_who_has_opened_it_sees_it_again_and_nobody_else_does(case, browser_of):
    contact, lead = browser_of(case.contact.viewer), browser_of(case.study.lead.viewer)
    case.open(contact)
    read = f"{case.study.address}/concerns/{case.concern}"
    assert f"<dd>{case.origin[0]}</dd>" in text(contact.get(read))
    assert contact.get(f"{case.page}/{case.concern}").status_code == 200
    assert lead.get(f"{case.page}/{case.concern}").status_code == 404
    assert contact.get(f"{case.page}/{'0' * 32}").status_code == 404
    assert len(case.acts("see opened recording")) == 2


def test_before_it_is_opened_the_contact_reads_nothing_of_its_origin(case, browser_of):
    browser = browser_of(case.contact.viewer)
    shown = text(browser.get(f"{case.study.address}/concerns/{case.concern}"))
    assert case.origin[0] not in shown
    assert f"emergency?reference={case.reference}" in shown
    assert f'value="{case.reference}"' in text(browser.get(f"{case.page}?reference={case.reference}"))
    assert browser.get(f"{case.page}/{case.concern}").status_code == 404


def test_a_wrong_password_opens_nothing_and_is_on_record(case, browser_of):
    wrong = case.open(browser_of(case.contact.viewer), password="not this one at all")
    assert wrong.status_code == 422
    assert "This is not your password" in text(wrong) and "not this one" not in text(wrong)
    assert case.opened() == []
    assert case.acts("refuse to open one recording", "open one recording in an emergency") == [
        ("refuse to open one recording", case.concern, {"why": "wrong password"})
    ]


def test_guessing_the_password_meets_the_brake(case, browser_of, monkeypatch):
    """Hashing is left out here: ten guesses would cost seconds."""
    monkeypatch.setattr(auth, "verify_password", lambda credentials, password: password == PASSWORD)
    browser = browser_of(case.contact.viewer)
    for _ in range(brake.ALLOWED_A_PAIR):
        assert case.open(browser, password="a guess").status_code == 422
    assert "Too many attempts" in text(case.open(browser))
    assert case.opened() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference": ""}, "Give the reference."),
        ({"reference": "0000-0000"}, "No open concern has this reference."),
        ({"reference": "everything"}, "No open concern has this reference."),
        ({"reference": "%"}, "No open concern has this reference."),
        ({"reason": ""}, "Give the reason."),
        ({"reason": "\0 \0"}, "Give the reason; it stands in the audit trail"),
        ({"reason": "x" * 2001}, "longer than 2000"),
        ({"password": ""}, "Type your password."),
    ],
)
def test_what_is_missing_or_wrong_opens_nothing(changes, said, case, browser_of):
    refused = case.open(browser_of(case.study.lead.viewer), **changes)
    assert refused.status_code == 422
    assert said in text(refused)
    assert case.opened() == []


def test_a_reference_is_understood_however_it_is_dictated(case, browser_of):
    said = f" {case.reference.lower().replace('-', ' ')} "
    assert case.open(browser_of(case.study.lead.viewer), reference=said).status_code == 303


def test_for_a_closed_concern_nothing_is_opened(case, browser_of, database):
    with database.write() as db:
        concern_answer.close(db, case.contact, case.concern, "A mistake.")
    assert "No open concern" in text(case.open(browser_of(case.contact.viewer)))
    with database.write() as db, pytest.raises(Refused, match="closed meanwhile"):
        emergency.open_recording(db, case.contact, case.concern, REASON)
    assert case.opened() == []


def test_neither_coders_nor_analysts_nor_leads_who_code_open_anything(case, world, database, browser_of):
    analyst = world.member(case.study.lead, "Ana", Role.ANALYST)
    for actor in (case.study.coders["Ada"], analyst):
        assert case.open(browser_of(actor.viewer)).status_code == 404
        with database.write() as db, pytest.raises(NotAllowed):
            emergency.open_recording(db, actor, case.concern, REASON)
        with database.write() as db, pytest.raises(NotAllowed):
            key.open_one(db, actor, case.recording_id, reason=REASON, concern=case.concern)
    with database.write() as db:
        people.add_role(db, world.tools, case.study.lead.study_id, case.study.coders["Ada"].viewer, Role.LEAD)
    both = world.again(case.study.lead, case.study.coders["Ada"].viewer)
    assert not both.coding
    assert case.open(browser_of(both.viewer)).status_code == 403
    assert browser_of(both.viewer).get(f"{case.page}/{case.concern}").status_code == 403
    for asked in (
        lambda db: emergency.find_open_concern(db, both, case.reference),
        lambda db: emergency.open_recording(db, both, case.concern, REASON),
        lambda db: emergency.see_opened(db, both, case.concern),
    ):
        with database.write() as db, pytest.raises(Hidden):
            asked(db)
    assert case.opened() == []


def test_a_lead_of_another_study_opens_nothing(case, world, database):
    other = world.study("Other", "Other lead")
    with database.write() as db, pytest.raises(NotFound):
        emergency.open_recording(db, other, case.concern, REASON)
    with database.read() as db, pytest.raises(Refused, match="No open concern"):
        emergency.find_open_concern(db, other, case.reference)
    assert case.opened() == []


@pytest.mark.parametrize("phase", list(Phase))
def test_it_can_be_done_in_every_phase(phase, case, browser_of, database):
    with database.write() as db:
        db.get(Study, case.study.lead.study_id).phase = phase
    assert case.open(browser_of(case.contact.viewer)).status_code == 303


def test_who_has_opened_a_recording_cannot_code_blind_afterwards(case, world, database):
    lead = case.study.lead
    with database.write() as db:
        emergency.open_recording(db, lead, case.concern, REASON)
    with database.write() as db, pytest.raises(Refused, match="opened a recording in an emergency"):
        people.add_role(db, world.tools, lead.study_id, lead.viewer, Role.CODER)


def test_the_study_home_no_longer_says_that_the_blind_is_intact(case, browser_of, database):
    browser = browser_of(case.study.lead.viewer)
    assert "The blind is intact" in text(browser.get(case.study.address))
    with database.write() as db:
        emergency.open_recording(db, case.contact, case.concern, REASON)
    shown = text(browser.get(case.study.address))
    assert "The blind is intact" not in shown
    assert "One recording is opened" in shown and "The rest of the key is sealed." in shown


def test_opening_again_is_on_record_again_and_the_first_moment_stays(case, database):
    with database.write() as db:
        emergency.open_recording(db, case.contact, case.concern, REASON)
        first = db.get(Recording, case.recording_id).opened_at
    with database.write() as db:
        emergency.open_recording(db, case.study.lead, case.concern, "The lead needs it too.")
        assert db.get(Recording, case.recording_id).opened_at == first
    assert len(case.acts("open one recording in an emergency")) == 2


def test_a_recording_that_the_key_does_not_know_is_not_marked(case, database):
    from coder_app.models.key import RecordingKey

    with database.write() as db:
        db.query(RecordingKey).filter_by(recording_id=case.recording_id).delete()
    with pytest.raises(Refused, match="does not know"), database.write() as db:
        emergency.open_recording(db, case.contact, case.concern, REASON)
    assert case.opened() == []
    assert case.acts("open one recording in an emergency") == []


def test_a_reference_is_the_beginning_of_a_random_id(case, database):
    with database.read() as db:
        assert db.scalar(select(func.count(Concern.id))) == 1
    assert write_reference(case.concern) == case.reference
    assert len(case.reference) == 9
