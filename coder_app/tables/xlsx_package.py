"""The parts of an Excel workbook: its sheets, number formats and shared texts, without trusting the file."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import BinaryIO
from xml.parsers import expat

from defusedxml.ElementTree import fromstring

from coder_app.tables.text import refuse

# A sheet of a million rows has some 300 MB; what unpacks to far more than it is packed is no sheet.
MOST_SHEET_BYTES = 600_000_000
MOST_STRINGS_BYTES = 100_000_000
MOST_PART_BYTES = 20_000_000
MOST_RATIO = 200
_RATIO_MATTERS_FROM = 10_000_000
MOST_CELL_CHARACTERS = 131_072
_CHUNK = 1 << 16
# The parser goes through an unfinished element again with every chunk.
_MOST_TOKEN_BYTES = 1 << 20
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What reading a damaged zip, damaged XML or numbers that are none comes down to.
_DAMAGES = (
    *(expat.ExpatError, SyntaxError, OSError, EOFError, ValueError, LookupError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)
_BROKEN = "The Excel workbook is damaged or breaks off. Open it, save it again and choose the new file."


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
        except (zipfile.BadZipFile, OSError, ValueError):
            raise refuse(file, _BROKEN) from None
        self._sizes = {info.filename: info for info in self._archive.infolist()}
        self._workbook = self._find_workbook()
        self.sheets, self.from_1904 = self._read_sheets()

    def open_part(self, path: str, most_bytes: int) -> BinaryIO:
        """Open a part for reading, or refuse one that unpacks to too much."""
        info = self._sizes.get(path)
        if info is None:
            raise refuse(self.file, _BROKEN)
        if info.flag_bits & 1:
            raise refuse(self.file, "The file is locked with a password. Save it without one.")
        too_dense = info.file_size > max(_RATIO_MATTERS_FROM, MOST_RATIO * info.compress_size)
        if info.file_size > most_bytes or too_dense:
            said = f"The workbook unpacks to {info.file_size:,} bytes or more. Save the table as CSV (UTF-8)."
            raise refuse(self.file, said)
        try:
            return self._archive.open(info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
            raise refuse(self.file, _BROKEN) from None

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
            if _local(part.tag) == "numFmts":
                formats |= {_whole(one.get("numFmtId")): one.get("formatCode", "") for one in part}
            elif _local(part.tag) == "cellXfs":
                cell_formats = [_whole(one.get("numFmtId")) for one in part]
        codes = [formats.get(number) or "" for number in cell_formats]
        times = frozenset(place for place, code in enumerate(codes) if is_timedelta_format(code))
        dates = frozenset(place for place, code in enumerate(codes) if is_date_format(code)) - times
        widths = {place: len(code) for place, code in enumerate(codes) if re.fullmatch("00+", code)}
        return Styles(dates, times, widths)

    def read_strings(self) -> list[str]:
        """Return the texts that cells share, without what tells how to pronounce them."""
        path = self._target_of("/sharedStrings")
        return _Strings().read(self, path) if path else []

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
            if _local(part.tag) == "workbookPr":
                from_1904 = part.get("date1904") in ("1", "true")
            for one in part if _local(part.tag) == "sheets" else ():
                relation = next((value for key, value in one.attrib.items() if _local(key) == "id"), "")
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
            except _DAMAGES:
                raise refuse(self.file, _BROKEN) from None


class PartReader:
    """Goes through one part of a workbook; a subclass says what to do at which element.

    `elements` are the names that count, without a prefix; `texts` those whose text is kept.
    """

    elements: frozenset[str]
    texts: frozenset[str]

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._names: dict[str, str] = {}
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start_root
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse_declarations

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet the beginning of an element that counts."""

    def end(self, name: str, text: str) -> None:
        """Meet the end of an element that counts, with its text where that is kept."""

    def feed(self, package: Package, path: str, most_bytes: int) -> Iterator[None]:
        """Read on, and hand over after each stretch of the part."""
        try:
            with package.open_part(path, most_bytes) as part:
                n_fed = 0
                while chunk := part.read(_CHUNK):
                    self._parser.Parse(chunk)
                    n_fed += len(chunk)
                    if n_fed - self._parser.CurrentByteIndex > _MOST_TOKEN_BYTES:
                        raise ValueError("An element has endless attributes.")
                    if len(self._parts) > 1 and sum(map(len, self._parts)) > MOST_CELL_CHARACTERS:
                        said = f"A cell has more than {MOST_CELL_CHARACTERS:,} characters. Shorten it."
                        raise refuse(package.file, said)
                    yield
                self._parser.Parse(b"", True)
                yield
        except _DAMAGES:
            raise refuse(package.file, _BROKEN) from None

    def _start_root(self, name: str, attributes: dict[str, str]) -> None:
        """Every element of a part has the prefix of its root, which mostly is none."""
        prefix = name[: -len(_local(name))]
        self._names = {prefix + element: element for element in self.elements}
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = self._names.get(name)
        if element is None:
            return
        if element in self.texts:
            self._parts = []
            self._parser.CharacterDataHandler = self._parts.append
        self.start(element, attributes)

    def _end(self, name: str) -> None:
        element = self._names.get(name)
        if element is None:
            return
        text = ""
        if element in self.texts:
            self._parser.CharacterDataHandler = None
            text = "".join(self._parts)
            self._parts = []
        self.end(element, text)


class _Strings(PartReader):
    elements = frozenset({"si", "t", "rPh"})
    texts = frozenset({"t"})

    def read(self, package: Package, path: str) -> list[str]:
        """Return all texts in their order."""
        self._found: list[str] = []
        self._runs: list[str] = []
        self._aside = False
        for _ in self.feed(package, path, MOST_STRINGS_BYTES):
            pass
        return self._found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a text, or how to pronounce one."""
        if name == "si":
            self._runs = []
        elif name == "rPh":
            self._aside = True

    def end(self, name: str, text: str) -> None:
        """Keep a run of a text, or the whole text."""
        if name == "rPh":
            self._aside = False
        elif name == "si":
            self._found.append(unescape("".join(self._runs)))
        elif not self._aside:
            self._runs.append(text)


def unescape(text: str) -> str:
    """Undo how Excel writes characters that XML cannot hold, and strip what surrounds the text."""
    return (_ESCAPED.sub(_character, text) if "_x" in text else text).strip()


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= number <= 0xDFFF else chr(number)


def _local(name: str) -> str:
    return re.split("[:}]", name)[-1]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _refuse_declarations(*_: object) -> None:
    raise ValueError("A workbook declares no types of its own.")
