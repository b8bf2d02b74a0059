"""A table as text, whatever file it came from: nothing becomes a number or a gap here."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from coder_app.domain.problems import ERROR, WARNING, Problem
from coder_app.tables.packed import PackedRows, Row

CSV, XLSX, SAV = "csv", "xlsx", "sav"

MOST_BYTES = 200_000_000
MOST_ROWS = 2_000_000
MOST_COLUMNS = 2_000


class TableError(Exception):
    """A file that is no readable table, with the problems that say why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def refuse(file: str, message: str, row: int | None = None, column: str | None = None) -> TableError:
    """Return the error of a file that cannot be read at all."""
    return TableError((Problem(file, row, column, None, message),))


@dataclass(frozen=True)
class TextTable:
    """A table of text: every row with its number in a spreadsheet and its cells in the order of columns.

    `problems` names cells that are no values (formulas, error cells) as errors: whoever knows which columns
    count asks `problems_beside`. `labels` are what SPSS or Qualtrics call a column, `value_labels` what SPSS
    calls a value. `empty_columns` have a name alone. `sheets` are those that the file has, `sheet` the one
    that was read.
    """

    file: str
    columns: tuple[str, ...]
    header_row: int
    packed: PackedRows = field(repr=False, compare=False)
    kind: str
    encoding: str
    delimiter: str
    decimal_comma: bool
    problems: tuple[Problem, ...]
    empty_columns: tuple[str, ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # The places of the columns in the rows, None where the rows hold just these.
    places: tuple[int, ...] | None = field(default=None, repr=False)

    @property
    def n_rows(self) -> int:
        """How many rows stand under the header, without those that are empty."""
        return self.packed.n_rows

    def iter_rows(self) -> Iterator[Row]:
        """Go through the rows from top to bottom; every call begins anew."""
        if self.places is None:
            return iter(self.packed)
        places = self.places
        return ((number, tuple([cells[place] for place in places])) for number, cells in self.packed)

    def iter_cells(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Go through the rows with their cells by column."""
        columns = self.columns
        return ((number, dict(zip(columns, cells, strict=True))) for number, cells in self.iter_rows())

    def texts(self, column: str) -> Iterator[str]:
        """Go through the cells of one column from top to bottom."""
        place = self.columns.index(column)
        place = place if self.places is None else self.places[place]
        return (cells[place] for _, cells in self.packed)

    def find_column(self, *names: str) -> str | None:
        """Return the first column that has one of the names, whatever its case, or None."""
        by_name = {column.casefold(): column for column in self.columns}
        return next((by_name[name] for name in names if name in by_name), None)

    def problems_beside(self, used: Collection[str]) -> tuple[Problem, ...]:
        """Return the problems; of a column that is not used its first error alone, as a warning."""
        unused = frozenset(self.columns).difference(used)
        told: set[str] = set()
        found = []
        for problem in self.problems:
            if problem.severity != ERROR or problem.column not in unused:
                found.append(problem)
            elif problem.column not in told:
                told.add(problem.column)
                said = f"The column {problem.column} is not used, so that this keeps nothing out."
                found.append(replace(problem, severity=WARNING, message=f"{problem.message} {said}"))
        return tuple(found)
