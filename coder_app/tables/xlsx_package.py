"""The parts of an Excel workbook: its sheets, number formats and shared texts, without trusting the file."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import BinaryIO
from xml.parsers import expat

from defusedxml.ElementTree import fromstring

from coder_app.tables.text import refuse

# A sheet of a million rows has some 300 MB; what unpacks to far more than it is packed is no sheet.
MOST_SHEET_BYTES = 600_000_000
MOST_PART_BYTES = 20_000_000
MOST_RATIO = 200
_RATIO_MATTERS_FROM = 10_000_000
# What reading a damaged zip, damaged XML or numbers that are none comes down to; a method of packing that is
# not known is a RuntimeError.
DAMAGES = (
    *(expat.ExpatError, SyntaxError, OSError, EOFError, ValueError, LookupError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
BROKEN = "The Excel workbook is damaged or breaks off. Open it, save it again and choose the new file."


@dataclass(frozen=True)
class SheetPart:
    """A sheet of cells of a workbook; `n_bytes` tells how much it holds."""

    name: str
    path: str
    hidden: bool
    n_bytes: int


@dataclass(frozen=True)
class Styles:
    """What the number formats of cells say beyond their look: dates, times, and ids written as 007."""

    dates: frozenset[int]
    times: frozenset[int]
    widths: dict[int, int]


class Package:
    """An open workbook."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self.file = file
        try:
            self._archive = zipfile.ZipFile(stream)
        except DAMAGES:
            raise refuse(file, BROKEN) from None
        self._sizes = {info.filename: info for info in self._archive.infolist()}
        self._workbook = self._find_workbook()
        self.sheets, self.from_1904 = self._read_sheets()

    def open_part(self, path: str, most_bytes: int) -> BinaryIO:
        """Open a part for reading, or refuse one that unpacks to too much."""
        info = self._sizes.get(path)
        if info is None:
            raise refuse(self.file, BROKEN)
        if info.flag_bits & 1:
            raise refuse(self.file, "The file is locked with a password. Save it without one.")
        too_dense = info.file_size > max(_RATIO_MATTERS_FROM, MOST_RATIO * info.compress_size)
        if info.file_size > most_bytes or too_dense:
            said = f"The workbook unpacks to {info.file_size:,} bytes or more. Save the table as CSV (UTF-8)."
            raise refuse(self.file, said)
        try:
            return self._archive.open(info)
        except DAMAGES:
            raise refuse(self.file, BROKEN) from None

    def read_styles(self) -> Styles:
        """Return which formats of cells mean dates or times."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

        path = self._target_of("/styles")
        root = self._read_xml(path) if path else None
        if root is None:
            return Styles(frozenset(), frozenset(), {})
        formats = dict(BUILTIN_FORMATS)
        cell_formats: list[int] = []
        for part in root:
            if local_name(part.tag) == "numFmts":
                formats |= {_whole(one.get("numFmtId")): one.get("formatCode", "") for one in part}
            elif local_name(part.tag) == "cellXfs":
                cell_formats = [_whole(one.get("numFmtId")) for one in part]
        codes = [formats.get(number) or "" for number in cell_formats]
        times = frozenset(place for place, code in enumerate(codes) if is_timedelta_format(code))
        dates = frozenset(place for place, code in enumerate(codes) if is_date_format(code)) - times
        widths = {place: len(code) for place, code in enumerate(codes) if re.fullmatch("00+", code)}
        return Styles(dates, times, widths)

    def find_strings(self) -> str | None:
        """Return the part with the texts that cells share, None where there is none."""
        return self._target_of("/sharedStrings")

    def _find_workbook(self) -> str:
        root = self._read_xml("_rels/.rels") if "_rels/.rels" in self._sizes else ()
        for one in root:
            if one.get("Type", "").endswith("/officeDocument"):
                return one.get("Target", "").lstrip("/")
        return "xl/workbook.xml"

    def _read_sheets(self) -> tuple[tuple[SheetPart, ...], bool]:
        root = self._read_xml(self._workbook)
        folder = dirname(self._workbook)
        self._relations = self._read_relations(folder)
        sheets: list[SheetPart] = []
        from_1904 = False
        for part in root:
            if local_name(part.tag) == "workbookPr":
                from_1904 = part.get("date1904") in ("1", "true")
            for one in part if local_name(part.tag) == "sheets" else ():
                relation = next((value for key, value in one.attrib.items() if local_name(key) == "id"), "")
                kind, path = self._relations.get(relation, ("", ""))
                # A sheet may also be a chart.
                if kind.endswith("/worksheet") and path in self._sizes:
                    hidden = one.get("state", "visible") != "visible"
                    sheets.append(SheetPart(one.get("name", ""), path, hidden, self._sizes[path].file_size))
        return tuple(sheets), from_1904

    def _read_relations(self, folder: str) -> dict[str, tuple[str, str]]:
        name = self._workbook.rpartition("/")[2]
        root = self._read_xml(join(folder, "_rels", f"{name}.rels"))
        found = {}
        for one in root:
            target = one.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            found[one.get("Id", "")] = (one.get("Type", ""), path)
        return found

    def _target_of(self, kind: str) -> str | None:
        paths = [path for type_, path in self._relations.values() if type_.endswith(kind)]
        return next((path for path in paths if path in self._sizes), None)

    def _read_xml(self, path: str):
        with self.open_part(path, MOST_PART_BYTES) as part:
            try:
                return fromstring(part.read(), forbid_dtd=True)
            except DAMAGES:
                raise refuse(self.file, BROKEN) from None


def local_name(name: str) -> str:
    """Return the name of an element or attribute without its prefix."""
    return re.split("[:}]", name)[-1]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0
