"""Which ratings enter the reliability page, what stays out and why, and what is missing in between."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from coder_app.web.numbers import NONE, coefficient, count, interval

_WHY = {
    "nobody": "submitted by nobody yet",
    "one coder": "submitted by one coder only",
    "other days": "first submitted on other days",
}


@dataclass(frozen=True)
class Entering:
    """One instrument's line in the table of what enters."""

    scale: str
    version: str
    subset: str
    entering: str
    complete: str
    days: str
    coders: str
    left_out: tuple[tuple[str, str, tuple[str, ...]], ...]
    partly: tuple[str, ...]


@dataclass(frozen=True)
class Hole:
    """An item or sum with missing ratings: the fit of all of them, and beside it the complete recordings."""

    label: str
    given: str
    not_codable: str
    fitted: str
    fitted_interval: str
    n: str
    complete: str
    complete_interval: str
    n_complete: str
    reason: str | None


def show_entering(content: dict[str, Any]) -> list[Entering]:
    """Return what enters, scale by scale."""
    return [_entering(found) for found in content["instruments"]]


def show_holes(content: dict[str, Any]) -> list[tuple[str, list[Hole]]]:
    """Return the items and sums with holes by scale; scales without are left out."""
    found = [(one["name"], _holes(one)) for one in content["instruments"]]
    return [(name, holes) for name, holes in found if holes]


def say_rounds(selection: dict[str, Any]) -> str:
    """Name the round or rounds and the days of a computed result."""
    rounds = " and ".join(selection["rounds"]) or "main round"
    kind = "" if selection["purpose"] == "main" else f" ({selection['purpose']})"
    days = [
        f"{word} {_day(selection[key])}"
        for word, key in (("from", "since"), ("to", "until"))
        if selection[key]
    ]
    return f"{rounds}{kind}" + (f", first submitted {' '.join(days)}" if days else "")


def _entering(found: dict[str, Any]) -> Entering:
    by_why: dict[str, list[str]] = {}
    for code, why in found["left_out"]:
        by_why.setdefault(why, []).append(code)
    labels = [coder["label"] for coder in found["coders"]]
    return Entering(
        scale=found["name"],
        version=found["version"],
        subset=str(found["n_subset"]),
        entering=str(found["n_recordings"]),
        complete=str(found["n_complete"]),
        days=_days(found["days"]),
        coders=", ".join(f"{label} (left)" if label in found["leavers"] else label for label in labels)
        or NONE,
        left_out=tuple(
            (count(len(codes), "recording"), _WHY[why], tuple(codes)) for why, codes in by_why.items()
        ),
        partly=tuple(found["partly"]),
    )


def _days(days: list[str] | None) -> str:
    if not days:
        return NONE
    first, last = map(_day, days)
    return first if first == last else f"{first} to {last}"


def _day(written: str) -> str:
    return f"{date.fromisoformat(written):%d %b %Y}".removeprefix("0")


def _holes(found: dict[str, Any]) -> list[Hole]:
    rows = [*found["items"], *({**one, "label": f"Sum: {one['name']}"} for one in found["subscales"])]
    return [_hole(row) for row in rows if row["design"] == "incomplete"]


def _hole(row: dict[str, Any]) -> Hole:
    icc = row["icc"] or dict.fromkeys(("estimate", "lower", "upper"))
    complete = row["complete_only"]
    alone = complete["icc"] if complete else dict.fromkeys(("estimate", "lower", "upper"))
    possible = row["n_targets"] * row["n_raters"]
    shown = not row.get("rare")
    return Hole(
        label=row["label"],
        given=f"{row['n_scores']} of {possible}",
        not_codable=str(row["n_not_codable"]) if "n_not_codable" in row else NONE,
        fitted=coefficient(icc["estimate"]) if shown else NONE,
        fitted_interval=interval(icc["lower"], icc["upper"]) if shown else NONE,
        n=str(row["n_targets"]),
        complete=coefficient(alone["estimate"]) if shown else NONE,
        complete_interval=interval(alone["lower"], alone["upper"]) if shown else NONE,
        n_complete=str(complete["n_targets"]) if complete else "fewer than 2",
        reason=_reason(row),
    )


def _reason(row: dict[str, Any]) -> str | None:
    if row.get("rare"):
        return "rare, so that no ICC is shown"
    groups = row.get("groups") or []
    if not groups:
        return row["reason"]
    apart = " | ".join(", ".join(group) for group in groups)
    return f"{row['reason']} ({apart})"
