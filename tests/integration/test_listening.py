"""What a coder has heard: reports are united, refused when they cannot be true, and never another's."""

import random

import pytest
from sqlalchemy import select, update

from coder_app.domain.heard import Fault, Report
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Audit, AuditPayload, Listening, Study
from coder_app.services import listening
from coder_app.services.errors import NotFound
from tests.makers.coding import add_assignment, add_recording, add_round

LENGTH = 60_000


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def coder(world, lead):
    return world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))


@pytest.fixture
def assignment(database, lead, coder) -> str:
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        return add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)


def report(*stretches, position=0, speed=1.0, ago=0) -> Report:
    return Report(stretches=stretches, position_ms=position, speed=speed, ago_ms=ago)


@pytest.fixture
def tell(database, coder, assignment):
    def teller(sent: Report, actor=coder):
        with database.write() as db:
            return listening.record(db, actor, assignment, sent)

    return teller


@pytest.fixture
def known(database, coder, assignment):
    def reader():
        with database.read() as db:
            return listening.find_heard(db, coder, assignment)

    return reader


@pytest.fixture
def acts(database, lead):
    def reader() -> list[tuple[str, dict]]:
        joined = (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq)
        query = select(Audit.act, AuditPayload.payload).join(AuditPayload, joined).order_by(Audit.seq)
        with database.read() as db:
            rows = db.execute(query.where(Audit.study_id == lead.study_id)).all()
        return [tuple(row) for row in rows if "listen" in row.act]

    return reader


def test_nothing_is_known_before_the_first_report(known):
    assert known() is None


def test_reports_are_united_and_their_share_is_known(tell, known):
    tell(report((0, 10_000), position=10_000))
    tell(report((30_000, 40_000), (9_000, 15_000), position=40_000, speed=1.25))
    heard = known()
    assert heard.stretches == ((0, 15_000), (30_000, 40_000))
    assert heard.share == pytest.approx(25 / 60)
    assert (heard.position_ms, heard.speed) == (40_000, 1.25)


def test_reports_in_any_order_and_twice_come_to_the_same(tell, known):
    parts = [(n * 4_000, n * 4_000 + 2_000) for n in range(9)]
    reports = [report(part, position=n, ago=5_000_000 - n * 100_000) for n, part in enumerate(parts)]
    shuffled = random.Random(1).sample(reports * 2, 18)
    for sent in shuffled:
        tell(sent)
    heard = known()
    assert heard.stretches == tuple(parts)
    assert heard.position_ms == 8


def test_a_late_report_adds_what_was_heard_and_leaves_the_newer_position(tell, known):
    tell(report(position=30_000))
    tell(report((0, 5_000), position=5_000, ago=600_000))
    heard = known()
    assert (heard.position_ms, heard.stretches) == (30_000, ((0, 5_000),))


def test_listening_puts_the_form_in_progress_and_opening_it_does_not(database, tell):
    def state():
        with database.read() as db:
            return db.execute(select(Assignment.state, Assignment.worked_at)).one()

    tell(report(position=5))
    assert state() == ("not started", None)
    tell(report((0, 5_000)))
    assert state().state == "in progress"
    assert state().worked_at is not None


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (report((0, LENGTH + 1)), Fault.OUTSIDE),
        (report((-1, 500)), Fault.OUTSIDE),
        (report(position=LENGTH + 1), Fault.OUTSIDE),
        (report((500, 400)), Fault.REVERSED),
        (report((0, 500), speed=1.5), Fault.TOO_FAST),
    ],
)
def test_a_report_that_cannot_be_true_is_logged_and_changes_nothing(sent, fault, tell, known, acts):
    tell(report((0, 10_000), position=10_000))
    before = known()
    assert tell(sent) is fault
    assert known() == before
    assert acts() == [("refuse listening", {"why": fault.value, "speed": sent.speed})]


def test_a_first_report_that_cannot_be_true_makes_no_listening(database, tell):
    tell(report((0, LENGTH + 1)))
    with database.read() as db:
        assert db.scalars(select(Listening)).all() == []
        assert db.scalars(select(Assignment.listening_id)).all() == [None]


def test_a_faster_speed_is_logged_once_and_kept(database, tell, acts):
    tell(report((0, 5_000), speed=1.0))
    tell(report((0, 5_000), speed=1.25))
    tell(report((5_000, 9_000), speed=1.25))
    tell(report((9_000, 12_000), speed=0.75))
    assert acts() == [("listen faster", {"speed": 1.25})]
    with database.read() as db:
        assert db.scalars(select(Listening.fastest)).one() == 1.25


def test_a_higher_cap_lets_a_higher_speed_through(database, world, lead, coder, tell):
    with database.write() as db:
        db.execute(update(Study).values(coding_settings={"speed_cap": 1.5}))
    assert not isinstance(tell(report((0, 5), speed=1.5), world.again(coder)), Fault)


def test_reports_after_submission_are_ignored(database, tell, known):
    tell(report((0, 5_000), position=5_000))
    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted"))
    before = known()
    assert tell(report((0, 50_000), position=50_000)) is None
    assert known() == before


def test_another_coder_neither_reads_nor_adds(database, world, lead, tell, known, assignment):
    nora = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    with pytest.raises(NotFound):
        tell(report((0, 5_000)), nora)
    with database.read() as db, pytest.raises(NotFound):
        listening.find_heard(db, nora, assignment)
    assert known() is None


def test_two_forms_on_one_listening_share_what_was_heard(database, lead, coder, tell, assignment):
    tell(report((0, 5_000)))
    with database.write() as db:
        first = db.scalars(select(Assignment).where(Assignment.public_id == assignment)).one()
        other = add_assignment(db, coder, first.round_id, first.recording_id, "TABBS", "tarvo-plind", 2)
        db.execute(
            update(Assignment).where(Assignment.public_id == other).values(listening_id=first.listening_id)
        )
        listening.record(db, coder, other, report((10_000, 15_000), position=15_000))
    with database.read() as db:
        heard = [listening.find_heard(db, coder, name) for name in (assignment, other)]
    assert heard[0] == heard[1]
    assert heard[0].stretches == ((0, 5_000), (10_000, 15_000))


GOOD = {"stretches": [[0, 5000]], "position_ms": 5000, "speed": 1, "ago_ms": 0}


@pytest.fixture
def page(browser_of, coder, assignment):
    return browser_of(coder.viewer), f"/coding/{assignment}"


def test_a_report_is_answered_with_all_that_was_heard(page):
    browser, address = page
    browser.post_json(f"{address}/heard", GOOD, page=address)
    reply = browser.post_json(f"{address}/heard", GOOD | {"stretches": [[20_000, 30_000]]}, page=address)
    assert reply.status_code == 200
    assert reply.json == {"heard": [[0, 5000], [20_000, 30_000]]}
    shown = browser.get(address).get_data(as_text=True)
    assert "[[0, 5000], [20000, 30000]]" in shown or "[[0,5000],[20000,30000]]" in shown


def test_a_report_after_submission_is_answered_without_a_word(page, database):
    browser, address = page
    token = browser.csrf_token(address)
    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted"))
    reply = browser.client.post(f"{address}/heard", json=GOOD, headers={"X-CSRF-Token": token})
    assert (reply.status_code, reply.data) == (204, b"")


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        GOOD | {"stretches": None},
        GOOD | {"stretches": [[1]]},
        GOOD | {"stretches": [[1, 2, 3]]},
        GOOD | {"stretches": ["ab"]},
        GOOD | {"stretches": [[0.5, 2]]},
        GOOD | {"stretches": [[True, 2]]},
        GOOD | {"stretches": [[0, 2**40]]},
        GOOD | {"stretches": [[0, 1]] * 1001},
        GOOD | {"position_ms": "5"},
        GOOD | {"position_ms": None},
        GOOD | {"speed": 0},
        GOOD | {"speed": -1},
        GOOD | {"speed": float("nan")},
        GOOD | {"speed": float("inf")},
        GOOD | {"speed": 10**400},
        GOOD | {"speed": "1"},
        GOOD | {"ago_ms": -1},
        GOOD | {"ago_ms": None},
        GOOD | {"stretches": [[0, LENGTH + 1]]},
        GOOD | {"stretches": [[9, 3]]},
        GOOD | {"speed": 1.5},
    ],
)
def test_a_bad_report_is_refused_with_words_and_changes_nothing(page, known, wrong):
    browser, address = page
    reply = browser.post_json(f"{address}/heard", wrong, page=address)
    assert reply.status_code == 422
    assert reply.json["message"]
    assert known() is None


def test_another_coder_gets_404(page, browser_of, world, lead):
    _, address = page
    nora = browser_of(world.member(lead, "Nora", Role.CODER, instruments=("CIRS",)).viewer)
    assert nora.post_json(f"{address}/heard", GOOD).status_code == 404
