"""Two worlds that differ in every secret and agree in all that one may know answer alike, to the byte."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from coder_app.config import sqlite_url
from coder_app.domain.phases import Phase
from coder_app.leakaudit.columns import COLUMNS, KEEP, names_of, tables
from coder_app.leakaudit.copy import DATABASE, copy_database
from coder_app.leakaudit.personas import CODER, Persona
from coder_app.leakaudit.rewrites import rewrite
from coder_app.leakaudit.side import Plant
from coder_app.leakaudit.walk import Depth
from coder_app.models import Base
from tests.makers.audited import Audited, audited_study
from tests.makers.planted import QUEUE, audit_planted

LEAD = "lead who does not code"
# Turned around or drawn anew as a whole: each value is there before and after.
PERMUTED = {"round_recording.in_subset"}
# There is one study here, which its members know, and the audit's own.
ALIKE_HERE = {"study.name", "study.public_id"}


@pytest.fixture(scope="module")
def study(empty_sqlite, tmp_path_factory) -> Iterator[Audited]:
    """One study for all tests here: each audit works on copies of it."""
    with audited_study(empty_sqlite, tmp_path_factory.mktemp("study")) as ready:
        yield ready


def other_world(study: Audited, who: Persona, tmp_path: Path) -> tuple[Path, Path]:
    """Return the database as it is, and as it is in the other world."""
    here, there = tmp_path / "here.sqlite", tmp_path / "there.sqlite"
    for path in (here, there):
        copy_database(study.ground.settings.data_dir / DATABASE, path)
    rewrite(there, who)
    return here, there


def values_of(path: Path, table: str, column: str, where: str = "1") -> list:
    with closing(sqlite3.connect(path)) as db:
        return sorted(db.execute(f'SELECT {column} FROM "{table}" WHERE {where}').fetchall(), key=repr)


def differing(report) -> list[str]:
    return [f"{one.where}: {one.what}" for one in report.findings if "two worlds differ" in one.what]


@pytest.mark.parametrize("depth", [Depth.PAGES, pytest.param(Depth.WHOLE, marks=pytest.mark.long)])
def test_a_coder_who_is_done_cannot_tell_whether_the_study_is_unmasked(depth, study, tmp_path):
    settings = replace(study.ground.settings, data_dir=tmp_path, database_url=sqlite_url(tmp_path / DATABASE))
    shutil.copytree(study.ground.settings.store_dir, settings.store_dir)
    copy_database(study.ground.settings.data_dir / DATABASE, tmp_path / DATABASE)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        db.execute("UPDATE assignment SET state = 'submitted', submitted_at = '2026-03-19 09:00:00.000000'")
        db.execute("UPDATE study SET phase = 'locked', locked_at = '2026-03-19 09:00:00.000000' WHERE id = 1")
        db.commit()
    done = replace(study, ground=replace(study.ground, settings=settings))
    who = replace(study.find(CODER), phase=Phase.LOCKED)
    assert differing(done.audit(who, depth=depth)) == []


def test_every_secret_of_others_is_another_in_the_other_world(study, tmp_path):
    here, there = other_world(study, study.find(CODER), tmp_path)
    same = []
    for table in tables():
        for name in names_of(table):
            column = name.partition(".")[2]
            before = values_of(here, table.name, column, f"{column} IS NOT NULL")
            after = values_of(there, table.name, column, f"{column} IS NOT NULL")
            kept = COLUMNS[name].world == KEEP or name in PERMUTED | ALIKE_HERE
            if before and before == after and not kept and not is_all_own(here, table, study.find(CODER)):
                same.append(name)
    assert same == []


def is_all_own(path: Path, table, who: Persona) -> bool:
    return "user_id" in table.c and {row[0] for row in values_of(path, table.name, "user_id")} == {
        who.user_id
    }


def test_what_a_coder_may_know_is_the_same_in_both_worlds(study, tmp_path):
    who = study.find(CODER)
    here, there = other_world(study, who, tmp_path)
    for column in ("mask", "public_id", "place", "state", "revision", "worked_at"):
        before = values_of(here, "assignment", column, f"user_id = {who.user_id}")
        me = values_of(there, "user", "id", f"public_id = '{who.public_id}'")[0][0]
        assert before == values_of(there, "assignment", column, f"user_id = {me}")
    names = {path: set(values_of(path, "recording", "storage_name")) for path in (here, there)}
    # What comes back here is a recording of its own there.
    assert names[here] < names[there] and len(names[there]) == len(names[here]) + 1
    assert values_of(here, "round", "purpose") != values_of(there, "round", "purpose")


def test_in_the_other_world_nothing_comes_back_to_the_coder(study, tmp_path):
    who = study.find(CODER)
    own = "SELECT count(*) - count(DISTINCT recording_id || ' ' || instrument_version_id) FROM assignment"
    counts = []
    for path in other_world(study, who, tmp_path):
        me = values_of(path, "user", "id", f"public_id = '{who.public_id}'")[0][0]
        with closing(sqlite3.connect(path)) as db:
            counts.append(db.execute(f"{own} WHERE user_id = {me}").fetchone()[0])
    assert counts == [2, 0]


def test_the_name_of_a_round_is_another_unless_coders_read_it(study, tmp_path):
    who = study.find(CODER)
    here, there = tmp_path / "here.sqlite", tmp_path / "there.sqlite"
    for path in (here, there):
        copy_database(study.ground.settings.data_dir / DATABASE, path)
        with closing(sqlite3.connect(path)) as db:
            db.execute("UPDATE round SET announced = 1 WHERE purpose = 'training'")
            db.commit()
    rewrite(there, who)
    kept = set(values_of(here, "round", "name")) & set(values_of(there, "round", "name"))
    assert kept == {("Training-Canary",)}


def test_the_other_world_holds_together(study, tmp_path):
    _, there = other_world(study, study.find(CODER), tmp_path)
    with closing(sqlite3.connect(there)) as db:
        broken = {row[0] for row in db.execute("PRAGMA foreign_key_check").fetchall()}
    # Coders who were taken out of the study leave their name beside acts of the past.
    assert broken == set()


def test_every_key_is_renumbered(study, tmp_path):
    here, there = other_world(study, study.find(CODER), tmp_path)
    alike = [
        table.name
        for table in Base.metadata.sorted_tables
        if "id" in table.c
        and set(values_of(here, table.name, "id")) & set(values_of(there, table.name, "id"))
    ]
    assert alike == []


def test_each_recording_has_another_session_in_the_other_world_of_a_lead(study, tmp_path):
    here, there = other_world(study, study.find(LEAD), tmp_path)
    pair = "recording_id * 100000 + treatment_session_id"
    before, after = values_of(here, "recording_key", pair), values_of(there, "recording_key", pair)
    assert len(before) == len(after) == 9
    assert not set(before) & set(after)
    assert values_of(here, "recording", "code") == values_of(there, "recording", "code")


LEAKS = {
    "how many forms there are": "SELECT count(*) FROM assignment",
    "the subset in a class": "SELECT group_concat(in_subset) FROM round_recording",
    "another's rating": "SELECT sum(score) FROM rating",
    "the primary coder": "SELECT group_concat(is_primary) FROM assignment ORDER BY mask",
    "the key": "SELECT sum(treatment_session_id * recording_id) FROM recording_key",
    "a recording's row": "SELECT min(recording_id) FROM assignment WHERE place = 1",
    "that a recording comes back": "SELECT count(*) FROM assignment a JOIN assignment b ON"
    " a.recording_id = b.recording_id AND a.user_id = b.user_id"
    " AND a.instrument_version_id = b.instrument_version_id AND a.id < b.id",
    "a rupture type": "SELECT group_concat(type) FROM sequence",
}


def test_each_planted_leak_makes_the_worlds_differ(study):
    def hint(query: str) -> Plant:
        def plant(app: Flask) -> None:
            @app.after_request
            def add(response):
                with app.extensions["coder_app.database"].read() as db:
                    response.headers["X-Hint"] = str(db.execute(text(query)).scalar())
                return response

        return plant

    found = audit_planted(study, study.find(CODER), [(hint(query), QUEUE) for query in LEAKS.values()])
    differ = {number for number, some in found.items() if any("worlds differ" in one.what for one in some)}
    assert differ == set(range(len(LEAKS)))
