"""The rows of one sheet of a workbook as text, read as they come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from coder_app.tables.numbers import write_plain
from coder_app.tables.odd_cells import ERROR, FORMULA, NO_DATE
from coder_app.tables.xlsx_package import MOST_SHEET_BYTES, Package, Styles
from coder_app.tables.xlsx_parts import PartReader, unescape

_MOST_CACHED = 50_000
_MOST_KEPT = 1_000
# Excel has no column behind XFD.
_MOST_LETTERS = 3


@dataclass(frozen=True)
class OddCell:
    """A cell that is no value: a formula, an error of Excel, or a date that no calendar has."""

    kind: str
    place: int
    text: str


@dataclass(frozen=True)
class SheetRow:
    """A row with its texts from the first column on."""

    number: int
    cells: list[str]
    odd: tuple[OddCell, ...]


class SheetReader(PartReader):
    """Reads a sheet; what it says beside its cells is known once its rows have been gone through."""

    elements = frozenset({"row", "c", "v", "f", "t", "rPh", "col", "mergeCell"})
    texts = frozenset({"v", "f", "t"})

    def __init__(self, strings: list[str], styles: Styles, from_1904: bool) -> None:
        super().__init__()
        self.merged: list[str] = []
        self.hidden_columns: list[tuple[int, int]] = []
        self.hidden_rows: list[int] = []
        self.n_hidden_rows = 0
        self._strings, self._to_text = strings, NumberTexts(styles, from_1904)
        self._rows: list[SheetRow] = []
        self._number = 0
        self._cells: list[str] = []
        self._odd: list[OddCell] = []
        self._cell: dict[str, str] = {}
        self._value: str | None = None
        self._formula: str | None = None
        self._formula_id: str | None = None
        self._runs: list[str] = []
        self._places: dict[str, int] = {}
        self._shared: dict[str, str] = {}
        self._aside = False

    def rows(self, package: Package, path: str) -> Iterator[SheetRow]:
        """Go through the rows that have cells."""
        for _ in self.feed(package, path, MOST_SHEET_BYTES):
            found, self._rows = self._rows, []
            yield from found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row or cell, or keep what is said of rows, columns and merged cells."""
        if name == "c":
            self._cell = attributes
            self._value = self._formula = None
            self._runs = []
        elif name == "f":
            self._formula_id = attributes.get("si")
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._aside = True
        elif name == "mergeCell" and len(self.merged) < _MOST_KEPT:
            self.merged.append(attributes.get("ref", ""))
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            self.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))

    def end(self, name: str, text: str) -> None:
        """Keep a text, a cell or a row."""
        if name == "v":
            self._value = text
        elif name == "c":
            self._end_cell()
        elif name == "t":
            if not self._aside:
                self._runs.append(text)
        elif name == "row":
            if self._cells:
                self._rows.append(SheetRow(self._number, self._cells, tuple(self._odd)))
        elif name == "f":
            self._formula = "=" + (text or self._shared.get(self._formula_id or "", "…"))
            if text and self._formula_id is not None:
                self._shared[self._formula_id] = text
        elif name == "rPh":
            self._aside = False

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._number = int(number) if number else self._number + 1
        self._cells, self._odd = [], []
        if attributes.get("hidden") in ("1", "true"):
            self.n_hidden_rows += 1
            if len(self.hidden_rows) < _MOST_KEPT:
                self.hidden_rows.append(self._number)

    def _end_cell(self) -> None:
        cells = self._cells
        place = self._place_of_cell()
        text, odd = self._read_cell()
        if not text:
            return
        if place < len(cells):
            raise ValueError("The cells of a row stand from left to right.")
        if place > len(cells):
            cells.extend([""] * (place - len(cells)))
        cells.append(text)
        if odd:
            self._odd.append(OddCell(odd, place, text))

    def _place_of_cell(self) -> int:
        reference = self._cell.get("r")
        if not reference:
            return len(self._cells)
        letters = reference.rstrip("0123456789")
        place = self._places.get(letters)
        if place is None:
            place = self._places[letters] = place_of(letters)
        return place

    def _read_cell(self) -> tuple[str, str | None]:
        """The text of a cell, and what it is where it is no value."""
        if self._formula is not None:
            return self._formula, FORMULA
        kind, value = self._cell.get("t", "n"), self._value
        if kind == "inlineStr":
            return unescape("".join(self._runs)), None
        if not value:
            return "", None
        if kind == "s":
            return self._strings[int(value)], None
        if kind == "n":
            return self._to_text.read(value, int(self._cell.get("s", 0)))
        if kind == "b":
            return "true" if value == "1" else "false", None
        if kind == "e":
            return value, ERROR
        return (_iso(value) if kind == "d" else unescape(value)), None


class NumberTexts:
    """Writes numbers as a person would, dates as YYYY-MM-DD."""

    def __init__(self, styles: Styles, from_1904: bool) -> None:
        self._styles, self._known = styles, {}
        self._from_excel = _date_reader(from_1904)

    def read(self, value: str, style: int) -> tuple[str, str | None]:
        """Return the text, and what it is where it is no value."""
        key = (value, style)
        found = self._known.get(key)
        if found is None:
            found = self._find(value, style)
            if len(self._known) < _MOST_CACHED:
                self._known[key] = found
        return found

    def _find(self, value: str, style: int) -> tuple[str, str | None]:
        number = float(value)
        if style in self._styles.dates or style in self._styles.times:
            text = self._from_excel(number, style in self._styles.times)
            return (text, None) if text is not None else (write_plain(number), NO_DATE)
        text = write_plain(number)
        width = self._styles.widths.get(style, 0)
        return (text.zfill(width) if text.isdigit() else text), None


def _date_reader(from_1904: bool) -> Callable[[float, bool], str | None]:
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    def read(number: float, is_duration: bool) -> str | None:
        try:
            moment = from_excel(number, MAC_EPOCH if from_1904 else WINDOWS_EPOCH, timedelta=is_duration)
        except (OverflowError, ValueError):
            return None
        if number < 0:
            return None
        return _moment_text(moment)

    return read


def _moment_text(moment: datetime | time | timedelta) -> str:
    if isinstance(moment, datetime) and moment.time() == time():
        return moment.date().isoformat()
    return str(moment)


def _iso(text: str) -> str:
    """Write a moment of ISO 8601 as numbers with a date's format are written."""
    try:
        return _moment_text(datetime.fromisoformat(text))
    except ValueError:
        return text.strip()


def place_of(letters: str) -> int:
    """Return the place of a column by its letters, 0 for A."""
    if not 0 < len(letters) <= _MOST_LETTERS or not letters.isalpha():
        raise ValueError("A column has one to three letters.")
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
