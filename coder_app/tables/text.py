"""Delimited text of any common dialect, read into rows of text: nothing becomes a number or a gap here."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from coder_app.domain.problems import Problem, ProblemLog
from coder_app.tables.numbers import NumberColumn, is_missing, looks_like_number

MOST_BYTES = 10_000_000
MOST_ROWS = 200_000
MOST_COLUMNS = 2_000
MOST_RAGGED = 100

# By preference where a file fits several: only one column, or none that tells them apart.
DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_CHARACTERS = 100_000
_SNIFFED_ROWS = 50
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n")
_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or another zipped file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"$FL": "an SPSS file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
}


class TableError(Exception):
    """A file that is no readable table, with the problems that say why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


@dataclass(frozen=True)
class TextTable:
    """A table of text: every row with its number in a spreadsheet and its cells by column."""

    file: str
    columns: tuple[str, ...]
    header_row: int
    rows: tuple[tuple[int, dict[str, str]], ...]
    encoding: str
    delimiter: str
    decimal_comma: bool
    problems: tuple[Problem, ...]

    def texts(self, column: str) -> list[str]:
        """Return the cells of one column from top to bottom."""
        return [cells[column] for _, cells in self.rows]

    def find_column(self, *names: str) -> str | None:
        """Return the first column that has one of the names, whatever its case, or None."""
        by_name = {column.casefold(): column for column in self.columns}
        return next((by_name[name] for name in names if name in by_name), None)


def read_text_table(data: bytes, file: str, most_bytes: int = MOST_BYTES) -> TextTable:
    """Return the table that the bytes hold, or raise TableError naming what keeps them from being one."""
    _check_bytes(data, file, most_bytes)
    text, encoding = _decode(data, file)
    if found := _SEPARATOR_LINE.match(text):
        delimiter, text = found[1], text[found.end() :]
    else:
        delimiter = _find_delimiter(text)
    header_row, columns, rows = _read_rows(text, delimiter, file)
    log = ProblemLog(file)
    if encoding in ("cp1252", "latin-1"):
        _warn_of_encoding(header_row, columns, rows, log)
    decimal_comma = any(_has_decimal_commas([cells[c] for _, cells in rows], delimiter) for c in columns)
    return TextTable(
        file, columns, header_row, tuple(rows), encoding, delimiter, decimal_comma, log.in_order()
    )


def _refuse(file: str, message: str, row: int | None = None, column: str | None = None) -> TableError:
    return TableError((Problem(file, row, column, None, message),))


def _check_bytes(data: bytes, file: str, most_bytes: int) -> None:
    if not data.strip():
        raise _refuse(file, "The file is empty. A table with a header row was expected.")
    if len(data) > most_bytes:
        raise _refuse(
            file, f"The file has {len(data):,} bytes. At most {most_bytes:,} are read; split it into parts."
        )
    for start, name in _FORMATS.items():
        if data.startswith(start):
            raise _refuse(file, f"This is {name}, whatever its name says. Save it as CSV (UTF-8) first.")


def _decode(data: bytes, file: str) -> tuple[str, str]:
    text, encoding = _decode_bytes(data, file)
    if "\0" in text:
        raise _refuse(file, "The file is not text: it holds zero bytes. Save it as CSV (UTF-8).")
    return text, encoding


def _decode_bytes(data: bytes, file: str) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise _refuse(file, "The file starts as UTF-16 but breaks off or is damaged.") from None
    with_mark = data.startswith(codecs.BOM_UTF8)
    for encoding in ("utf-8-sig" if with_mark else "utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            if with_mark:
                raise _refuse(file, "The file is marked as UTF-8 but holds bytes that are not.") from None
    return data.decode("latin-1"), "latin-1"


def _find_delimiter(text: str) -> str:
    """The separator by which the header has several cells and most rows have as many as the header."""
    start = text[:_SNIFFED_CHARACTERS]

    def fit(delimiter: str) -> tuple[bool, float, int]:
        try:
            rows = list(islice(_reader(start, delimiter, strict=False), _SNIFFED_ROWS))
        except csv.Error:
            return (False, 0.0, 0)
        widths = [len(row) for row in rows if any(row)] or [len(row) for row in rows] or [0]
        return (widths[0] > 1, widths.count(widths[0]) / len(widths), widths[0])

    return max(DELIMITERS, key=fit)


def _reader(text: str, delimiter: str, strict: bool):
    # newline="" keeps line ends inside quoted cells as they are
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=strict, skipinitialspace=True
    )


def _read_rows(
    text: str, delimiter: str, file: str
) -> tuple[int, tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    log = ProblemLog(file)
    columns: tuple[str, ...] | None = None
    header_row = 0
    rows: list[tuple[int, dict[str, str]]] = []
    number = 0
    try:
        for number, record in enumerate(_reader(text, delimiter, strict=True), start=1):
            cells = [cell.strip() for cell in record]
            if not any(cells):
                continue
            if columns is None:
                header_row, columns = number, _read_header(cells, number, file)
            elif len(cells) != len(columns):
                log.error(number, None, None, _ragged(len(cells), len(columns)))
                if log.n_errors == MOST_RAGGED:
                    break
            elif len(rows) == MOST_ROWS:
                raise _refuse(file, f"The file has more than {MOST_ROWS:,} rows; split it into parts.")
            else:
                rows.append((number, dict(zip(columns, cells, strict=True))))
    except csv.Error:
        raise _refuse(
            file,
            "A quotation mark is opened and not closed, or closed in the middle of a cell. "
            "Write a quotation mark inside a cell twice.",
            row=number + 1,
        ) from None
    if log.n_errors:
        raise TableError(log.in_order())
    if columns is None or not rows:
        raise _refuse(
            file, "The file has a header but no rows under it." if columns else "The file is empty."
        )
    return header_row, columns, rows


def _ragged(n_cells: int, n_columns: int) -> str:
    return (
        f"The row has {n_cells} cells, the header {n_columns}. "
        "Put a cell that holds the separator between quotation marks."
    )


def _read_header(cells: list[str], row: int, file: str) -> tuple[str, ...]:
    if len(cells) > MOST_COLUMNS:
        raise _refuse(file, f"The file has {len(cells):,} columns. At most {MOST_COLUMNS:,} are read.", row)
    log = ProblemLog(file)
    places: dict[str, int] = {}
    for place, name in enumerate(cells, start=1):
        if not name:
            log.error(row, None, None, f"Column {place} has no name. Name it or take it out.")
        elif name.casefold() in places:
            first = places[name.casefold()]
            log.error(row, name, name, f"Columns {first} and {place} have the same name. Rename one of them.")
        else:
            places[name.casefold()] = place
    if log.n_errors:
        raise TableError(log.in_order())
    return tuple(cells)


def _warn_of_encoding(
    header_row: int, columns: tuple[str, ...], rows: list[tuple[int, dict[str, str]]], log: ProblemLog
) -> None:
    """Point at the first letter that may be wrong, since no file says that it is Windows-1252."""
    message = (
        "The file is not UTF-8 and was read as Western European (Windows-1252). "
        "Check letters with accents, or save it as CSV (UTF-8)."
    )
    places = [(header_row, name, name) for name in columns]
    places += [(row, column, cell) for row, cells in rows for column, cell in cells.items()]
    row, column, value = next((p for p in places if not p[2].isascii()), (None, None, None))
    log.warn(row, column, value, message)


def _has_decimal_commas(texts: list[str], delimiter: str) -> bool:
    numbers = [text for text in texts if not is_missing(text)]
    return all(map(looks_like_number, numbers)) and NumberColumn(numbers, delimiter).decimal_comma
