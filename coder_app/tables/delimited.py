"""Delimited text of any common dialect, read row by row into a table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from coder_app.tables.building import MOST_NAMED, SAID_OF_TITLE, TableBuilder
from coder_app.tables.encodings import GUESSED, find_encoding
from coder_app.tables.packed import Row
from coder_app.tables.text import CSV, TableError, TextTable, refuse

# By preference where a file fits several: only one column, or none that tells them apart.
DELIMITERS = (",", ";", "\t", "|")
MOST_CELL_CHARACTERS = 131_072
_SNIFFED_CHARACTERS = 100_000
_SNIFFED_ROWS = 50
# Titles stand above the header, and never this far.
_LOOKED_AT = 30
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])(?:\r\n|\n|\r)", re.IGNORECASE)
_RAGGED = "rows of another length"


def read_delimited(stream: BinaryIO, file: str) -> TextTable:
    """Return the table of a text file, or raise TableError naming what keeps it from being one."""
    encoding = find_encoding(stream, file)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        start = text.read(_SNIFFED_CHARACTERS)
        found = _SEPARATOR_LINE.match(start)
        delimiter = found[1] if found else _find_delimiter(start)
        text.seek(0)
        if found:
            text.readline()
        builder = TableBuilder(file, delimiter)
        accents = _FirstAccent() if encoding in GUESSED else None
        _read_rows(text, builder, accents)
        if accents is not None:
            accents.warn(builder)
        return builder.build(CSV, encoding)
    finally:
        text.detach()


def _find_delimiter(start: str) -> str:
    """The separator by which most rows have the same number of cells, and more than one."""

    def fit(delimiter: str) -> tuple[bool, float, int]:
        try:
            # newline="" keeps line ends inside quoted cells as they are
            lines = io.StringIO(start, newline="")
            rows = list(islice(_reader(lines, delimiter, strict=False), _SNIFFED_ROWS))
        except csv.Error:
            return (False, 0.0, 0)
        widths = [len(row) for row in rows if any(row)] or [len(row) for row in rows] or [0]
        width, n = Counter(widths).most_common(1)[0]
        return (max(widths[0], width) > 1, n / len(widths), width)

    return max(DELIMITERS, key=fit)


def _reader(lines: Iterator[str], delimiter: str, strict: bool):
    return csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)


def _read_rows(lines: Iterator[str], builder: TableBuilder, accents: "_FirstAccent | None") -> None:
    records = _Records(lines, builder.delimiter)
    try:
        _fill(iter(records), builder, accents)
    except csv.Error as error:
        raise refuse(builder.file, _said_of(error), row=records.number + 1) from None


class _Records:
    """The records that have a cell, counted as a spreadsheet counts them."""

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._reader = _reader(lines, delimiter, strict=True)
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for number, record in enumerate(self._reader, start=1):
            self.number = number
            cells = tuple([cell.strip() for cell in record])
            if any(cells):
                yield number, cells


def _fill(records: Iterator[Row], builder: TableBuilder, accents: "_FirstAccent | None") -> None:
    first = list(islice(records, _LOOKED_AT))
    place = _find_header(first)
    for number, cells in first[:place]:
        builder.log.warn(number, None, next(filter(None, cells)), SAID_OF_TITLE)
    n_ragged = n_named = width = 0
    for number, cells in chain(first[place:], records):
        if accents is not None and accents.place is None:
            accents.look(number, cells)
        if builder.header is None:
            builder.set_header(number, cells)
            width = len(cells)
            n_named = max(place for place, name in enumerate(cells, start=1) if name)
            _judge_single(builder)
        elif len(cells) == width:
            builder.add_row(number, cells)
        elif n_named <= len(cells) < width or (len(cells) > width and not any(cells[width:])):
            # What is lacking or too much at the end is empty.
            builder.add_row(number, cells[:width] + ("",) * (width - len(cells)))
        else:
            n_ragged += 1
            builder.name(_RAGGED, number, None, None, _ragged(len(cells), width, builder.delimiter))
            if n_ragged == MOST_NAMED:
                break
    if n_ragged:
        raise TableError(builder.log.in_order())


def _judge_single(builder: TableBuilder) -> None:
    """One column may be all that there is, or what an unusual way of writing leaves."""
    name = builder.header[0]
    if len(builder.header) > 1:
        return
    if any(name.count(mark) > 1 for mark in DELIMITERS):
        # Some programs do this.
        said = "The header is one cell with separators in it: its line is between quotation marks as a whole."
        builder.log.error(builder.header_row, name, name, f"{said} Take these off every line.")
    else:
        said = "The file has one column. Cells are told apart by commas, semicolons, tabs or vertical bars."
        builder.log.warn(builder.header_row, name, name, said)


def _find_header(rows: list[Row]) -> int:
    """The first row that is not much shorter than the rows mostly are, so that titles are passed over."""
    width, _ = Counter(len(cells) for _, cells in rows).most_common(1)[0] if rows else (0, 0)
    return next((place for place, (_, cells) in enumerate(rows) if 2 * sum(map(bool, cells)) >= width), 0)


def _said_of(error: csv.Error) -> str:
    if "field larger" in str(error):
        return (
            f"A cell has more than {MOST_CELL_CHARACTERS:,} characters. "
            "Shorten it, or close the quotation mark that was opened before it."
        )
    return (
        "A quotation mark is opened and not closed, or closed in the middle of a cell. "
        "Write a quotation mark inside a cell twice."
    )


def _ragged(n_cells: int, n_columns: int, delimiter: str) -> str:
    said = f"The row has {n_cells} cells, the header {n_columns}. "
    if n_cells < n_columns:
        return f"{said}Write a separator for every cell, also for empty ones."
    hint = " Where numbers have decimal commas, separate cells by semicolons." if delimiter == "," else ""
    return f"{said}Put a cell that holds the separator between quotation marks.{hint}"


class _FirstAccent:
    """The first letter that may be wrong, since no file says that it is Windows-1252."""

    def __init__(self) -> None:
        self.place: tuple[int, int, str] | None = None

    def look(self, number: int, cells: tuple[str, ...]) -> None:
        """Keep the cell when it is the first with a letter outside ASCII."""
        for place, cell in enumerate(cells):
            if not cell.isascii():
                self.place = (number, place, cell)
                return

    def warn(self, builder: TableBuilder) -> None:
        """Point at the letter."""
        row, place, value = self.place or (None, None, None)
        known = builder.header is not None and place is not None and place < len(builder.header)
        builder.log.warn(
            row,
            builder.header[place] if known else None,
            value,
            "The file is not UTF-8 and was read as Western European (Windows-1252). "
            "Check letters with accents, or save it as CSV (UTF-8).",
        )
