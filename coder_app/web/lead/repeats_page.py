"""What the page about recordings that came back shows: agreement with oneself as rows of a forest."""

from dataclasses import dataclass
from typing import Any

from coder_app.web.charts import forest_row
from coder_app.web.charts.forest import ForestAxis, ForestRow
from coder_app.web.numbers import NONE, coefficient, count, decimal, decimal_interval, interval, percent

FEW = 10


@dataclass(frozen=True)
class Row:
    """One coder on one subscale or item."""

    name: str
    forest: ForestRow
    icc: str
    interval: str
    word: str | None
    lower_word: str | None
    identical: str
    sem: str
    shift: str
    shift_interval: str
    n: str


@dataclass(frozen=True)
class Part:
    """The coders on one subscale, or on one item."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class CoderRow:
    """What came back to one coder, and how alike all scores of both times are."""

    name: str
    recordings: str
    days: str
    identical: str
    within: str
    n_scores: str
    recognised: str


@dataclass(frozen=True)
class Scale:
    """One instrument's part of the page."""

    name: str
    coders: tuple[CoderRow, ...]
    subscales: tuple[Part, ...]
    items: tuple[Part, ...]
    few: bool


def show_scales(content: dict[str, Any], axis: ForestAxis) -> list[Scale]:
    """Return every instrument as the page shows it."""
    return [_scale(found, axis) for found in content["instruments"]]


def lede_of(content: dict[str, Any]) -> str:
    """Say what is compared, and how many recordings of how many coders."""
    form = (
        "Recordings that came back to their coder under a new mask, without the coder’s knowledge. ICC(A,1) "
        "between both times: absolute agreement, the score of a single time."
    )
    parts = [
        f"{found['name']}: {count(sum(one['n_recordings'] for one in found['coders']), 'recording')} of "
        f"{count(len(found['coders']), 'coder')}"
        for found in content["instruments"]
        if found["coders"]
    ]
    return f"{form} {'; '.join(parts)}." if parts else form


def nothing_yet(content: dict[str, Any]) -> str | None:
    """Say why there is nothing to compare, None where there is."""
    if any(found["coders"] for found in content["instruments"]):
        return None
    if content["least_days"] is None:
        return "No recording comes back to its coder. That is set up on the page of rounds, during coding."
    return (
        "A recording enters once its coder has submitted it a second time; it comes back "
        f"{count(content['least_days'], 'day')} after the first time at the earliest."
    )


def _scale(found: dict[str, Any], axis: ForestAxis) -> Scale:
    most = max((one["n_recordings"] for one in found["coders"]), default=0)
    return Scale(
        name=found["name"],
        coders=tuple(_coder(one) for one in found["coders"]),
        subscales=tuple(_part(one["name"], one["coders"], axis) for one in found["subscales"]),
        items=tuple(_part(one["label"], one["coders"], axis) for one in found["items"]),
        few=0 < most < FEW,
    )


def _coder(one: dict[str, Any]) -> CoderRow:
    days = {name: decimal(value, 0) for name, value in one["days"].items()}
    spread = days["median"]
    if days["fewest"] != days["most"]:
        spread += f" ({days['fewest']} to {days['most']})"
    return CoderRow(
        name=one["label"],
        recordings=str(one["n_recordings"]),
        days=spread,
        identical=percent(one["identical"]),
        within=percent(one["within_one"]),
        n_scores=str(one["n_scores"]),
        recognised=str(one["n_recognised"]),
    )


def _part(name: str, rows: list[dict[str, Any]], axis: ForestAxis) -> Part:
    return Part(name, tuple(_row(name, one, axis) for one in rows))


def _row(name: str, one: dict[str, Any], axis: ForestAxis) -> Row:
    icc, shift = one["icc"], one["shift"]
    place = (icc["estimate"], icc["lower"], icc["upper"])
    reason = one["reason"] or icc["reason"]
    return Row(
        name=one["rater"],
        forest=forest_row(axis, f"{one['rater']}, {name}", *place, reason),
        icc=coefficient(icc["estimate"]),
        interval=interval(icc["lower"], icc["upper"]),
        word=one["word"],
        lower_word=one["lower_word"],
        identical=percent(one["percent_agreement"]),
        sem=decimal(one["sem"]),
        shift=decimal(shift["estimate"]),
        shift_interval=decimal_interval(shift["lower"], shift["upper"]),
        n=str(one["n_targets"]) if one["n_targets"] else NONE,
    )
