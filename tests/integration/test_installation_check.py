"""`check`: whoever keeps the server can have every trail verified, without the pages."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, text, update

from coder_app.cli.check import command
from coder_app.models import Audit, AuditHead, AuditPayload
from coder_app.services import audit


@pytest.fixture
def run(database, settings, monkeypatch):
    monkeypatch.setenv("CODER_APP_DATA", str(settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return lambda *arguments: CliRunner().invoke(command, list(arguments))


@pytest.fixture
def lead(world, database):
    lead = world.study("Ruptures")
    for number in range(5):
        with database.write() as db:
            audit.record(db, lead, "look", "subject", number=number)
    return lead


def unguarded(db) -> None:
    """Take the triggers away, as somebody with the file or a superuser's password can."""
    if db.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            db.execute(text(f"DROP TRIGGER audit_no_{verb}"))
    else:
        db.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only"))


def head_of(done) -> str:
    return done.stdout.strip().rsplit(" ", 1)[1]


def test_whole_trails_are_said_with_their_ends(run, lead):
    done = run()
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Ruptures: whole, ") and len(head_of(done).split(":")[1]) == 64


def test_the_first_link_that_was_changed_is_named_with_its_act_and_person(run, lead, database):
    with database.write() as db:
        unguarded(db)
        db.execute(update(Audit).where(Audit.seq == 3).values(act="see"))
        db.execute(update(Audit).where(Audit.seq == 5).values(act="see"))
    done = run()
    assert done.exit_code == 1
    assert "Ruptures: BROKEN, act 3 (see, " in done.stdout and lead.viewer.name in done.stdout


def test_a_link_that_is_gone_is_named(run, lead, database):
    with database.write() as db:
        unguarded(db)
        db.execute(delete(AuditPayload).where(AuditPayload.seq == 4))
        db.execute(delete(Audit).where(Audit.seq == 4))
    assert "act 4 is missing" in run().stdout


def test_a_trail_that_was_cut_cleanly_is_found_by_an_end_that_was_noted(run, lead, database):
    noted = head_of(run())
    last = int(noted.split(":")[0])
    assert run("--noted", noted).exit_code == 0
    with database.write() as db:
        unguarded(db)
        db.execute(delete(AuditPayload).where(AuditPayload.seq == last))
        previous = db.scalars(update(AuditHead).values(seq=last - 1).returning(AuditHead.study_id)).one()
        db.execute(delete(Audit).where(Audit.seq == last))
        hash_ = db.execute(text("SELECT hash FROM audit WHERE seq = :seq"), {"seq": last - 1}).scalar_one()
        db.execute(update(AuditHead).where(AuditHead.study_id == previous).values(hash=hash_))
    assert run().exit_code == 0
    done = run("--noted", noted)
    assert done.exit_code == 1 and "NOT THERE" in done.stdout


@pytest.mark.parametrize("noted", ["812", "x:y", "1:" + "g" * 64])
def test_a_noted_end_that_is_none_is_one_line_and_code_2(run, lead, noted):
    done = run("--noted", noted)
    assert done.exit_code == 2 and "such as 812:3f0c" in done.stderr


def test_the_result_can_be_read_by_a_program(run, lead):
    told = json.loads(run("--json").stdout)
    assert [trail["first_broken"] for trail in told["trails"]] == [None]


def test_an_installation_without_a_study_has_nothing_to_verify(run):
    done = run()
    assert done.exit_code == 0 and "no study yet" in done.stdout
