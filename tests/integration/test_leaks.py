"""The leak audit of a study being coded finds nothing, as whoever; and it looks at all there is."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Blueprint
from sqlalchemy import select

import coder_app
from coder_app.config import ConfigError, Settings, sqlite_url
from coder_app.db import Database
from coder_app.domain.visibility import Thing
from coder_app.leakaudit.columns import COLUMNS, UnknownColumnError, tables
from coder_app.leakaudit.copy import LOCK, copied, remove_leftovers, workshop
from coder_app.leakaudit.installation import ACT, audit_whole
from coder_app.leakaudit.personas import CODER, CODING_LEAD, STRANGER, VISITOR
from coder_app.leakaudit.report import Result
from coder_app.leakaudit.values import NoValueError
from coder_app.leakaudit.walk import Depth
from coder_app.models import Audit, AuditPayload, Base, Recording
from coder_app.services.audit import check_chain
from coder_app.services.folder_lock import FolderLock
from coder_app.web.access import public
from tests.makers.audited import Audited, audited_study, make_audited_study, studied

# Only a SQLite database is copied.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ROLES = (CODER, CODING_LEAD, "lead who does not code", "analyst", "safeguarding contact", STRANGER, VISITOR)


@pytest.fixture(scope="module")
def study(empty_sqlite, tmp_path_factory) -> Iterator[Audited]:
    """One study for all tests here: each audit works on copies of it."""
    with audited_study(empty_sqlite, tmp_path_factory.mktemp("study")) as ready:
        yield ready


@pytest.fixture
def made(world, database, settings) -> Settings:
    make_audited_study(world, database, settings)
    return settings


@dataclass(frozen=True)
class Whole:
    """What a whole audit found, said and left."""

    settings: Settings
    database: Database
    before: tuple
    result: Result
    lines: list[str]


def whats(report) -> list[str]:
    return [f"{finding.where}: {finding.what}" for finding in report.findings]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(Depth.PAGES, id="pages"),
        pytest.param(Depth.WHOLE, id="whole", marks=pytest.mark.long),
    ],
)
def whole(request, empty_sqlite, tmp_path_factory) -> Iterator[Whole]:
    """An audit as the command makes it; in the normal run it goes no further than people's own pages."""
    folder, lines = tmp_path_factory.mktemp("whole"), list[str]()
    with studied(empty_sqlite, folder) as (settings, database):
        before = snapshot_of(settings, database)
        result = audit_whole(settings, lines.append, record=True, deepest=request.param)
        yield Whole(settings, database, before, result, lines)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_sees_what_they_must_not(role, whole):
    found = [report for report in whole.result.reports if report.role == role]
    assert found
    for report in found:
        assert whats(report) == []
        assert report.secrets > 20
        # Outside a study there are few pages to walk through; routes and forms are tried in the long run.
        assert report.compared == report.answers >= (10 if report.study else 3)
    first = found[0]
    if first.whole:
        assert first.answers > 300 and first.foreign > 40
        assert first.share_reached >= 0.99, first.not_reached


def test_the_audit_says_what_each_role_must_not_see_in_this_phase(study):
    hidden = {role: study.find(role).hidden for role in ROLES}
    assert hidden[CODER] == hidden[VISITOR] == tuple(Thing)
    assert (
        Thing.KEY in hidden["lead who does not code"]
        and Thing.RECORDINGS not in hidden["lead who does not code"]
    )
    assert {Thing.KEY, Thing.RECORDINGS, Thing.SUBSET, Thing.RATINGS} <= set(hidden[CODING_LEAD])


def test_a_route_with_a_part_that_the_audit_does_not_know_stops_it(study):
    blueprint = Blueprint("new", __name__)

    @blueprint.get("/coding/<assignment>/novelty/<gadget>")
    @public
    def gadget(assignment: str, gadget: str):
        return gadget

    with pytest.raises(NoValueError, match=r"the part <gadget>"):
        study.audit(study.find(CODER), lambda app: app.register_blueprint(blueprint))


def test_a_column_that_nobody_has_classified_stops_the_audit(monkeypatch):
    monkeypatch.delitem(COLUMNS, "note.text")
    with pytest.raises(UnknownColumnError, match=r"note\.text"):
        tables()


def test_every_column_that_is_classified_is_there():
    there = {
        f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns
    }
    assert COLUMNS.keys() <= there


def test_a_whole_audit_ends_with_figures_in_the_trail(whole):
    with whole.database.read() as db:
        same = (Audit.seq == AuditPayload.seq) & (Audit.study_id == AuditPayload.study_id)
        figures = db.scalars(select(AuditPayload.payload).join(Audit, same).where(Audit.act == ACT)).one()
        assert check_chain(db, 1).broken_at is None
    assert figures["findings"] == 0
    assert {"role", "reached", "routes", "pages", "bytes", "secrets"} <= figures["roles"][0].keys()
    assert "D00" not in str(figures) and "Canary" not in str(figures)
    assert "In all: " in whole.lines[-2] and "0 findings" in whole.lines[-2]


def test_the_result_can_be_read_by_machines(whole):
    read = json.loads(json.dumps(whole.result.as_json()))
    assert read["findings"] == 0 and read["version"] == coder_app.__version__
    assert {report["role"] for report in read["reports"]} == set(ROLES)


def test_the_audit_changes_nothing_else_in_the_installation(whole):
    trail = {"audit", "audit_head", "audit_payload"}
    (rows_before, files_before), (rows, files) = whole.before, snapshot_of(whole.settings, whole.database)
    assert files == files_before
    assert {name for name in rows if rows[name] != rows_before[name]} == trail


@on_sqlite
def test_a_killed_audit_leaves_nothing_that_the_next_one_does_not_remove(made):
    left = made.data_dir / "audit-killed"
    left.mkdir()
    (left / "copy.sqlite").write_bytes(b"a copy")
    with workshop(made) as folder:
        assert not left.exists()
        assert folder.is_dir()
    assert list(made.data_dir.glob("audit-*")) == []


@on_sqlite
def test_a_server_that_starts_removes_what_an_audit_left_more_than_an_hour_ago(made):
    old, new = made.data_dir / "audit-old", made.data_dir / "audit-new"
    for left in (old, new):
        left.mkdir()
        (left / "copy.sqlite").write_bytes(b"a copy")
    os.utime(old, (time.time() - 7200,) * 2)
    with FolderLock(made.data_dir / LOCK) as lock:
        assert lock.acquire()
        remove_leftovers(made)
    assert old.exists()
    remove_leftovers(made)
    assert not old.exists() and new.exists()


@on_sqlite
def test_two_audits_do_not_run_at_once(made):
    with FolderLock(made.data_dir / LOCK) as lock:
        assert lock.acquire()
        with pytest.raises(ConfigError, match="Another audit"), workshop(made):
            pass


@on_sqlite
@pytest.mark.skipif(os.name == "nt", reason="SIGTERM ends a process without a word on Windows")
def test_an_audit_that_is_ended_by_a_signal_removes_its_copy(made):
    # The command finds its data by its environment, and the database in it by its usual name.
    os.replace(made.data_dir / "test.sqlite", made.data_dir / "coder_app.sqlite")
    command = [sys.executable, "-m", "coder_app.cli", "audit-blind"]
    environment = os.environ | {"CODER_APP_DATA": str(made.data_dir)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        wait_until(lambda: list(made.data_dir.glob("audit-*/*/copy.sqlite")))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert list(made.data_dir.glob("audit-*")) == []


@on_sqlite
def test_an_installation_whose_folder_has_a_per_cent_sign_is_copied_whole(made, database, tmp_path):
    folder = tmp_path / "a%41b"
    folder.mkdir()
    database.dispose()
    target = folder / "coder_app.sqlite"
    target.write_bytes((tmp_path / "test.sqlite").read_bytes())
    settings = replace(made, data_dir=folder, database_url=sqlite_url(target))
    with copied(settings) as (_, copy), copy.read() as db:
        assert len(db.scalars(select(Recording)).all()) == 10
    assert list(folder.glob("audit-*")) == []


def wait_until(holds) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("waited for a minute")


def snapshot_of(settings: Settings, database: Database) -> tuple:
    """Return the rows of every table, and every file."""
    with database.read() as db:
        rows = {
            table.name: sorted(map(repr, db.execute(select(table)))) for table in Base.metadata.sorted_tables
        }
    files = sorted(
        (str(path), path.stat().st_size)
        for path in settings.data_dir.rglob("*")
        if path.is_file() and "sqlite" not in path.name and path.name != LOCK
    )
    return rows, files
