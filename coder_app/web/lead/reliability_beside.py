"""Other recordings beside those of the reliability page: a second line, another round, other days."""

from dataclasses import dataclass, replace
from typing import Any

from coder_app.web.charts import forest_row
from coder_app.web.charts.forest import ForestAxis, ForestRow
from coder_app.web.lead.reliability_evidence import say_rounds
from coder_app.web.lead.reliability_words import evidence_of
from coder_app.web.numbers import NONE, coefficient, count, interval


@dataclass(frozen=True)
class BesideRow:
    """One item or sum under both: two marks on one line of the forest, and their difference."""

    label: str
    first: ForestRow
    second: ForestRow
    icc: tuple[str, str]
    interval: tuple[str, str]
    n: tuple[str, str]
    difference: str
    difference_interval: str
    reason: str | None


@dataclass(frozen=True)
class BesideScale:
    """One instrument under both, and what each rests on."""

    name: str
    evidence: tuple[str, str]
    rows: tuple[BesideRow, ...]


@dataclass(frozen=True)
class Beside:
    """Two sets of recordings beside each other; `note` says how they differ and what the intervals are."""

    names: tuple[str, str]
    scales: tuple[BesideScale, ...]
    differs: bool
    note: str

    @property
    def has_intervals(self) -> bool:
        """Whether a difference has an interval."""
        return any(row.difference_interval != NONE for scale in self.scales for row in scale.rows)


def show_second(content: dict[str, Any], axis: ForestAxis) -> Beside | None:
    """Return all that two coders have submitted beside the subset; None where they are the same."""
    found = content["instruments"]
    if not any(one["second"] and one["second"]["n_recordings"] > one["n_recordings"] for one in found):
        return None
    scales = tuple(_scale(one, one["second"], content, axis) for one in found if one["second"])
    note = (
        "The second holds the first, and recordings outside the drawn subset that two coders or more have "
        "submitted all the same. Those were not drawn, so that it is a check and no more; recordings with "
        "one coder stay out of both."
    )
    return Beside(("Subset", "All with two coders"), scales, differs=False, note=note)


def show_against(content: dict[str, Any], axis: ForestAxis) -> Beside | None:
    """Return the other selection beside the page's, with the differences of their ICCs."""
    if content["against"] is None:
        return None
    names = (say_rounds(content["selection"]), say_rounds(content["against"]))
    found = [one for one in content["instruments"] if one["compared"]]
    scales = tuple(_scale(one, one["compared"], content, axis) for one in found)
    note = (
        "The two do not rest on the same recordings, and one may be easier to agree on: a difference is "
        f"not the coders’ alone. {_say_intervals(content['settings'], scales)}"
    )
    if common := _find_common_reason(scales):
        note += f" {common[0].upper()}{common[1:]}."
        scales = tuple(_without_reason(scale, common) for scale in scales)
    return Beside(names, scales, differs=True, note=note)


def _find_common_reason(scales: tuple[BesideScale, ...]) -> str | None:
    """The one reason that every difference without an interval has, which need not stand beside each."""
    reasons = {
        row.reason
        for scale in scales
        for row in scale.rows
        if row.difference != NONE and row.difference_interval == NONE
    }
    return reasons.pop() if len(reasons) == 1 else None


def _without_reason(scale: BesideScale, common: str) -> BesideScale:
    rows = (replace(row, reason=None) if row.reason == common else row for row in scale.rows)
    return replace(scale, rows=tuple(rows))


def show_then_and_now(then: dict[str, Any], now: dict[str, Any], axis: ForestAxis) -> Beside:
    """Return a kept result beside the one of the ratings as they are now, under the same settings."""
    present = {(one["name"], one["version"]): one for one in now["instruments"]}
    scales = []
    for one in then["instruments"]:
        other = present.get((one["name"], one["version"]))
        if other is not None:
            by_code = {key: {row["code"]: row for row in other[key]} for key in ("items", "subscales")}
            moved = {
                row["code"]: _moved(row, by_code[key].get(row["code"]))
                for key in ("items", "subscales")
                for row in one[key]
            }
            kept = one | {key: [row for row in one[key] if row["code"] in by_code[key]] for key in by_code}
            scales.append(_scale(kept, other | by_code | {"differences": moved}, then, axis))
    note = (
        "The first is the kept result, the second what the ratings give now. Most recordings are the same, "
        "so that the difference (kept minus now) has no interval: it says what changed, not what is true."
    )
    return Beside(("Kept", "Now"), tuple(scales), differs=True, note=note)


def count_changes(then: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    """Say by scale how the ratings differ from those that a kept result was computed from."""
    present = {one["name"]: _by_place(one["rows"]) for one in now["instruments"]}
    said = []
    for one in then["instruments"]:
        before, after = _by_place(one["rows"]), present.get(one["name"], {})
        new, gone = after.keys() - before.keys(), before.keys() - after.keys()
        other = [place for place in before.keys() & after.keys() if before[place] != after[place]]
        changes = ((new, "new"), (gone, "gone"), (other, "changed"))
        told = [f"{count(len(places), 'rating')} {word}" for places, word in changes if places]
        said.append(f"{one['name']}: {', '.join(told) or 'the same ratings'}")
    return tuple(said)


def _by_place(rows: list[list[Any]]) -> dict[tuple[str, ...], Any]:
    return {tuple(row[:3]): row[3] for row in rows}


def _moved(then: dict[str, Any], now: dict[str, Any] | None) -> dict[str, Any]:
    estimates = [(row["icc"] or {}).get("estimate") if row else None for row in (then, now)]
    moved = None if None in estimates else estimates[0] - estimates[1]
    return {"estimate": moved, "lower": None, "upper": None, "reason": None}


def _say_intervals(settings: dict[str, Any], scales: tuple[BesideScale, ...]) -> str:
    if not settings["bootstrap"]:
        return "No bootstrap was asked for, so that differences have no interval."
    number = sum(row.difference_interval != NONE for scale in scales for row in scale.rows)
    by_chance = f"{number * (1 - settings['confidence']):.1f}".removesuffix(".0")
    if not number:
        return "Difference: the first minus the second."
    return (
        f"Difference: the first minus the second, with its {100 * settings['confidence']:.0f}% bootstrap "
        f"interval (bias-corrected and accelerated; {settings['bootstrap']:,} resamples of the recordings of "
        f"each, seed {settings['seed']}). Of {count(number, 'interval')} about {by_chance} would miss 0 by "
        "chance."
    )


def _scale(
    found: dict[str, Any], other: dict[str, Any], content: dict[str, Any], axis: ForestAxis
) -> BesideScale:
    confidence = content["settings"]["confidence"]
    differences = other.get("differences", {})
    rows = [
        _row(item, item["label"], other["items"][item["code"]], differences, axis, confidence)
        for item in found["items"]
    ]
    rows += [
        _row(one, f"Sum: {one['name']}", other["subscales"][one["code"]], differences, axis, confidence)
        for one in found["subscales"]
    ]
    return BesideScale(found["name"], (evidence_of(found), evidence_of(other)), tuple(rows))


def _row(
    first: dict[str, Any],
    label: str,
    second: dict[str, Any],
    differences: dict[str, Any],
    axis: ForestAxis,
    confidence: float,
) -> BesideRow:
    figures = [_figures(one) for one in (first, second)]
    rows = [_place(axis, label, one, confidence) for one in figures]
    rare = first.get("rare") or second.get("rare")
    nothing = dict.fromkeys(("estimate", "lower", "upper", "reason"))
    difference = nothing if rare else differences.get(first["code"], nothing)
    return BesideRow(
        label=label,
        first=rows[0],
        second=rows[1],
        icc=tuple(coefficient(one["estimate"]) for one in figures),
        interval=tuple(interval(one["lower"], one["upper"]) for one in figures),
        n=tuple(str(one["n_targets"]) if one["n_targets"] else NONE for one in (first, second)),
        difference=_signed(difference["estimate"]),
        difference_interval=interval(difference["lower"], difference["upper"]),
        reason="rare in one of the two" if rare else _why_no_difference(figures, difference),
    )


def _why_no_difference(figures: list[dict[str, Any]], difference: dict[str, Any]) -> str | None:
    """Why there is no difference, unless an ICC is missing, which says so itself."""
    return None if None in [one["estimate"] for one in figures] else difference["reason"]


def _place(axis: ForestAxis, label: str, figures: dict[str, Any], confidence: float) -> ForestRow:
    place = (figures[name] for name in ("estimate", "lower", "upper"))
    return forest_row(axis, label, *place, figures["reason"], confidence=confidence)


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    icc = row["icc"] or dict.fromkeys(("estimate", "lower", "upper"))
    if row.get("rare"):
        return dict.fromkeys(("estimate", "lower", "upper")) | {"reason": "withheld: rare"}
    return {**{name: icc[name] for name in ("estimate", "lower", "upper")}, "reason": row["reason"]}


def _signed(value: float | None) -> str:
    shown = coefficient(value)
    return f"+{shown}" if value is not None and value > 0 and shown.strip(".0") else shown
