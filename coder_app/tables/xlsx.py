"""A sheet of an Excel workbook as a table of text."""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from coder_app.tables.building import SAID_OF_TITLE, TableBuilder
from coder_app.tables.text import XLSX, TextTable, refuse
from coder_app.tables.xlsx_cells import SheetReader, SheetRow, place_of
from coder_app.tables.xlsx_package import Package, SheetPart, Styles
from coder_app.tables.xlsx_parts import read_strings

# Titles stand above the header, and never this far.
_LOOKED_AT = 30
_RANGE = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")
_MOST_LISTED = 5


def read_workbook(stream: BinaryIO, file: str, sheet: str | None = None) -> TextTable:
    """Return the table of one sheet, or raise TableError naming what keeps it from being one."""
    package = Package(stream, file)
    strings, styles = read_strings(package), package.read_styles()
    filled = _find_filled(package, strings, styles)
    part = _choose(package, filled, sheet)
    reader = SheetReader(strings, styles, package.from_1904)
    builder = TableBuilder(file, whole=f"The sheet {part.name}")
    _read_rows(reader.rows(package, part.path), builder)
    names = tuple(one.name for one in filled)
    if sheet is None and len(names) > 1:
        said = f"The workbook has the sheets {', '.join(names)}. {part.name} was read, which holds the most."
        builder.log.warn(None, None, part.name, said)
    _name_merged(reader.merged, builder)
    _warn_of_hidden(reader, builder)
    return builder.build(XLSX, "utf-8", sheet=part.name, sheets=names)


def _find_filled(package: Package, strings: list[str], styles: Styles) -> list[SheetPart]:
    """The sheets that have more than a line, without hidden ones where others are to be seen."""
    filled = []
    for part in package.sheets:
        rows = SheetReader(strings, styles, package.from_1904).rows(package, part.path)
        if len(list(islice(rows, 2))) == 2:
            filled.append(part)
    return [part for part in filled if not part.hidden] or filled


def _choose(package: Package, filled: list[SheetPart], sheet: str | None) -> SheetPart:
    if sheet is not None:
        found = [part for part in package.sheets if part.name.casefold() == sheet.casefold()]
        if not found:
            names = ", ".join(part.name for part in package.sheets)
            raise refuse(package.file, f"The workbook has no sheet {sheet}. It has {names or 'none'}.")
        return found[0]
    if not filled:
        raise refuse(package.file, "No sheet of the workbook has a header and rows under it.")
    return max(filled, key=lambda part: part.n_bytes)


def _read_rows(rows: Iterator[SheetRow], builder: TableBuilder) -> None:
    first = list(islice(rows, _LOOKED_AT))
    place = _find_header(first)
    if place is None:
        return
    _set_header(first[place], max(len(row.cells) for row in first[place:]), builder)
    for row in first[:place]:
        builder.log.warn(row.number, None, next(filter(None, row.cells)), SAID_OF_TITLE)
    for row in chain(first[place + 1 :], rows):
        _add(row, builder)


def _find_header(rows: list[SheetRow]) -> int | None:
    """The first row with at least half as many cells as the fullest, so that titles are passed over."""
    counts = [sum(map(bool, row.cells)) for row in rows]
    return next((place for place, n in enumerate(counts) if 2 * n >= max(counts)), None)


def _set_header(row: SheetRow, width: int, builder: TableBuilder) -> None:
    builder.set_header(row.number, row.cells + [""] * (width - len(row.cells)))
    for odd in row.odd:
        builder.name_odd(odd.kind, row.number, odd.place, odd.text)


def _add(row: SheetRow, builder: TableBuilder) -> None:
    cells, width = row.cells, len(builder.header)
    if len(cells) > width:
        said = f"The row has {len(cells)} cells, the header {width}. Name every column or empty the cell."
        builder.name("rows wider than the header", row.number, None, cells[-1], said)
        cells = cells[:width]
    elif len(cells) < width:
        cells = cells + [""] * (width - len(cells))
    for odd in row.odd:
        if odd.place < width:
            builder.name_odd(odd.kind, row.number, odd.place, odd.text)
    builder.add_row(row.number, tuple(cells))


def _name_merged(merged: list[str], builder: TableBuilder) -> None:
    """Of merged cells only the first has a value, so that the others would be missing unseen."""
    for reference in merged:
        found = _RANGE.fullmatch(reference)
        if not found or builder.header is None:
            continue
        first, last = int(found[2]), int(found[4])
        place, end = place_of(found[1]), place_of(found[3])
        if last < builder.header_row or place >= len(builder.header):
            continue
        names = [name for name in builder.header[place : end + 1] if name]
        column = names[0] if names else None
        if first <= builder.header_row:
            said = f"The cells {reference} of the header are merged. Part them and name every column."
            builder.log.error(builder.header_row, column, reference, said)
        else:
            said = f"The cells {reference} are merged: only the first has the value. Part them and fill them."
            builder.name("merged cells", first, column, reference, said)


def _warn_of_hidden(reader: SheetReader, builder: TableBuilder) -> None:
    rows = [number for number in reader.hidden_rows if number > builder.header_row]
    if rows:
        n = reader.n_hidden_rows - len(reader.hidden_rows) + len(rows)
        listed = ", ".join(map(str, rows[:_MOST_LISTED])) + (" and more" if n > _MOST_LISTED else "")
        said = f"{_count(n, 'row')} hidden in the workbook ({listed}) and read like the others."
        builder.log.warn(rows[0], None, None, said)
    header = builder.header or ()
    names = [name for first, last in reader.hidden_columns for name in header[first - 1 : last] if name]
    if names:
        said = f"{_count(len(names), 'column')} hidden in the workbook ({', '.join(names)}) and read."
        builder.log.warn(builder.header_row, names[0], None, said)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun} is" if n == 1 else f"{n:,} {noun}s are"
