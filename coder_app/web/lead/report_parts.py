"""What the report is made of: sections of sentences, tables, figures, and places for its authors to fill."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from coder_app.web.lead.apa_tables import ApaTable
from coder_app.web.words import in_words


@dataclass(frozen=True)
class Text:
    """A paragraph that can be printed as it is."""

    words: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Open:
    """A place to be filled by the authors; it says with what."""

    words: str
    kind: ClassVar[str] = "open"


@dataclass(frozen=True)
class Closed:
    """Something that is not there for this reader now, and why."""

    words: str
    kind: ClassVar[str] = "closed"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    words: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Listed:
    """Sentences in a list."""

    rows: tuple[str, ...]
    kind: ClassVar[str] = "list"


@dataclass(frozen=True)
class Paper:
    """A numbered table; one with long texts in its cells is set to the left."""

    table: ApaTable
    has_texts: bool = False
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Figure:
    """A numbered figure: its drawings, and which macro draws them."""

    number: str
    caption: str
    drawn: str
    drawings: tuple[Any, ...]
    kind: ClassVar[str] = "figure"


Block = Text | Open | Closed | Heading | Listed | Paper | Figure


@dataclass(frozen=True)
class Section:
    """One section under its heading."""

    code: str
    title: str
    blocks: tuple[Block, ...]


@dataclass
class Numbers:
    """Gives tables and figures their numbers, in the order in which the report has them."""

    tables: list[ApaTable] = field(default_factory=list)
    n_figures: int = 0

    def table(self, table: ApaTable, *, has_texts: bool = False) -> Paper:
        """Return a table under the next number."""
        numbered = replace(table, number=f"Table {len(self.tables) + 1}")
        self.tables.append(numbered)
        return Paper(numbered, has_texts)

    def figure(self, caption: str, drawn: str, drawings: Iterable[Any]) -> Figure:
        """Return a figure under the next number."""
        self.n_figures += 1
        return Figure(f"Figure {self.n_figures}", caption, drawn, tuple(drawings))


def named(tables: Iterable[Paper]) -> str:
    """Name tables in a sentence: Table 2, or Tables 2, 3 and 4."""
    numbers = [one.table.number.removeprefix("Table ") for one in tables]
    return f"Table {numbers[0]}" if len(numbers) == 1 else f"Tables {in_words(numbers)}"


def texts(*sentences: str | None) -> tuple[Text, ...]:
    """Return one paragraph of the sentences that there are, or none."""
    words = " ".join(filter(None, sentences))
    return (Text(words),) if words else ()
