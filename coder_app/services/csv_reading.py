"""What a staged CSV file holds: its dialect, its rows, and everything that is wrong with it."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from coder_app.domain.problems import Problem, ProblemLog
from coder_app.services.import_record import PARTICIPANTS, StagedImport

if TYPE_CHECKING:
    from coder_app.tables.participants import ParticipantRow
    from coder_app.tables.score_cells import ScoreRow
    from coder_app.tables.scores_items import AnswersRow
    from coder_app.tables.text import TextTable

FIRST_ROWS = 5
ROWS_AROUND = 2
MOST_COLUMNS = 30
# How the names of layouts with single answers begin.
ITEMS = "items"


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a file as it stands; `wrong` names cells by row number and place among the columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    wrong: frozenset[tuple[int, int]]
    n_hidden_columns: int


@dataclass(frozen=True)
class ReadFile:
    """A file that was read; `text` is None for what is no table, and `rows` has none with an error."""

    staged: StagedImport
    text: "TextTable | None"
    problems: tuple[Problem, ...]
    rows: "tuple[ParticipantRow | ScoreRow | AnswersRow, ...]" = ()
    layout: str | None = None
    covariates: tuple[str, ...] = ()
    n_missing: int = 0
    unknown_dyads: tuple[str, ...] = ()

    @property
    def holds_answers(self) -> bool:
        """Whether the file holds answers to single items instead of totals."""
        return self.layout is not None and self.layout.startswith(ITEMS)

    @property
    def n_dyads(self) -> int:
        """How many dyads the file tells something about."""
        return len({row.dyad for row in self.rows})

    @property
    def n_sessions(self) -> int:
        """How many treatment sessions have a score in the file."""
        return len({(row.dyad, row.session) for row in self.rows})

    def count_scores(self) -> list[tuple[str, str, int]]:
        """Return informant, measure and number of scores, or of questionnaires."""
        counts = Counter((row.informant, row.measure) for row in self.rows)
        return [(informant, measure, n) for (informant, measure), n in sorted(counts.items())]

    def rows_with_problems(self) -> list[int]:
        """Return the numbers of the rows under the header that a problem names."""
        numbers = {number for number, _ in self.text.iter_rows()} if self.text else set()
        return sorted(numbers & {problem.row for problem in self.problems})

    def first_rows(self) -> Excerpt | None:
        """Return the first rows of the file, None when there are none."""
        return self._excerpt(0, FIRST_ROWS)

    def rows_around(self, number: int) -> Excerpt | None:
        """Return the row of this number with its neighbours, None when there is no such row."""
        places = {row: place for place, (row, _) in enumerate(self.text.iter_rows())} if self.text else {}
        if number not in places:
            return None
        return self._excerpt(max(0, places[number] - ROWS_AROUND), places[number] + ROWS_AROUND + 1)

    def _excerpt(self, start: int, end: int) -> Excerpt | None:
        if self.text is None:
            return None
        rows = list(islice(self.text.iter_cells(), start, end))
        numbers = {number for number, _ in rows}
        named = {(p.row, p.column) for p in self.problems if p.row in numbers and p.column is not None}
        wrong_columns = {column for _, column in named}
        shown = [
            name
            for place, name in enumerate(self.text.columns)
            if place < MOST_COLUMNS or name in wrong_columns
        ][: 2 * MOST_COLUMNS]
        return Excerpt(
            columns=tuple(shown),
            rows=tuple((number, tuple(cells[name] for name in shown)) for number, cells in rows),
            wrong=frozenset((row, shown.index(name)) for row, name in named if name in shown),
            n_hidden_columns=len(self.text.columns) - len(shown),
        )


def read_file(staged: StagedImport, data: bytes) -> ReadFile:
    """Read a file of participants or scores; what is wrong with it is among its problems, never raised."""
    from coder_app.tables.columns import DYAD_NAMES
    from coder_app.tables.files import open_table_file
    from coder_app.tables.text import TableError

    try:
        text = open_table_file(data, staged.record.file_name)
    except TableError as error:
        return ReadFile(staged, None, error.problems)
    is_participants = staged.record.kind == PARTICIPANTS
    read = (_read_participants if is_participants else _read_scores)(staged, data, text)
    column = text.find_column(*DYAD_NAMES)
    if column is None:
        return read
    in_file = dict.fromkeys(filter(None, text.texts(column)))
    return replace(
        read,
        unknown_dyads=tuple(dyad for dyad in in_file if dyad not in staged.dyads),
        problems=_with_look_alikes(read, column) if staged.may_create_dyads else read.problems,
    )


def problems_csv(read: ReadFile) -> str:
    """Return every problem of a file as a table."""
    from coder_app.tables.writing import write_csv

    columns = ("file", "row", "column", "value", "problem", "kind")
    return write_csv(
        columns, ((p.file, p.row, p.column, p.value, p.message, p.severity) for p in read.problems)
    )


def _read_participants(staged: StagedImport, data: bytes, text: "TextTable") -> ReadFile:
    from coder_app.tables.participants import read_participants

    table = read_participants(data, staged.record.file_name)
    return ReadFile(staged, text, table.problems, table.rows, covariates=table.covariates)


def _read_scores(staged: StagedImport, data: bytes, text: "TextTable") -> ReadFile:
    from coder_app.tables.scores import read_scores

    known = None if staged.may_create_dyads else staged.dyads
    table = read_scores(data, staged.record.file_name, staged.instruments, known)
    return ReadFile(staged, text, table.problems, table.rows, table.layout, n_missing=table.n_missing)


def _with_look_alikes(read: ReadFile, column: str) -> tuple[Problem, ...]:
    """Ids that differ in case only would be one dyad to most people and two to the program."""
    stored = read.staged.dyads
    log = ProblemLog(read.staged.record.file_name)
    log.extend(read.problems)
    first_seen = {dyad.casefold(): dyad for dyad in stored}
    told: set[str] = set()
    for row in read.rows:
        same = first_seen.setdefault(row.dyad.casefold(), row.dyad)
        if same == row.dyad or row.dyad in stored or row.dyad in told:
            continue
        told.add(row.dyad)
        where = "the study" if same in stored else "the file, further up,"
        log.error(
            row.row,
            column,
            row.dyad,
            f"“{row.dyad}” and “{same}”, which {where} has, differ in case only. Write one dyad in one way.",
        )
    return log.in_order()
