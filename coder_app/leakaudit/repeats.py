"""In the other world of a coder nothing comes back: what does here has there a recording of its own."""

# ruff: noqa: S608 - every name in a statement is one of our own tables and columns
import os
import sqlite3
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from coder_app.models import Base

STORE = "recordings"


def part_repeats(db: sqlite3.Connection, folder: Path) -> None:
    """Give each form that came back a recording of its own and the round that it is of."""
    rows = db.execute(
        "SELECT DISTINCT a.study_id, a.user_id, a.recording_id, r.id, r.of_round_id FROM assignment a"
        " JOIN round r ON r.id = a.round_id WHERE r.of_round_id IS NOT NULL ORDER BY a.id"
    ).fetchall()
    for study_id, user_id, recording, round_id, main in rows:
        other = _copy_recording(db, folder, recording, user_id)
        here = f"user_id = {user_id} AND recording_id = {recording} AND round_id = {round_id}"
        forms = f"SELECT id FROM assignment WHERE {here}"
        heard = f"SELECT listening_id FROM assignment WHERE {here}"
        _copy_segments(db, recording, other, forms)
        db.execute(f"UPDATE listening SET recording_id = {other} WHERE id IN ({heard})")
        db.execute(f"UPDATE assignment SET recording_id = {other}, round_id = {main} WHERE {here}")
        db.execute(
            "INSERT INTO round_recording (study_id, round_id, recording_id, in_subset) VALUES (?, ?, ?, 0)",
            (study_id, main, other),
        )
    over = "SELECT id FROM round WHERE of_round_id IS NOT NULL"
    db.execute(f"DELETE FROM round_recording WHERE round_id IN ({over})")
    db.execute("DELETE FROM round WHERE of_round_id IS NOT NULL")


def _copy_recording(db: sqlite3.Connection, folder: Path, recording: int, user_id: int) -> int:
    db.row_factory = sqlite3.Row
    row = dict(db.execute("SELECT * FROM recording WHERE id = ?", (recording,)).fetchone())
    db.row_factory = None
    names = {
        name: sha256(f"{row[name]} {user_id}".encode()).hexdigest()[: len(row[name])]
        for name in ("code", "public_id", "storage_name")
    }
    _link(folder / STORE, row["storage_name"], names["storage_name"])
    return _insert(db, "recording", row | names)


def _copy_segments(db: sqlite3.Connection, recording: int, other: int, forms: str) -> None:
    db.row_factory = sqlite3.Row
    rows = [
        dict(row)
        for row in db.execute("SELECT * FROM segment WHERE recording_id = ?", (recording,)).fetchall()
    ]
    db.row_factory = None
    for row in rows:
        made = _insert(db, "segment", row | {"recording_id": other})
        db.execute(
            f"UPDATE rating SET segment_id = {made} WHERE segment_id = ? AND assignment_id IN ({forms})",
            (row["id"],),
        )


def _insert(db: sqlite3.Connection, table: str, values: dict) -> int:
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name != "id"]
    marks = ", ".join("?" * len(columns))
    query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
    return db.execute(query, [values[name] for name in columns]).lastrowid


def _link(store: Path, name: str, other: str) -> None:
    """Give the sound and its waveform another name; files that are not there are not missed."""
    for path in store.rglob(f"{name}*"):
        target = path.parent.parent / other[:2] / path.name.replace(name, other)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.link(path, target)
