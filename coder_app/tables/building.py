"""From the cells of any file to a table of text: header, empty columns, decimal marks, formulas."""

from collections import Counter
from collections.abc import Mapping, Sequence

from coder_app.domain.problems import ERROR, ProblemLog, shorten
from coder_app.tables.numbers import NumberColumn, is_missing, looks_like_number
from coder_app.tables.odd_cells import SAID_OF_ODD, find_odd_text
from coder_app.tables.packed import MOST_CELLS, PackedRows, Row
from coder_app.tables.qualtrics import LINES_OF_QUALTRICS, find_labels
from coder_app.tables.text import MOST_COLUMNS, MOST_ROWS, TableError, TextTable, refuse

MOST_NAMED = 100
SAID_OF_TITLE = "The row stands above the header and is left out."
_MOST_SEEN = 5_000


class TableBuilder:
    """Takes a header and its rows one by one; `log` holds what is wrong with them, each kind named at most
    a hundred times.
    """

    def __init__(self, file: str, delimiter: str = "", whole: str = "The file") -> None:
        self.file, self.delimiter = file, delimiter
        self._whole = whole
        self.log = ProblemLog(file)
        self.header: tuple[str, ...] | None = None
        self.header_row = 0
        self._rows = PackedRows()
        self._block: list[Row] = []
        self._columns: list[_ColumnSoFar] = []
        self._named: Counter[tuple[str, str | None]] = Counter()
        self._last_named: dict[tuple[str, str | None], int] = {}
        self._per_block = 1
        self._first_rows: list[Row] | None = []
        self._labels: dict[str, str] = {}

    @property
    def n_rows(self) -> int:
        """How many rows there are so far."""
        return self._rows.n_rows + len(self._block)

    def set_header(self, row: int, names: Sequence[str]) -> None:
        """Take the names of the columns; those at the end without one may turn out to be empty."""
        if len(names) > MOST_COLUMNS:
            said = f"{self._whole} has {len(names):,} columns. At most {MOST_COLUMNS:,} are read."
            raise refuse(self.file, said, row)
        self.header, self.header_row = tuple(names), row
        self._columns = [_ColumnSoFar(self.delimiter) for _ in names]
        self._per_block = max(1, MOST_CELLS // len(names))

    def add_row(self, number: int, cells: tuple[str, ...]) -> None:
        """Take a row that has as many cells as the header."""
        if self._first_rows is not None:
            self._first_rows.append((number, cells))
            if len(self._first_rows) < LINES_OF_QUALTRICS:
                return
            self._begin()
        else:
            self._block.append((number, cells))
        if len(self._block) >= self._per_block:
            self._flush()

    def name(self, kind: str, row: int, column: str | None, value: str | None, message: str) -> None:
        """Note an error in a cell or row, the first hundred of a kind and column one by one."""
        key = (kind, column)
        self._named[key] += 1
        self._last_named[key] = row
        if self._named[key] <= MOST_NAMED:
            self.log.error(row, column, value, message)

    def name_odd(self, kind: str, row: int, place: int, text: str) -> None:
        """Note a cell that is no value: a formula, an error of a spreadsheet, or a date of no calendar."""
        column = self.header[place] or None
        self.name(kind, row, column, text, SAID_OF_ODD[kind].format(text=shorten(text)))

    def build(
        self,
        kind: str,
        encoding: str,
        *,
        sheet: str | None = None,
        sheets: tuple[str, ...] = (),
        labels: Mapping[str, str] | None = None,
        value_labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> TextTable:
        """Return the table, or raise TableError where it has no header or no rows that can be read."""
        self._begin()
        self._flush()
        if self.header is None:
            raise refuse(self.file, f"{self._whole} is empty. A table with a header row was expected.")
        if not self.n_rows:
            raise refuse(self.file, f"{self._whole} has a header but no rows under it.")
        kept = self._find_kept()
        self._count_unnamed()
        columns = tuple(self.header[place] for place in kept)
        return TextTable(
            file=self.file,
            columns=columns,
            header_row=self.header_row,
            packed=self._rows,
            kind=kind,
            encoding=encoding,
            delimiter=self.delimiter,
            decimal_comma=any(self._columns[place].has_decimal_commas for place in kept),
            problems=self.log.in_order(),
            empty_columns=tuple(self.header[place] for place in kept if not self._columns[place].has_values),
            sheet=sheet,
            sheets=sheets,
            labels={name: label for name, label in (labels or self._labels).items() if name in columns},
            value_labels={name: known for name, known in (value_labels or {}).items() if name in columns},
            places=None if len(kept) == len(self.header) else kept,
        )

    def _begin(self) -> None:
        """Take the first rows in, unless they are more lines of the header."""
        first, self._first_rows = self._first_rows or [], None
        labels = find_labels(self.header or (), [cells for _, cells in first])
        if labels is None:
            self._block += first
            return
        self._labels = labels
        numbers = " and ".join(str(number) for number, _ in first)
        said = f"Rows {numbers} are lines of Qualtrics about the columns, not of data, and are left out."
        self.log.warn(first[0][0], None, None, said)

    def _flush(self) -> None:
        if not self._block:
            return
        if self.n_rows > MOST_ROWS:
            raise refuse(self.file, f"{self._whole} has more than {MOST_ROWS:,} rows; split it into parts.")
        by_column = zip(*(cells for _, cells in self._block), strict=True)
        for place, (column, cells) in enumerate(zip(self._columns, by_column, strict=True)):
            distinct = set(cells)
            column.notice(distinct)
            if self.delimiter:
                self._name_odd_texts(place, distinct)
        self._rows.add(self._block)
        self._block = []

    def _name_odd_texts(self, place: int, distinct: set[str]) -> None:
        """Name the cells of a text file in which a spreadsheet would have computed something."""
        odd = {text: kind for text in distinct if (kind := find_odd_text(text))}
        if not odd:
            return
        for number, cells in self._block:
            if kind := odd.get(cells[place]):
                self.name_odd(kind, number, place, cells[place])

    def _find_kept(self) -> tuple[int, ...]:
        """The places of the columns that count, when every name is there once and every column has one."""
        kept: list[int] = []
        first_places: dict[str, int] = {}
        faults = ProblemLog(self.file)
        last = max((p for p, c in enumerate(self._columns) if c.has_values or self.header[p]), default=-1)
        for place, name in enumerate(self.header):
            has_values = self._columns[place].has_values
            if name:
                kept.append(place)
                first = first_places.setdefault(name.casefold(), place)
                if first != place:
                    said = f"Columns {first + 1} and {place + 1} have the same name. Rename one of them."
                    faults.error(self.header_row, name, name, said)
                elif not has_values:
                    self.log.warn(self.header_row, name, name, f"The column {name} is empty in every row.")
            elif has_values:
                said = f"Column {place + 1} has no name. Name it or take it out."
                faults.error(self.header_row, None, None, said)
            elif place < last:
                said = f"Column {place + 1} has neither a name nor values and is left out."
                self.log.warn(self.header_row, None, None, said)
        if faults.n_errors:
            # What else is wrong may be why: merged cells of a header leave columns without a name.
            faults.extend(problem for problem in self.log.in_order() if problem.severity == ERROR)
            raise TableError(faults.in_order())
        return tuple(kept)

    def _count_unnamed(self) -> None:
        for (kind, column), n in self._named.items():
            if n > MOST_NAMED:
                where = f" in the column {column}" if column else ""
                said = f"There are {n - MOST_NAMED:,} more {kind}{where}."
                self.log.error(self._last_named[kind, column], column, None, said)


class _ColumnSoFar:
    """What is known of a column from its cells up to here."""

    def __init__(self, delimiter: str) -> None:
        self.has_values = False
        self._all_numbers = True
        self._numbers = NumberColumn((), delimiter)
        self._seen: set[str] = set()

    def notice(self, texts: set[str]) -> None:
        """Look at the texts of more cells of the column."""
        if self.has_values and not self._all_numbers:
            return
        new = texts - self._seen
        self.has_values = self.has_values or bool(new - {""})
        known = [text for text in new if not is_missing(text)]
        self._all_numbers = self._all_numbers and all(map(looks_like_number, known))
        if self._all_numbers:
            self._numbers.notice(known)
        if len(self._seen) < _MOST_SEEN:
            self._seen |= new

    @property
    def has_decimal_commas(self) -> bool:
        """Whether every number of the column may be written with a decimal comma, and one is."""
        return self._all_numbers and self._numbers.decimal_comma
