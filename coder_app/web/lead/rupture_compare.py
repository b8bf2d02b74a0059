"""From ruptures under several definitions to what stands side by side: counts, agreement, the matrix."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from coder_app.services.rupture_settings import NamedSettings
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_page import keys_of
from coder_app.web.lead.rupture_words import share
from coder_app.web.numbers import NONE, coefficient

LETTERS = "ABCDEF"
NOT_FOUND, TOO_SHORT, NO_TYPE = "not found", "too short", "not classifiable"


@dataclass(frozen=True)
class Compared:
    """One of the definitions: its letter in the pictures, its name and every setting."""

    letter: str
    name: str
    said: str


@dataclass(frozen=True)
class CountRow:
    """One row of counts: for each definition n and per cent."""

    label: str
    indent: bool
    cells: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Agreed:
    """Two definitions: what both find, what only one does, and the share of the first in all."""

    first: str
    second: str
    both: int
    only_first: int
    only_second: int
    jaccard: str


@dataclass(frozen=True)
class Found:
    """One rupture that any of the definitions finds, and what each says of it."""

    dyad: str
    central: int
    states: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Informant:
    """All of one informant and measure."""

    label: str
    counts: tuple[CountRow, ...]
    agreed: tuple[Agreed, ...]
    found: tuple[Found, ...]
    in_all: int


def list_compared(sets: list[NamedSettings]) -> tuple[Compared, ...]:
    """Return the definitions with their letters."""
    return tuple(
        Compared(letter, one.name, describe(one.settings)) for letter, one in zip(LETTERS, sets, strict=False)
    )


def compare(
    content: dict[str, Any], complete: list[dict[tuple[str, str], int]] | None
) -> tuple[Informant, ...]:
    """Return each informant's comparison; `complete` has the sequences with all recordings by definition."""
    sets = content["sets"]
    labels = keys_of(sets[0]).values()
    return tuple(
        _informant(label, [one["analyses"][place] for one in sets], content["n_dyads"], complete)
        for place, label in enumerate(labels)
    )


def _informant(
    label: str,
    analyses: list[dict[str, Any]],
    n_dyads: int,
    complete: list[dict[tuple[str, str], int]] | None,
) -> Informant:
    places = [_places(one) for one in analyses]
    found = tuple(_found(dyad, central, analyses, places) for dyad, central in sorted(set().union(*places)))
    at_hand = None
    if complete is not None:
        key = (analyses[0]["informant"], analyses[0]["measure"])
        at_hand = [one.get(key, 0) for one in complete]
    return Informant(
        label,
        tuple(_count_rows(analyses, n_dyads, at_hand)),
        tuple(_agreed(first, second, places) for first, second in combinations(range(len(places)), 2)),
        found,
        len(set.intersection(*map(set, places))),
    )


def _places(analysis: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    return {
        (series["dyad"], one["central"]): one for series in analysis["series"] for one in series["ruptures"]
    }


def _found(
    dyad: str, central: int, analyses: list[dict[str, Any]], places: list[dict[tuple[str, int], dict]]
) -> Found:
    states = []
    for analysis, here in zip(analyses, places, strict=True):
        one = here.get((dyad, central))
        if one is not None:
            states.append(one["type"] or NO_TYPE)
        else:
            states.append(TOO_SHORT if dyad in analysis["not_analysed"] else NOT_FOUND)
    by = [letter for letter, here in zip(LETTERS, places, strict=False) if (dyad, central) in here]
    some = f"only {by[0]}" if len(by) == 1 else ", ".join(by)
    return Found(dyad, central, tuple(states), "all" if len(by) == len(analyses) else some)


def _agreed(first: int, second: int, places: list[dict[tuple[str, int], dict]]) -> Agreed:
    a, b = set(places[first]), set(places[second])
    either = len(a | b)
    jaccard = coefficient(len(a & b) / either) if either else NONE
    if either and a == b:
        jaccard = "1.00"
    return Agreed(LETTERS[first], LETTERS[second], len(a & b), len(a - b), len(b - a), jaccard)


def _count_rows(analyses: list[dict[str, Any]], n_dyads: int, at_hand: list[int] | None) -> list[CountRow]:
    def row(label: str, name: str, of: str | None, *, indent: bool = False) -> CountRow:
        cells = tuple((one[name], share(one[name], one[of] if of else n_dyads)) for one in analyses)
        return CountRow(label, indent, cells)

    rows = [
        row("Series analysed", "n_series", None),
        row("Series with a rupture", "n_series_with_rupture", "n_series"),
        CountRow("Ruptures", False, tuple((one["n_ruptures"], "") for one in analyses)),
        row("Repaired", "n_repaired", "n_ruptures", indent=True),
        row("Unrepaired", "n_unrepaired", "n_ruptures", indent=True),
    ]
    totals = [one["n_ruptures"] for one in analyses]
    open_ones = [one["n_ruptures"] - one["n_repaired"] - one["n_unrepaired"] for one in analyses]
    rows.append(_shares("Not classifiable", open_ones, totals, indent=True))
    if at_hand is not None:
        rows.append(_shares("Complete, all three recorded", at_hand, totals, indent=False))
    return rows


def _shares(label: str, counts: list[int], totals: list[int], *, indent: bool) -> CountRow:
    cells = tuple((n, share(n, total)) for n, total in zip(counts, totals, strict=True))
    return CountRow(label, indent, cells)
