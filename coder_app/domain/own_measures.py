"""A lab's own questionnaire: from a small form, and as a file that can be changed and read again."""

import json
import re
from dataclasses import dataclass

from coder_app.domain.entries import InstrumentError
from coder_app.domain.instruments import ALLIANCE, Instrument, parse_instrument, plain_name

MOST_ITEMS = 200
_SUBSCALE = re.compile(r"\s*([^:]+?)\s*:\s*([0-9,;\s-]+)\s*")
_HEADS = (
    *("name", "title", "version", "kind", "informant", "scoring", "lowest", "highest", "aliases"),
    "segment_minutes",
)


@dataclass(frozen=True)
class Outline:
    """What the form asks of a questionnaire; items go by their numbers."""

    name: str
    informant: str
    scoring: str
    lowest: int
    highest: int
    n_items: int
    reversed: str = ""
    subscales: str = ""


def build_measure(outline: Outline) -> Instrument:
    """Return the questionnaire of a form, or raise InstrumentError naming the entry."""
    if not 1 <= outline.n_items <= MOST_ITEMS:
        raise InstrumentError("n_items", f"a questionnaire has 1 to {MOST_ITEMS} items")
    codes = _codes(outline.name, outline.n_items)
    turned = set(_numbers(outline.reversed, "reversed", outline.n_items))
    subscales = _subscales(outline.subscales, outline.n_items)
    named = {number: name for name, numbers in subscales for number in numbers}
    return parse_instrument(
        {
            "name": outline.name,
            "title": outline.name,
            "version": "1",
            "kind": ALLIANCE,
            "informant": outline.informant,
            "scoring": outline.scoring,
            "lowest": outline.lowest,
            "highest": outline.highest,
            "items": [
                {
                    "code": code,
                    "label": f"Item {number}" + (f" ({named[number].lower()})" if number in named else ""),
                    "pole": "positive",
                    "reversed": number in turned,
                }
                for number, code in enumerate(codes, start=1)
            ],
            "subscales": [
                {"code": _code(name), "name": name, "items": [codes[number - 1] for number in numbers]}
                for name, numbers in subscales
            ],
        }
    )


def write_measure(instrument: Instrument) -> str:
    """Return a questionnaire, or a scale for coders, as the TOML that `parse_instrument` reads."""
    mapping = instrument.to_mapping()
    lines = [
        f"{key} = {json.dumps(mapping[key], ensure_ascii=False)}"
        for key in _HEADS
        if mapping[key] is not None
    ]
    for key in ("anchors", "not_codable_reasons", "items", "subscales"):
        for entry in mapping[key]:
            lines += ["", f"[[{key}]]"]
            lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()]
    return "\n".join(lines) + "\n"


def _codes(name: str, n_items: int) -> list[str]:
    stem = _code(name)[:34]
    return [f"{stem}_{number:02d}" for number in range(1, n_items + 1)]


def _code(name: str) -> str:
    """Letters and digits of a name with underscores between them, as items and subscales are called."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
    return (stem if stem[:1].isalpha() else f"m_{stem}")[:40]


def _subscales(text: str, n_items: int) -> list[tuple[str, list[int]]]:
    """Read a line for each subscale: its name, a colon, the numbers of its items."""
    found: list[tuple[str, list[int]]] = []
    for line in filter(str.strip, text.splitlines()):
        match = _SUBSCALE.fullmatch(line)
        if match is None:
            raise InstrumentError("subscales", f"“{line.strip()}”: write a name, a colon, and item numbers")
        if plain_name(match[1]) in {plain_name(name) for name, _ in found}:
            raise InstrumentError("subscales", f"{match[1]} is there twice")
        found.append((match[1], _numbers(match[2], "subscales", n_items)))
    return found


def _numbers(text: str, where: str, n_items: int) -> list[int]:
    """Read item numbers and ranges of them: 1, 3, 5-8."""
    found: list[int] = []
    for part in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*-\s*", "-", text))):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise InstrumentError(where, f"“{part}” is no item number")
        numbers = range(int(first), int(last or first) + 1)
        if not numbers or numbers[0] < 1 or numbers[-1] > n_items:
            raise InstrumentError(where, f"{part}: the items are numbered 1 to {n_items}")
        found += numbers
    return found
