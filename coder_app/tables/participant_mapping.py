"""Which columns of participants are taken, as numbers or words, and which a study should not hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coder_app.domain.instruments import plain_name
from coder_app.domain.problems import Problem, ProblemLog
from coder_app.tables.columns import DYAD_NAMES
from coder_app.tables.guess_places import Guessed
from coder_app.tables.identifying import find_identifying
from coder_app.tables.mapping import DYAD, LEFT_OUT, Use
from coder_app.tables.mapping_contents import Contents, FirstRows, look_at
from coder_app.tables.mapping_names import LIKELY
from coder_app.tables.numbers import looks_like_number
from coder_app.tables.text import TextTable

NUMBER, WORD = "number", "word"
COVARIATES = (NUMBER, WORD)
ROLES = (DYAD, *COVARIATES, LEFT_OUT)
PARTICIPANTS_KIND = "participants"
_VERSION = 1

# Numbered all the same, these name someone: 07 is not 7, and 7 is not a quantity.
ID_COLUMNS = frozenset({"therapist", "therapist_id", "therapistid", "therapeut", "therapeutid", *DYAD_NAMES})
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")


@dataclass(frozen=True)
class ParticipantMapping:
    """What is taken of a file of participants; a column that is not named here is left out with a warning."""

    columns: dict[str, str]
    sheet: str | None = None

    @property
    def dyad(self) -> str | None:
        """The column of the dyads."""
        return next((column for column, role in self.columns.items() if role == DYAD), None)

    def fitted(self, columns: tuple[str, ...]) -> "ParticipantMapping":
        """Return the mapping with its columns named as this file writes them: case does not count."""
        by_name = {column.casefold(): column for column in columns}
        own = {by_name.get(name.casefold(), name): role for name, role in self.columns.items()}
        return ParticipantMapping(own, self.sheet)

    def used(self) -> set[str]:
        """Return the columns that are read."""
        return {column for column, role in self.columns.items() if role != LEFT_OUT}

    def fits(self, columns: tuple[str, ...]) -> bool:
        """Whether a file with these columns has all that are read."""
        return {name.casefold() for name in self.used()} <= {name.casefold() for name in columns}

    def fits_exactly(self, columns: tuple[str, ...]) -> bool:
        """Whether a file has all columns that are read, and none that nobody has decided about."""
        known = {name.casefold() for name in self.columns}
        return self.fits(columns) and {name.casefold() for name in columns} <= known


@dataclass(frozen=True)
class ParticipantGuess:
    """What is proposed for a file of participants; `doubts` name the columns that a person should look at."""

    mapping: ParticipantMapping
    columns: dict[str, Guessed]
    doubts: tuple[str, ...]

    @property
    def is_sure(self) -> bool:
        """Whether the file can be read as it was guessed without asking anybody."""
        return not self.doubts


def participant_mapping_as_json(mapping: ParticipantMapping) -> dict[str, Any]:
    """Return a mapping as types that JSON knows."""
    return {
        "kind": PARTICIPANTS_KIND,
        "version": _VERSION,
        "columns": dict(mapping.columns),
        "sheet": mapping.sheet,
    }


def participant_mapping_from_json(content: dict[str, Any]) -> ParticipantMapping:
    """Return the mapping that was kept; raise ValueError for what is none."""
    if content.get("kind") != PARTICIPANTS_KIND or content.get("version") != _VERSION:
        raise ValueError("this is no mapping of participants")
    if not set(content["columns"].values()) <= set(ROLES):
        raise ValueError("this mapping names a role that is not known")
    return ParticipantMapping(dict(content["columns"]), content["sheet"])


def guess_participants(table: TextTable) -> ParticipantGuess:
    """Propose what to take of a file; what may tell who a person is, is proposed to be left out."""
    rows = look_at(table)
    dyad = table.find_column(*DYAD_NAMES)
    why = f"its name is {dyad}"
    is_certain = dyad is not None
    if dyad is None:
        dyad, why = _likely_dyad(table, rows)
    columns: dict[str, Guessed] = {}
    for column in table.columns:
        if column == dyad:
            columns[column] = Guessed(Use(DYAD), why, is_certain)
        else:
            columns[column] = _guess_covariate(
                column, rows.contents[column], table.value_labels.get(column, {})
            )
    doubts = [column for column, guess in columns.items() if not guess.is_sure]
    if dyad is None:
        doubts.append("the dyad")
    roles = {column: guess.use.role for column, guess in columns.items()}
    return ParticipantGuess(ParticipantMapping(roles, table.sheet), columns, tuple(doubts))


def check_participants(mapping: ParticipantMapping, table: TextTable) -> tuple[Problem, ...]:
    """Return what is wrong with a mapping for this file, and which columns it leaves out unseen."""
    log = ProblemLog(table.file)
    mapping = mapping.fitted(table.columns)
    dyads = [column for column, role in mapping.columns.items() if role == DYAD]
    if not dyads:
        said = "There is no column dyad (or case or id). It is needed."
        log.error(table.header_row, DYAD_NAMES[0], None, said)
    for column in dyads[1:]:
        said = f"{dyads[0]} and {column} are both taken as the dyad. Choose one of them."
        log.error(table.header_row, column, column, said)
    for column in sorted(mapping.used() - set(table.columns)):
        said = f"The file has no column {column}. Say under Columns which columns are taken."
        log.error(table.header_row, column, None, said)
    for column in table.columns:
        if column not in mapping.columns:
            said = f"The column {column} is not known here and is left out."
            log.warn(table.header_row, column, column, said)
    return log.in_order()


def _likely_dyad(table: TextTable, rows: FirstRows) -> tuple[str | None, str]:
    by_name = {plain_name(column): column for column in table.columns}
    for name in LIKELY[DYAD]:
        if column := by_name.get(name):
            return column, f"its name, {column}, says so"
    first = table.columns[0]
    contents = rows.contents[first]
    if contents.n_filled == contents.n_rows == len(contents.filled):
        return first, "it is the first column, and each row has an id of its own"
    return None, ""


def _guess_covariate(column: str, contents: Contents, labels: Mapping[str, str]) -> Guessed:
    if said := find_identifying(column, contents):
        why = f"it looks like {said}, which the study should not hold: nothing is computed from it"
        return Guessed(Use(LEFT_OUT), why, False)
    about = _about(column)
    if not contents.n_filled:
        return Guessed(Use(WORD), f"it is empty{about}", True)
    if column.casefold() in ID_COLUMNS:
        return Guessed(Use(WORD), f"it names someone, so that a number in it is no quantity{about}", True)
    if labels.keys() >= contents.filled.keys():
        said = ", ".join(f"{text} is {labels[text]}" for text in list(contents.filled)[:3])
        return Guessed(Use(WORD), f"SPSS has a word for each value: {said}{about}", True)
    has_zeros = any(_LEADING_ZERO.fullmatch(text) for text in contents.filled)
    if contents.share_of_numbers == 1 and not has_zeros:
        return Guessed(Use(NUMBER), f"all its cells are numbers{about}", True)
    if contents.share_of_numbers >= 0.5 and not has_zeros:
        n = sum(n for text, n in contents.filled.items() if not looks_like_number(text))
        why = f"{n} of its cells {'is' if n == 1 else 'are'} no number{about}"
        return Guessed(Use(WORD), why, True)
    return Guessed(Use(WORD), f"its cells are words{about}", True)


def _about(column: str) -> str:
    plain = plain_name(column)
    if any(word in plain for word in ("therapist", "therapeut", "behandelaar")):
        return "; it is about the therapist"
    if any(word in plain for word in ("child", "kind", "client", "cliënt", "patient", "jongere")):
        return "; it is about the child"
    return ""
