"""Instruments in the package: with words that are the program's own, or that a lab may pass on."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass, replace

from coder_app.domain.instruments import Instrument, bundled_instruments, plain_name
from coder_app.domain.own_measures import write_measure

LEFT_OUT = (
    "The wording of {names} is not the program’s own and is left out: items stand under their codes. Ask for "
    "the package with it where your licence allows you to pass it on."
)


@dataclass(frozen=True)
class Definition:
    """An instrument as it goes into the package, and whether its words are among it."""

    instrument: Instrument
    with_words: bool

    @property
    def file(self) -> str:
        """The name of its file."""
        version = "".join(c if c.isalnum() or c in ".-" else "-" for c in self.instrument.version)
        return f"{plain_name(self.instrument.name)}-v{version}.toml"

    @property
    def text(self) -> str:
        """The definition, which the program reads again."""
        return write_measure(self.instrument if self.with_words else _without_words(self.instrument))


def define(instrument: Instrument, wordings: bool) -> Definition:
    """Return an instrument with its words where they may leave."""
    return Definition(instrument, wordings or _words_of(instrument) <= _own_words(instrument.name))


def without_labels(text: str, instruments: Collection[str]) -> str:
    """Return a CSV in which the items of these instruments are called by their codes."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    head = rows[0]
    if not instruments or not {"instrument", "item", "label"} <= set(head):
        return text
    where, item, label = (head.index(name) for name in ("instrument", "item", "label"))
    for row in rows[1:]:
        if row[where] in instruments and row[label]:
            row[label] = row[item]
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerows(rows)
    return target.getvalue()


def _own_words(name: str) -> set[str]:
    bundled = bundled_instruments().get(name)
    return _words_of(bundled) if bundled else set()


def _words_of(instrument: Instrument) -> set[str]:
    """Every text that an author may own; words that only count ("Item 3", "Point 3") are nobody's."""
    texts = [text for item in instrument.items for text in (item.label, item.description)]
    texts += [anchor.label for anchor in instrument.anchors]
    return {text for text in texts if text and not _only_counts(text)}


def _only_counts(text: str) -> bool:
    word, _, number = text.partition(" ")
    return word in ("Item", "Point") and number.isdecimal()


def _without_words(instrument: Instrument) -> Instrument:
    return replace(
        instrument,
        items=tuple(replace(item, label=item.code, description="") for item in instrument.items),
        anchors=tuple(replace(anchor, label=f"Point {anchor.score}") for anchor in instrument.anchors),
    )
