"""The audit trail: only ever longer, and whoever shortens or changes it is found out."""

import pytest
from sqlalchemy import delete, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from coder_app.models import Audit, AuditHead, AuditPayload
from coder_app.services import audit
from tests.makers.savers import in_threads

THREADS = 16


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def trail(database, lead):
    """A trail of ten further acts; returns its length."""
    record(database, lead, 10)
    return length_of(database, lead)


def record(database, lead, count: int, act: str = "look") -> list:
    for number in range(count):
        with database.write() as db:
            audit.record(db, lead, act, "subject", number=number, text="naïve — 'quoted'")
    return []


def length_of(database, lead) -> int:
    with database.read() as db:
        return db.scalar(select(func.count(Audit.id)).where(Audit.study_id == lead.study_id))


def check(database, lead) -> audit.ChainState:
    with database.read() as db:
        return audit.check_chain(db, lead.study_id)


def tamper(db, statement) -> None:
    """Change the trail as somebody with the file or a superuser's password can: without its triggers."""
    if db.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            db.execute(text(f"DROP TRIGGER audit_no_{verb}"))
    else:
        db.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))
    db.execute(statement)


def test_the_head_is_the_last_link_of_an_unbroken_chain(database, lead, trail):
    state = check(database, lead)
    assert (state.length, state.broken_at) == (trail, None)
    with database.read() as db:
        last = db.scalars(select(Audit.hash).where(Audit.seq == trail, Audit.study_id == lead.study_id)).one()
    assert state.head == last


def test_no_act_can_be_changed_or_deleted(database, lead, trail):
    def change(statement) -> None:
        with database.write() as db:
            db.execute(delete(AuditPayload))
            db.execute(statement)

    for statement in (
        update(Audit).values(act="nothing"),
        update(Audit).where(Audit.seq == 3).values(at=Audit.at),
        delete(Audit),
        delete(Audit).where(Audit.seq == 3),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            change(statement)
    assert length_of(database, lead) == trail
    assert check(database, lead).broken_at is None


def test_no_act_can_be_replaced_or_the_table_emptied(database, lead, trail):
    def change() -> None:
        with database.write() as db:
            if database.is_sqlite:
                db.execute(delete(AuditPayload))
                db.execute(text("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 3"))
            else:
                db.execute(text("TRUNCATE audit CASCADE"))

    with pytest.raises(DBAPIError, match="append-only"):
        change()
    assert check(database, lead).broken_at is None


def test_a_number_cannot_be_given_twice(database, lead, trail):
    def repeat() -> None:
        with database.write() as db:
            row = dict(db.execute(select(Audit.__table__).where(Audit.seq == 3)).mappings().one())
            row.pop("id")
            db.execute(insert(Audit), row)

    with pytest.raises(DBAPIError, match=r"uq_audit_study_id_seq|audit\.study_id, audit\.seq"):
        repeat()


@pytest.mark.parametrize("kept", [0, 1, 10])
def test_a_tail_that_was_cut_off_shows_in_the_head(database, lead, trail, kept):
    with database.read() as db:
        db.execute(delete(AuditPayload).where(AuditPayload.seq > kept))
        tamper(db, delete(Audit).where(Audit.seq > kept))
        assert audit.check_chain(db, lead.study_id).broken_at == kept + 1


def test_a_tail_cut_off_together_with_the_head_shows_in_a_head_that_was_written_down(database, lead, trail):
    """Whoever rewrites both leaves a chain that holds in itself; backups and exports print the head."""
    printed = check(database, lead)
    with database.write() as db:
        last = db.execute(select(Audit.seq, Audit.hash).where(Audit.seq == trail - 1)).one()
        db.execute(delete(AuditPayload).where(AuditPayload.seq == trail))
        db.execute(update(AuditHead).values(seq=last.seq, hash=last.hash))
        tamper(db, delete(Audit).where(Audit.seq == trail))
    now = check(database, lead)
    assert now.broken_at is None
    assert (now.length, now.head) != (printed.length, printed.head)


def test_a_changed_link_is_named(database, lead, trail):
    first_moment = select(Audit.at).where(Audit.seq == 1).scalar_subquery()
    link, payload = (update(table).where(table.seq == 5) for table in (Audit, AuditPayload))
    for statement in (
        link.values(actor=None),
        link.values(act="nothing"),
        link.values(subject="other"),
        link.values(hash="0" * 64),
        link.values(payload_hash="0" * 64),
        link.values(previous_hash="0" * 64),
        link.values(at=first_moment),
        payload.values(payload={"number": 99}),
        payload.values(salt="00" * 16),
        delete(AuditPayload).where(AuditPayload.seq == 5),
    ):
        with database.read() as db:
            tamper(db, statement)
            assert audit.check_chain(db, lead.study_id).broken_at == 5, statement
    assert check(database, lead).broken_at is None


def test_an_erased_payload_does_not_break_the_chain(database, lead, trail):
    with database.write() as db:
        db.execute(update(AuditPayload).where(AuditPayload.seq == 5).values(payload=None))
    assert check(database, lead).broken_at is None


def test_acts_recorded_at_once_have_no_gap_and_do_not_wait_for_each_other_for_ever(database, world, lead):
    """Every second thread records in two studies, half of them in the other order."""
    other = world.study("Other", lead="Nora")
    before = length_of(database, lead)

    def work(number: int) -> list:
        for _ in range(4):
            with database.write() as db:
                for actor in (lead, other) if number % 2 else (other, lead):
                    audit.record(db, actor, "look", number=number)
        return []

    in_threads([lambda number=number: work(number) for number in range(THREADS)])
    assert length_of(database, lead) == before + THREADS * 4
    assert check(database, lead).broken_at is None
    assert check(database, other).broken_at is None


def test_an_act_that_is_rolled_back_leaves_no_gap(database, lead, trail):
    def fail() -> None:
        with database.write() as db:
            audit.record(db, lead, "look")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    record(database, lead, 1)
    assert (check(database, lead).length, length_of(database, lead)) == (trail + 1, trail + 1)


def test_a_chain_that_grows_while_it_is_checked_is_not_called_broken(database, lead, trail):
    """An act is recorded after the check has read the head and before it reads the links."""

    grown: list[bool] = []

    def grow(_connection, _cursor, statement, *_rest) -> None:
        if "FROM audit_head" in statement and not grown:
            grown.append(True)
            in_threads([lambda: record(database, lead, 1)])

    event.listen(database.engine, "after_cursor_execute", grow)
    state = check(database, lead)
    assert (state.length, state.broken_at) == (trail, None)
    assert length_of(database, lead) == trail + 1
