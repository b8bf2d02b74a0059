"""Tables as one XLSX workbook: the same bytes for the same tables, and no cell that a spreadsheet runs."""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from coder_app.tables.typed import TypedColumn
from coder_app.tables.writing import FORMULA_STARTS

FIRST_SHEET = "Contents"
# A file says when it was made: always the first moment that a ZIP knows, so that only contents differ.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_MOMENT_TEXT = "1980-01-01T00:00:00Z"
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31
# What Excel shows of a cell at most; whatever is longer is in the CSV.
_LONGEST_TEXT = 32_767
# Texts that are taken as they are, which is quicker: they begin no formula and name no error.
_PLAIN = re.compile(r"[A-Za-z0-9(“][ -~À-ÿ–—‘’“”]{0,999}")
_NARROWEST, _WIDEST = 8, 60
_ROWS_MEASURED = 200


@dataclass(frozen=True)
class Sheet:
    """One table: the file that it is of, a name for it, what it holds, and its columns."""

    file: str
    name: str
    about: str
    columns: Sequence[TypedColumn]


def write_book(title: str, sheets: Sequence[Sheet]) -> bytes:
    """Return the workbook; its first sheet says which sheet is which file and what that holds."""
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = title, "coder_app"
    names = name_sheets([sheet.name for sheet in sheets])
    rows = [
        (name, sheet.file, sheet.about, len(sheet.columns[0].values) if sheet.columns else 0)
        for name, sheet in zip(names, sheets, strict=True)
    ]
    _add_sheet(book, FIRST_SHEET, ("sheet", "file", "holds", "rows"), rows)
    for name, sheet in zip(names, sheets, strict=True):
        columns = [column.values for column in sheet.columns]
        _add_sheet(book, name, [column.name for column in sheet.columns], list(zip(*columns, strict=True)))
    target = io.BytesIO()
    book.save(target)
    return _without_moments(target.getvalue())


def name_sheets(files: Sequence[str]) -> list[str]:
    """Return a name for the sheet of each file that Excel takes: short, distinct whatever the case."""
    taken = {FIRST_SHEET.casefold(), "history"}
    names = []
    for file in files:
        stem = _NOT_IN_NAMES.sub("-", file.rpartition("/")[2].removesuffix(".csv")) or "table"
        name, number = stem[:_LONGEST_NAME], 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem[: _LONGEST_NAME - len(str(number)) - 1]}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _add_sheet(book: Workbook, name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for place, title in enumerate(head):
        shown = [len(str(row[place])) for row in rows[:_ROWS_MEASURED] if row[place] is not None]
        width = min(_WIDEST, max(_NARROWEST, len(title), *shown, 0) + 2)
        sheet.column_dimensions[_letters(place)].width = width
    sheet.append([_text(sheet, title, Font(bold=True)) for title in head])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Any) -> Any:
    return _text(sheet, value) if isinstance(value, str) and not _PLAIN.fullmatch(value) else value


def _text(sheet: Any, text: str, font: Font | None = None) -> WriteOnlyCell:
    """A cell that is text whatever it begins with, also after somebody has edited it."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:_LONGEST_TEXT])
    cell.data_type = "s"
    if text.lstrip(" ").startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    if font is not None:
        cell.font = font
    return cell


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _without_moments(book: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _STAMP.sub(rb"\g<1>" + _MOMENT_TEXT.encode() + rb"\g<3>", data)
            archive.writestr(entry, data)
    return target.getvalue()
