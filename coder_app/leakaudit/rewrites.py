"""The other world: a copy in which every secret is another and every key is renumbered.

What a coder may know stays: own masks, public ids, places, ratings and times, and the sound with its length.
"""

# ruff: noqa: S608 - every name in a statement is one of our own tables and columns
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Table

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.rough import ROUGH_MINUTES
from coder_app.leakaudit import columns
from coder_app.leakaudit.columns import COLUMNS, names_of, tables
from coder_app.leakaudit.personas import CODING_LEAD, ELSEWHERE, Persona
from coder_app.leakaudit.repeats import part_repeats

# The allowed words of a column that a check binds, each becoming the next.
_WORDS = {
    "assignment.state": ("not started", "in progress", "reopened"),
    "concern.state": ("open", "closed"),
    "guess.position": ("pre", "central", "post", "unknown"),
    "guess.rupture_type": ("repaired", "unrepaired", "unknown"),
    "import.kind": ("participants", "scores", "recordings"),
    "import.state": ("staged", "done", "failed", "discarded"),
    "job.state": ("done", "failed", "stopped"),
    "recording.use": ("study", "practice"),
    "reopening.state": ("open", "granted", "declined"),
    "round.purpose": ("training", "main", "drift", "repeat"),
    "sequence.criterion": ("pooled", "control chart", "both"),
    "sequence.informant": ("child", "therapist", "parent"),
    "sequence.type": ("repaired", "unrepaired"),
}
# Keys whose order is turned around: that of import and of allotment. The others grow but keep theirs, since a
# person's own rows and a study's instruments are listed in it.
_TURNED = (
    "assignment", "dyad", "import", "recording", "recording_key", "round_recording", "segment", "sequence",
    "treatment_session",
)  # fmt: skip
_FAR = 100_000
# Of one's own rows too: who is primary is drawn, and nobody is told.
_SECRET_IN_OWN = ("assignment.is_primary",)
# Coders read the name of a round that is announced.
_TOLD = {"round.name": "announced"}
# What coders hear and see of their own recordings' sound stays.
_OF_OWN_SOUND = ("recording.duration_ms", "segment.start_ms", "segment.end_ms")
# A lead who codes may know the cases and the people, but neither codes nor lengths nor what others rated.
# The ids of others' forms stay: hashes of the trail, which such a lead sees, cover forms that are reopened.
_HIDDEN_FROM_CODING_LEAD = (
    "recording.code", "recording.size", "recording.duration_ms", "assignment.mask",
    "assignment.place", "assignment.is_primary", "rating.score", "rating.reason", "round.seed",
    "round_recording.in_subset", "audit_payload.payload", "note.text", "note.at_ms", "listening.stretches",
    "listening.position_ms", "submission.ratings", "submission.heard_share", "guess.position",
    "guess.rupture_type", "mute.start_ms", "mute.end_ms",
)  # fmt: skip
# Nobody but the coder reads these.
_PRIVATE = ("note.text", "note.at_ms")


def rewrite(path: Path, who: Persona) -> None:
    """Make a copied database the other world of one person: all that this person must not know is another."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.create_function("turned", 1, _turned, deterministic=True)
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{trigger}"')
        if not who.is_staff:
            part_repeats(db, path.parent)
        _permute_key(db, who)
        if not who.is_staff:
            _rewrite_columns(db, who, list(COLUMNS))
            _rewrite_study(db, who)
            _remove_some(db, who)
            _renumber(db)
        elif who.role == CODING_LEAD:
            _rewrite_columns(db, who, _HIDDEN_FROM_CODING_LEAD)
            _change_today(db, who)
        else:
            _rewrite_columns(db, who, _PRIVATE)
            if not who.can(Act.ANSWER_CONCERN):
                _shift_lengths(db, who)
        db.commit()


def _turned(text: str | None) -> str | None:
    """Return another text of another length."""
    return None if text is None else text[::-1] + "xy"


def _rewrite_columns(db: sqlite3.Connection, who: Persona, names: Iterable[str]) -> None:
    wanted = set(names)
    for table in tables():
        own = _own(table.name, who)
        for name in names_of(table):
            if name in wanted and name not in _OF_OWN_SOUND:
                _rewrite_column(db, name, _TOLD.get(name) or ("0" if name in _SECRET_IN_OWN else own))
    for name in set(_OF_OWN_SOUND) & wanted:
        heard = f"SELECT recording_id FROM assignment WHERE user_id = {_me(who)}"
        _rewrite_column(db, name, f"{'id' if name.startswith('recording') else 'recording_id'} IN ({heard})")
    if "round_recording.in_subset" in wanted:
        _rotate_subset(db)


def _rewrite_column(db: sqlite3.Connection, name: str, own: str) -> None:
    table, _, column = name.partition(".")
    how = COLUMNS[name].world
    if how == columns.KEEP or name == "round_recording.in_subset":
        return
    value = {
        columns.TEXT: f"turned({column})",
        columns.HEX: f"substr(turned({column}), -length({column}))",
        # Past the largest, since uniqueness is checked row by row.
        columns.NUMBER: f'{column} + 40 + (SELECT max({column}) FROM "{table}")',
        columns.FLAG: f"1 - {column}",
        columns.MOMENT: f"CASE WHEN {column} IS NULL THEN NULL ELSE '2001-01-01 00:00:00.000000' END",
        columns.EMPTY: _EMPTY.get(name, "NULL"),
        columns.OTHER_WORD: _next_word(name),
    }[how]
    if name in ("dyad.covariates", "plan.content"):
        value = '\'{"therapist": "T99"}\''
    if name == "treatment_session.held_on":
        value = "'2001-01-01'"
    db.execute(f'UPDATE "{table}" SET {column} = {value} WHERE NOT ({own}) AND {column} IS NOT NULL')


_EMPTY = {
    "answers.answers": "'{}'",
    "import_answers.answers": "'{}'",
    "import_mapping.content": "'{}'",
    "listening.stretches": "'[]'",
    "submission.ratings": "'[]'",
}


def _next_word(name: str) -> str:
    column, words = name.partition(".")[2], _WORDS.get(name, ())
    pairs = zip(words, words[1:] + words[:1], strict=True)
    whens = " ".join(f"WHEN '{word}' THEN '{following}'" for word, following in pairs)
    return f"CASE {column} {whens} ELSE {column} END" if words else column


def _own(table: str, who: Persona) -> str:
    """Return the condition under which a row is the person's own."""
    me = _me(who)
    mine = f"SELECT id FROM assignment WHERE user_id = {me}"
    if table == "user":
        return f"id = {me}"
    if table == "study":
        return f"id IN (SELECT study_id FROM membership WHERE user_id = {me}) OR name = '{ELSEWHERE}'"
    if table == "invitation":
        # Whoever has the link of an invitation reads it.
        return f"study_id = (SELECT id FROM study WHERE name = '{ELSEWHERE}')"
    with_user = {"assignment", "listening", "login", "membership", "team_member"}
    with_assignment = {"concern", "guess", "note", "rating", "reopening", "submission"}
    if table in with_user:
        return f"user_id = {me}"
    return f"assignment_id IN ({mine})" if table in with_assignment else "0"


def _me(who: Persona) -> int:
    return who.user_id if who.user_id is not None else -1


def _change_today(db: sqlite3.Connection, who: Persona) -> None:
    """Take back what others have submitted since the day began, and submit what they are at."""
    today = "(SELECT max(at) FROM audit)"
    db.execute(
        "UPDATE assignment SET state = CASE state WHEN 'submitted' THEN 'in progress' ELSE 'submitted' END,"
        f" submitted_at = CASE state WHEN 'submitted' THEN submitted_at ELSE {today} END"
        f" WHERE user_id <> {_me(who)} AND study_id = {who.study_id} AND (state = 'in progress'"
        f" OR state = 'submitted' AND date(submitted_at) = date({today}))"
    )


def _shift_lengths(db: sqlite3.Connection, who: Persona) -> None:
    """Let what coders have be of another length within the same step of minutes.

    Not what is submitted: whether that was done fast, which a lead is told, follows from the length.
    """
    if who.phase is Phase.UNMASKED:
        return
    step = ROUGH_MINUTES * 60_000
    given = f"SELECT recording_id FROM assignment WHERE study_id = {who.study_id}"
    done = "SELECT recording_id FROM assignment WHERE id IN (SELECT assignment_id FROM submission)"
    other = f"duration_ms / {step} * {step} + (duration_ms + {step // 3}) % {step}"
    db.execute(f"UPDATE recording SET duration_ms = {other} WHERE id IN ({given}) AND id NOT IN ({done})")


def _permute_key(db: sqlite3.Connection, who: Persona) -> None:
    """Give each recording another's treatment session, within each study that is blind to this person."""
    rows = db.execute(
        "SELECT k.id, k.study_id, r.use, k.recording_id FROM recording_key k"
        " JOIN recording r ON r.id = k.recording_id WHERE r.opened_at IS NULL ORDER BY k.id"
    ).fetchall()
    groups: dict[tuple, list[tuple[int, int]]] = {}
    for row_id, study, use, recording in rows:
        if not who.is_staff or study == who.study_id:
            groups.setdefault((study, use), []).append((row_id, recording))
    db.execute("UPDATE recording_key SET recording_id = -recording_id")
    for group in groups.values():
        shifted = group[1:] + group[:1]
        for (row_id, _), (_, recording) in zip(group, shifted, strict=True):
            db.execute("UPDATE recording_key SET recording_id = ? WHERE id = ?", (recording, row_id))
    db.execute("UPDATE recording_key SET recording_id = -recording_id WHERE recording_id < 0")


def _rotate_subset(db: sqlite3.Connection) -> None:
    """Draw other recordings for the subset, as many as before."""
    rows = db.execute("SELECT id, study_id, in_subset FROM round_recording ORDER BY study_id, id").fetchall()
    for study in {row[1] for row in rows}:
        here = [(row_id, flag) for row_id, its, flag in rows if its == study]
        for (row_id, _), (_, flag) in zip(here, here[1:] + here[:1], strict=True):
            db.execute("UPDATE round_recording SET in_subset = ? WHERE id = ?", (flag, row_id))


def _rewrite_study(db: sqlite3.Connection, who: Persona) -> None:
    """The own study's times, and its phase where the coder's room is the same in both: locked or unmasked."""
    other = {"unmasked": "locked", "locked": "unmasked"}
    for column in ("created_at", "locked_at", "unmasked_at"):
        db.execute(f"UPDATE study SET {column} = '2001-01-01 00:00:00.000000' WHERE {column} IS NOT NULL")
    # Who was asked to guess is told that a guess comes too late: by then the key is open for good.
    asked = db.execute("SELECT count(*) FROM guess WHERE study_id = ?", (who.study_id,)).fetchone()[0]
    if who.phase in other and not asked and not _is_demo(db):
        db.execute("UPDATE study SET phase = ? WHERE id = ?", (other[who.phase], who.study_id))


def _remove_some(db: sqlite3.Connection, who: Persona) -> None:
    """Take some of the others' work away, and all of the office's: how much there is tells something too."""
    theirs = f"SELECT id FROM assignment WHERE user_id <> {_me(who)} AND id % 2"
    for table in ("rating", "note", "submission", "reopening", "concern", "guess"):
        db.execute(f"DELETE FROM {table} WHERE assignment_id IN ({theirs})")
    db.execute(f"DELETE FROM assignment WHERE user_id <> {_me(who)} AND id % 2")
    db.execute(f"DELETE FROM team_member WHERE user_id <> {_me(who)}")
    if not _is_demo(db):
        db.execute(f"DELETE FROM membership WHERE user_id <> {_me(who)} AND role = 'coder'")
    db.execute("DELETE FROM job")
    db.execute("DELETE FROM snapshot")


def _is_demo(db: sqlite3.Connection) -> bool:
    """The demo's sign-in page says to everybody that a study is finished, and how many coders it has."""
    return bool(db.execute("SELECT max(synthetic) FROM study").fetchone()[0])


def _renumber(db: sqlite3.Connection) -> None:
    """Give every row another number, and all that points at it; twice, as uniqueness holds row by row."""
    for table in tables():
        if "id" not in table.c:
            continue
        far = f"{_FAR} - {{0}}" if table.name in _TURNED else f"{_FAR} + 7 * {{0}}"
        for of, column in [(table.name, "id"), *_pointing_at(table)]:
            new = far.format(column)
            db.execute(f'UPDATE "{of}" SET {column} = -({new}) WHERE {column} IS NOT NULL')
            db.execute(f'UPDATE "{of}" SET {column} = -{column} WHERE {column} IS NOT NULL')


def _pointing_at(target: Table) -> list[tuple[str, str]]:
    """Return each (table, column) that holds ids of a table."""
    found = {
        (key.parent.table.name, key.parent.name)
        for table in tables()
        for key in table.foreign_keys
        if key.column.table is target and key.column.name == "id"
    }
    if target.name == "study":
        found |= {(table.name, "study_id") for table in tables() if "study_id" in table.c}
    return sorted(found)
