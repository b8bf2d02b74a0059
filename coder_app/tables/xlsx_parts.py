"""Goes through a part of a workbook element by element, however long it is."""

import re
from collections.abc import Iterator
from xml.parsers import expat

from coder_app.tables.text import refuse
from coder_app.tables.xlsx_package import BROKEN, DAMAGES, Package, local_name

MOST_STRINGS_BYTES = 100_000_000
MOST_CELL_CHARACTERS = 131_072
_CHUNK = 1 << 16
# The parser goes through an unfinished element again with every chunk.
_MOST_TOKEN_BYTES = 1 << 20
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_strings(package: Package) -> list[str]:
    """Return the texts that cells share, without what tells how to pronounce them."""
    path = package.find_strings()
    return _Strings().read(package, path) if path else []


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
        except DAMAGES:
            raise refuse(package.file, BROKEN) from None

    def _start_root(self, name: str, attributes: dict[str, str]) -> None:
        """Every element of a part has the prefix of its root, which mostly is none."""
        prefix = name[: -len(local_name(name))]
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


def _refuse_declarations(*_: object) -> None:
    raise ValueError("A workbook declares no types of its own.")
