"""Coding scales and alliance questionnaires as data: what they ask and how they are scored."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from coder_app.domain.entries import Entry, InstrumentError

CODING, ALLIANCE = "coding", "alliance"
INFORMANTS = ("child", "therapist", "parent")
SUM, MEAN = "sum", "mean"
POSITIVE, NEGATIVE = "positive", "negative"

MOST_POINTS = 101
MOST_SEGMENT_MINUTES = 60
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Anchor:
    """The words beside one score of a scale."""

    score: int
    label: str


@dataclass(frozen=True)
class Item:
    """One thing to rate or answer; `reversed` is true where scores arrive unreversed and a lab said so."""

    code: str
    label: str
    description: str
    pole: str
    reversed: bool


@dataclass(frozen=True)
class Subscale:
    """Items that are scored together."""

    code: str
    name: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """A reason for which an item cannot be coded."""

    code: str
    label: str


@dataclass(frozen=True)
class Instrument:
    """One version of a coding scale or alliance questionnaire."""

    name: str
    title: str
    version: str
    kind: str
    informant: str | None
    scoring: str
    lowest: int
    highest: int
    anchors: tuple[Anchor, ...]
    items: tuple[Item, ...]
    subscales: tuple[Subscale, ...]
    not_codable_reasons: tuple[Reason, ...]
    aliases: tuple[str, ...]
    segment_minutes: int | None = None

    @property
    def segment_ms(self) -> int:
        """How long a segment is that is rated on its own; 0 where a recording is rated as a whole."""
        return 60_000 * (self.segment_minutes or 0)

    @property
    def scores(self) -> range:
        """Every score that an item can have."""
        return range(self.lowest, self.highest + 1)

    @property
    def lowest_total(self) -> int:
        """The lowest total of all items together: a sum or a mean, as `scoring` says."""
        return self.lowest * (len(self.items) if self.scoring == SUM else 1)

    @property
    def highest_total(self) -> int:
        """The highest total of all items together: a sum or a mean, as `scoring` says."""
        return self.highest * (len(self.items) if self.scoring == SUM else 1)

    @cached_property
    def _item_by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    def find_item(self, code: str) -> Item | None:
        """Return the item of that code, or None."""
        return self._item_by_code.get(code)

    def find_reason(self, code: str) -> Reason | None:
        """Return the reason of that code, or None."""
        return next((reason for reason in self.not_codable_reasons if reason.code == code), None)

    def answers_to(self, text: str) -> bool:
        """Whether `text` means this instrument: its name or an alias, case and punctuation aside."""
        return plain_name(text) in {plain_name(name) for name in (self.name, *self.aliases)}

    def to_mapping(self) -> dict[str, Any]:
        """Return what `parse_instrument` reads, made of types that JSON knows."""
        return _as_lists(asdict(self))


def plain_name(text: str) -> str:
    """Letters and digits of a name in lower case: WAI-S, wai_s and wais are one name."""
    return "".join(character for character in text.casefold() if character.isalnum())


def bundled_instruments() -> dict[str, Instrument]:
    """Return the instruments that ship with the package, by name."""
    folder = files("coder_app").joinpath("instruments")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda p: p.name)
    parsed = [parse_instrument(tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return {instrument.name: instrument for instrument in parsed}


def parse_instrument(mapping: Mapping[str, Any]) -> Instrument:
    """Return the instrument that the mapping (of a TOML or JSON file) defines, or raise InstrumentError."""
    top = Entry(mapping, "")
    kind = top.choice("kind", (CODING, ALLIANCE))
    instrument = Instrument(
        name=top.matching("name", _NAME),
        title=top.text("title"),
        version=top.text("version"),
        kind=kind,
        informant=_informant(top, kind),
        scoring=top.choice("scoring", (SUM, MEAN)),
        lowest=top.whole("lowest"),
        highest=top.whole("highest"),
        anchors=tuple(Anchor(e.whole("score"), e.text("label")) for e in top.entries("anchors")),
        items=tuple(_item(entry) for entry in top.entries("items")),
        subscales=tuple(
            Subscale(e.matching("code", _CODE), e.text("name"), e.texts("items"))
            for e in top.entries("subscales")
        ),
        not_codable_reasons=tuple(
            Reason(e.matching("code", _CODE), e.text("label")) for e in top.entries("not_codable_reasons")
        ),
        aliases=top.texts("aliases"),
        segment_minutes=_segment_minutes(top, kind),
    )
    top.check_nothing_left()
    _check_scale(instrument)
    _check_parts(instrument)
    return instrument


def _informant(top: Entry, kind: str) -> str | None:
    if kind == ALLIANCE:
        return top.choice("informant", INFORMANTS)
    return top.nothing("informant", "only a questionnaire about the alliance has one")


def _segment_minutes(top: Entry, kind: str) -> int | None:
    if kind == CODING:
        return top.whole_between("segment_minutes", 1, MOST_SEGMENT_MINUTES)
    return top.nothing("segment_minutes", "only a coding scale is rated by segments")


def _item(entry: Entry) -> Item:
    return Item(
        code=entry.matching("code", _CODE),
        label=entry.text("label"),
        description=entry.text("description", default=""),
        pole=entry.choice("pole", (POSITIVE, NEGATIVE)),
        reversed=entry.flag("reversed"),
    )


def _check_scale(instrument: Instrument) -> None:
    if instrument.highest <= instrument.lowest:
        raise InstrumentError("highest", f"must be above lowest, which is {instrument.lowest}")
    if len(instrument.scores) > MOST_POINTS:
        raise InstrumentError("highest", f"a scale has at most {MOST_POINTS} points")
    anchored = [anchor.score for anchor in instrument.anchors]
    for place, score in enumerate(anchored):
        if score not in instrument.scores:
            raise InstrumentError(f"anchors[{place}].score", f"{score} is not on the scale")
    _check_distinct("anchors", "score", anchored)
    # Coders see every point of a scale with its words; a questionnaire comes in as totals.
    missing = sorted(set(instrument.scores) - set(anchored))
    if instrument.kind == CODING and missing:
        raise InstrumentError("anchors", f"the score {missing[0]} has no anchor")


def _check_parts(instrument: Instrument) -> None:
    if not instrument.items:
        raise InstrumentError("items", "an instrument needs at least one item")
    if instrument.kind == CODING and not instrument.not_codable_reasons:
        raise InstrumentError("not_codable_reasons", "a coding scale needs at least one reason")
    _check_distinct("items", "code", [item.code for item in instrument.items])
    _check_distinct("subscales", "code", [subscale.code for subscale in instrument.subscales])
    _check_distinct("not_codable_reasons", "code", [reason.code for reason in instrument.not_codable_reasons])
    for place, subscale in enumerate(instrument.subscales):
        where = f"subscales[{place}].items"
        if not subscale.items:
            raise InstrumentError(where, "a subscale needs at least one item")
        for code in subscale.items:
            if instrument.find_item(code) is None:
                raise InstrumentError(where, f"there is no item {code}")
        if len(set(subscale.items)) < len(subscale.items):
            raise InstrumentError(where, "an item is there twice")
    for place, alias in enumerate(instrument.aliases):
        if not plain_name(alias):
            raise InstrumentError(f"aliases[{place}]", "needs a letter or a digit")


def _check_distinct(where: str, key: str, values: list[Any]) -> None:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise InstrumentError(f"{where}[{place}].{key}", f"{value} is there twice")


def _as_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_lists(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_lists(part) for part in value]
    return value
