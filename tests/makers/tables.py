"""Makes tables in the formats of other programs: Excel workbooks and SPSS files."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def fill(sheet: Worksheet, rows: Sequence[Sequence[Any]]) -> Worksheet:
    """Put rows on a sheet."""
    for row in rows:
        sheet.append(list(row))
    return sheet


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def xlsx_of(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with these rows on its one sheet."""
    book = Workbook()
    fill(book.active, rows)
    return saved(book)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zipped file of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def xlsx_of_parts(sheet: str, strings: str = "", workbook: str = "", head: str = "") -> bytes:
    """Return a workbook written by hand: the rows of its sheet, its shared strings and what else is said."""
    relations = (
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    )
    return zipped(
        {
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{workbook}'
            '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
            "xl/sharedStrings.xml": f'{head}<sst xmlns="{_MAIN}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'{head}<x:worksheet xmlns:x="{_MAIN}">{sheet}</x:worksheet>',
        }
    )


def sav_of(
    folder: Path, columns: Mapping[str, Sequence[Any]], *, ending: str = ".sav", **options: Any
) -> bytes:
    """Return an SPSS file with these columns; `options` are those of pyreadstat."""
    import pandas as pd
    import pyreadstat

    path = folder / f"made{ending}"
    pyreadstat.write_sav(pd.DataFrame(dict(columns)), str(path), compress=ending == ".zsav", **options)
    return path.read_bytes()
