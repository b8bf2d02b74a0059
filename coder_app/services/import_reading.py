"""What reading a file of scores found: its dialect, its counts, what is wrong, and where to look."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from coder_app.domain.problems import Problem, ProblemLog
from coder_app.services.import_record import StagedImport
from coder_app.services.job import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from coder_app.services.import_rows import WaitingRow
    from coder_app.tables.mapping import Mapping
    from coder_app.tables.text import TextTable

FIRST_ROWS = 5
ROWS_AROUND = 2
MOST_COLUMNS = 30
MOST_PROBLEMS = 5_000
MOST_SHOWN = 200
MOST_UNKNOWN = 1_000
ROWS_A_BEAT = 5_000
SCORES, QUESTIONNAIRES = "scores", "questionnaires"


@dataclass
class Reading:
    """A file of scores as it was read; nothing in it grows with the file beyond its bounds."""

    columns: tuple[str, ...] = ()
    n_rows: int = 0
    kind: str = "csv"
    encoding: str = ""
    delimiter: str = ""
    decimal_comma: bool = False
    sheet: str | None = None
    is_table: bool = False
    layout: str | None = None
    mapping: dict[str, Any] | None = None
    n_missing: int = 0
    n_left_out: int = 0
    n_dyads: int = 0
    problems: list[Problem] = field(default_factory=list)
    n_errors: int = 0
    n_warnings: int = 0
    unknown_dyads: list[str] = field(default_factory=list)
    n_unknown_dyads: int = 0
    # Informant, measure, "scores" or "questionnaires", and how many of them.
    counts: list[tuple[str, str, str, int]] = field(default_factory=list)
    excerpts: list["Excerpt"] = field(default_factory=list)

    def scored_measures(self) -> set[str]:
        """Return the names of the measures of which the file has answers."""
        return {measure for _, measure, what, _ in self.counts if what == QUESTIONNAIRES}


@dataclass
class Excerpt:
    """A stretch of a file as it stands; `wrong` names cells by row number and place among the columns."""

    columns: list[str]
    rows: list[tuple[int, list[str]]]
    wrong: list[tuple[int, int]]
    n_hidden_columns: int
    # The row with a problem in its middle, None for the beginning of the file.
    around: int | None = None


def read_scores_file(
    staged: StagedImport,
    mapping: dict[str, Any] | None,
    path: "Path",
    take: "Callable[[WaitingRow], None]",
    progress: Progress,
) -> Reading:
    """Read a file, giving each usable row to `take`; what is wrong is among the problems, never raised.

    `mapping` says what its columns mean; without one, what is sure of the guess is used.
    """
    from coder_app.tables.files import open_table_file
    from coder_app.tables.mapping import mapping_from_json
    from coder_app.tables.text import TableError

    reading, log = Reading(), ProblemLog(staged.record.file_name)
    chosen = mapping_from_json(mapping) if mapping else None
    try:
        table = open_table_file(path, staged.record.file_name, chosen.sheet if chosen else None)
    except TableError as error:
        log.extend(error.problems)
        close_reading(reading, log)
        return reading
    describe_table(reading, table)
    _Taker(staged, table, chosen, reading, log, progress).take_all(take)
    close_reading(reading, log)
    reading.excerpts = list(cut_excerpts(table, reading.problems))
    return reading


class _Taker:
    """Goes through the rows of one file."""

    def __init__(
        self,
        staged: StagedImport,
        table: "TextTable",
        mapping: "Mapping | None",
        reading: Reading,
        log: ProblemLog,
        progress: Progress,
    ) -> None:
        from coder_app.tables.mapping_guess import guess_mapping

        self._staged, self._table, self._reading, self._log = staged, table, reading, log
        self._mapping = mapping or guess_mapping(table, staged.instruments)
        self._progress = progress
        self._look_alikes = LookAlikes(staged.dyads, log)
        self._dyads: set[str] = set()

    def take_all(self, take: "Callable[[WaitingRow], None]") -> None:
        """Give every usable row on, and count."""
        from coder_app.tables.mapping import mapping_as_json
        from coder_app.tables.scores import ScoresReader

        reading, known = self._reading, None if self._staged.may_create_dyads else self._staged.dyads
        reading.layout, reading.mapping = self._mapping.layout, mapping_as_json(self._mapping)
        reader = ScoresReader(self._table, self._mapping, self._staged.instruments, known, self._log)
        counts = Counter[tuple[str, str, str]]()
        for number, row in enumerate(reader, start=1):
            self._meet(row)
            counts[row.informant, row.measure, QUESTIONNAIRES if hasattr(row, "answers") else SCORES] += 1
            take(row)
            if number % ROWS_A_BEAT == 0:
                self._progress(min(row.row, reading.n_rows), reading.n_rows)
        for row in reader.sessions:
            self._meet(row)
            take(row)
        reading.counts = [(*key, n) for key, n in sorted(counts.items())]
        reading.n_missing, reading.n_left_out = reader.n_missing, reader.n_left_out
        reading.n_dyads = len(self._dyads)
        self._find_unknown()

    def _meet(self, row: "WaitingRow") -> None:
        dyad = row.dyad
        if dyad in self._dyads:
            return
        self._dyads.add(dyad)
        if self._staged.may_create_dyads:
            self._look_alikes.check(row.row, self._dyad_column(), dyad)

    def _find_unknown(self) -> None:
        """Find dyads that are not stored, also those whose rows all have errors."""
        column = self._dyad_column()
        if column not in self._table.columns:
            return
        unknown = dict.fromkeys(
            text for text in self._table.texts(column) if text and text not in self._staged.dyads
        )
        self._reading.n_unknown_dyads = len(unknown)
        self._reading.unknown_dyads = list(islice(unknown, MOST_UNKNOWN))

    def _dyad_column(self) -> str | None:
        from coder_app.tables.mapping import DYAD

        return self._mapping.fitted(self._table.columns).find(DYAD)


class LookAlikes:
    """Ids that differ in case only would be one dyad to most people and two to the program."""

    def __init__(self, stored: frozenset[str], log: ProblemLog) -> None:
        self._stored, self._log = stored, log
        self._by_folded = {dyad.casefold(): dyad for dyad in stored}

    def check(self, row: int, column: str | None, dyad: str) -> None:
        """Note a dyad that looks like one of the study or of a row further up."""
        same = self._by_folded.setdefault(dyad.casefold(), dyad)
        if same == dyad or dyad in self._stored:
            return
        where = "the study" if same in self._stored else "the file, further up,"
        said = f"“{dyad}” and “{same}”, which {where} has, differ in case only. Write one dyad in one way."
        self._log.error(row, column, dyad, said)


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """Return a reading as types that JSON knows."""
    return asdict(reading)


def reading_from_json(content: dict[str, Any]) -> Reading:
    """Return the reading that was noted."""
    reading = Reading(**content)
    reading.columns = tuple(reading.columns)
    reading.problems = [Problem(**problem) for problem in content["problems"]]
    reading.excerpts = [Excerpt(**excerpt) for excerpt in content["excerpts"]]
    for excerpt in reading.excerpts:
        excerpt.wrong = [tuple(cell) for cell in excerpt.wrong]
    return reading


def problems_csv(problems: list[Problem]) -> str:
    """Return every problem of a file as a table."""
    from coder_app.tables.writing import write_csv

    columns = ("file", "row", "column", "value", "problem", "kind")
    return write_csv(columns, ((p.file, p.row, p.column, p.value, p.message, p.severity) for p in problems))


def describe_table(reading: Reading, table: "TextTable") -> None:
    """Note how a table is written."""
    reading.is_table = True
    reading.columns, reading.n_rows, reading.kind = table.columns, table.n_rows, table.kind
    reading.encoding, reading.delimiter = table.encoding, table.delimiter
    reading.decimal_comma, reading.sheet = table.decimal_comma, table.sheet


def close_reading(reading: Reading, log: ProblemLog) -> None:
    """Note what is wrong."""
    problems = log.in_order()
    reading.n_errors = log.n_errors
    reading.n_warnings = len(problems) - log.n_errors
    reading.problems = list(problems[:MOST_PROBLEMS])


def cut_excerpts(table: "TextTable", problems: list[Problem]) -> Iterator[Excerpt]:
    """Return the beginning of the file, and what stands around each of the first rows with a problem."""
    yield _excerpt(table, list(islice(table.iter_rows(), FIRST_ROWS)), problems)
    named = {problem.row for problem in problems} - {None, table.header_row}
    wanted = sorted(named)[:MOST_SHOWN]
    near = {row + step for row in wanted for step in range(-ROWS_AROUND, ROWS_AROUND + 1)}
    found = {number: (number, cells) for number, cells in table.iter_rows() if number in near} if near else {}
    for row in wanted:
        if row in found:
            around = range(row - ROWS_AROUND, row + ROWS_AROUND + 1)
            yield _excerpt(table, [found[number] for number in around if number in found], problems, row)


def _excerpt(
    table: "TextTable",
    rows: list[tuple[int, tuple[str, ...]]],
    problems: list[Problem],
    around: int | None = None,
) -> Excerpt:
    numbers = {number for number, _ in rows}
    named = {(p.row, p.column) for p in problems if p.row in numbers and p.column is not None}
    wrong_columns = {column for _, column in named}
    shown = [
        place for place, name in enumerate(table.columns) if place < MOST_COLUMNS or name in wrong_columns
    ][: 2 * MOST_COLUMNS]
    names = [table.columns[place] for place in shown]
    return Excerpt(
        columns=names,
        rows=[(number, [cells[place] for place in shown]) for number, cells in rows],
        wrong=sorted((row, names.index(name)) for row, name in named if name in names),
        n_hidden_columns=len(table.columns) - len(shown),
        around=around,
    )
