"""Reads a waiting file as a mapping says: whole to guess, and its first rows to show what comes of it."""

from collections.abc import Mapping as Texts
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import Problem, ProblemLog
from coder_app.services.import_columns_facts import ReadRow
from coder_app.services.import_mapping import MappingGround
from coder_app.services.import_record import PARTICIPANTS

if TYPE_CHECKING:
    from coder_app.services.import_columns_facts import AnyMapping
    from coder_app.tables.mapping import Mapping
    from coder_app.tables.mapping_guess import Guess
    from coder_app.tables.participant_mapping import ParticipantGuess
    from coder_app.tables.text import TextTable

ROWS_SHOWN, ROWS_TRIED, MOST_PROBLEMS = 5, 200, 20
_DIGESTS = "columns"


def open_file(ground: MappingGround, sheet: str | None) -> "TextTable":
    """Open the waiting file; raise TableError for what is no table."""
    from coder_app.tables.files import open_table_file

    return open_table_file(ground.path, ground.staged.record.file_name, sheet)


class NotLookedAt(Exception):  # noqa: N818 - reads as the sentence that it is
    """A file too large to be opened for a page, of which the worker has not kept yet what the page needs."""


def open_for_page(ground: MappingGround, sheet: str | None) -> "TextTable":
    """Return the waiting file, of a large one what was kept for the page; raise TableError, NotLookedAt."""
    if not ground.is_large:
        return open_file(ground, sheet)
    from coder_app.tables.digest import digest_from_json
    from coder_app.tables.text import refuse

    kept = ground.staging.noted(ground.staged.record.public_id, _DIGESTS) or {}
    content = kept.get(sheet or "")
    if content is None:
        raise NotLookedAt(sheet)
    if not content:
        raise refuse(ground.staged.record.file_name, "The file is no table.")
    return digest_from_json(content)


def keep_for_page(ground: MappingGround, sheet: str | None, table: "TextTable | None") -> None:
    """Keep what the page needs of a large file, whose named sheet or first was opened; None is no table."""
    from coder_app.tables.digest import digest, digest_as_json

    public_id = ground.staged.record.public_id
    content = digest_as_json(digest(table)) if table else {}
    kept = ground.staging.noted(public_id, _DIGESTS) or {}
    own = {sheet or "": content} | ({table.sheet: content} if table and table.sheet else {})
    ground.staging.note(public_id, _DIGESTS, kept | own)


def unreadable() -> type[Exception]:
    """Return what is raised for a file that is no table."""
    from coder_app.tables.text import TableError

    return TableError


def read_mapping(content: dict[str, Any]) -> "AnyMapping":
    """Return the mapping that was written down; raise ValueError for what is none."""
    from coder_app.tables.mapping import mapping_from_json
    from coder_app.tables.participant_mapping import participant_mapping_from_json

    is_participants = content.get("kind") == PARTICIPANTS
    return participant_mapping_from_json(content) if is_participants else mapping_from_json(content)


def write_mapping(mapping: "AnyMapping") -> dict[str, Any]:
    """Return a mapping as types that JSON knows."""
    from coder_app.tables.mapping import Mapping, mapping_as_json
    from coder_app.tables.participant_mapping import participant_mapping_as_json

    return mapping_as_json(mapping) if isinstance(mapping, Mapping) else participant_mapping_as_json(mapping)


def guess_of(ground: MappingGround, table: "TextTable") -> "Guess | ParticipantGuess":
    """Return what the columns probably mean."""
    from coder_app.tables.mapping_guess import guess
    from coder_app.tables.participant_mapping import guess_participants

    if ground.is_participants:
        return guess_participants(table)
    return guess(table, ground.staged.instruments, ground.staged.dyads)


def is_usable(ground: MappingGround, table: "TextTable", content: dict[str, Any]) -> bool:
    """Whether a kept mapping can be used on this file as it is: nothing is missing, no word is new."""
    from coder_app.domain.problems import has_errors

    mapping = read_mapping(content)
    if has_errors(check(ground, mapping, table)):
        return False
    if ground.is_participants:
        return True
    found = find_words_of(mapping.fitted(table.columns), table, ground)
    return all(mapping.word(role, text) is not None for role, own in found.items() for text in own)


def find_words_of(
    mapping: "Mapping", table: "TextTable", ground: MappingGround
) -> dict[str, dict[str, str | None]]:
    from coder_app.tables.mapping import WORDED
    from coder_app.tables.mapping_words import find_words

    columns = {role: column for role in WORDED if (column := mapping.find(role)) in table.columns}
    return find_words(table, columns, ground.staged.instruments)


def check(ground: MappingGround, mapping: "AnyMapping", table: "TextTable") -> tuple[Problem, ...]:
    from coder_app.tables.mapping_check import check_mapping
    from coder_app.tables.participant_mapping import check_participants

    if ground.is_participants:
        return check_participants(mapping, table)
    return check_mapping(mapping, table, ground.staged.instruments)


def decided(ground: MappingGround, mapping: "AnyMapping", table: "TextTable") -> "AnyMapping":
    """The page shows of every column what becomes of it, so that none is left out unseen."""
    from coder_app.tables.mapping import LEFT_OUT, Use

    out = LEFT_OUT if ground.is_participants else Use(LEFT_OUT)
    return replace(mapping, columns=dict.fromkeys(table.columns, out) | mapping.columns)


def head_of(table: "TextTable") -> "TextTable":
    """The first rows as a table of their own, which is quick to try a mapping on."""
    from coder_app.tables.packed import PackedRows

    packed = PackedRows()
    packed.add(list(islice(table.iter_rows(), ROWS_TRIED)))
    return replace(table, packed=packed, places=None)


def try_on(
    ground: MappingGround, head: "TextTable", mapping: "AnyMapping"
) -> tuple[tuple[ReadRow, ...], tuple[str, ...], tuple[Problem, ...], int]:
    """Read the first rows as the mapping says, and what is wrong with them."""
    if ground.is_participants:
        from coder_app.tables.participants import list_participants

        table = list_participants(head, mapping)
        rows = [
            ReadRow(row.row, row.dyad, None, None, None, None, _list_values(row.covariates), None)
            for row in table.rows[:ROWS_SHOWN]
        ]
        log = ProblemLog(head.file)
        log.extend(table.problems)
        return tuple(rows), table.covariates, table.problems[:MOST_PROBLEMS], log.n_errors
    from coder_app.tables.scores import ScoresReader

    log = ProblemLog(head.file)
    known = None if ground.staged.may_create_dyads else ground.staged.dyads
    reader = ScoresReader(head, mapping, ground.staged.instruments, known, log)
    rows = list(reader)
    first = [_as_read(row, ground.staged.instruments) for row in rows[: 2 * ROWS_SHOWN]]
    return tuple(first), (), log.in_order()[:MOST_PROBLEMS], log.n_errors


def _as_read(row: Any, measures: dict[str, Instrument]) -> ReadRow:
    if hasattr(row, "answers"):
        n_items = len(measures[row.measure].items)
        score = f"{len(row.answers)} of {n_items} answers"
    else:
        score = f"{row.score:g}"
    return ReadRow(
        *(row.row, row.dyad, row.session, row.date, row.informant, row.measure, score, row.attendance)
    )


def _list_values(covariates: Texts[str, str | float]) -> str:
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in covariates.items()
    )
