"""What the planning page shows: numbers of recordings, widths as curves, and the ratings projected."""

from dataclasses import dataclass
from typing import Any

from coder_app.services.planning import Listening
from coder_app.web.charts.forest import ShareBar, SharePart
from coder_app.web.charts.lines import Curve, CurvesChart, Level, Value, curves_chart
from coder_app.web.numbers import NONE, coefficient, count, interval, percent

PARTS = ("recordings", "coders", "residual")
# Of the six shades of a share bar, those that part three.
SHADES = (4, 2, 0)


@dataclass(frozen=True)
class PlanRow:
    """One number of coders: recordings for the interval, without and with bias, and for the test."""

    coders: int
    bonett: str
    bonett_ratings: str
    simulated: str
    simulated_ratings: str
    test: str
    chosen: bool


@dataclass(frozen=True)
class ProjectionRow:
    """One subscale's sum or one item: what differs, and what the mean of k coders gives."""

    name: str
    is_sum: bool
    rated: str
    bar: ShareBar
    single: str
    interval: str
    means: tuple[str, ...]
    mean_intervals: tuple[str, ...]
    consistencies: tuple[str, ...]
    needed: str
    needed_range: str
    reason: str | None
    plan: dict[str, str] | None


@dataclass(frozen=True)
class ProjectedScale:
    """One instrument's rows."""

    name: str
    evidence: str
    rows: tuple[ProjectionRow, ...]
    reason: str | None


def show_rows(content: dict[str, Any], coders: int) -> list[PlanRow]:
    """Return the table of numbers of recordings."""
    most = content["most"]
    return [
        PlanRow(
            coders=row["coders"],
            bonett=f"{row['bonett']:,}",
            bonett_ratings=f"{row['bonett'] * row['coders']:,}",
            simulated=f"{row['simulated']:,}" if row["simulated"] else f"over {most:,}",
            simulated_ratings=f"{row['simulated'] * row['coders']:,}" if row["simulated"] else NONE,
            test=f"{row['test']:,}",
            chosen=row["coders"] == coders,
        )
        for row in content["rows"]
    ]


def print_settings(settings: dict[str, float]) -> dict[str, str]:
    """Return the settings as sentences write them."""
    shares = {name: f"{100 * settings[name]:.4g}%" for name in ("bias", "confidence", "power")}
    return shares | {name: coefficient(settings[name]) for name in ("icc", "least", "width")}


def show_curves(content: dict[str, Any], kind: str, name: str) -> CurvesChart:
    """Draw the width by number of recordings, a curve for each number of coders."""
    curves = [
        Curve(
            f"{curve['coders']} coders",
            [Value(n, width) for n, width in zip(curve["recordings"], curve[kind], strict=True)],
        )
        for curve in content["curves"]
    ]
    wanted = content["settings"]["width"]
    level = Level(wanted, f"wanted: {coefficient(wanted)}")
    return curves_chart(name, curves, ("Recordings", "Width of the interval"), (0.0, 1.0), [level])


def say_plan(content: dict[str, Any], coders: int) -> list[str]:
    """Say in sentences what the chosen number of coders takes."""
    settings = content["settings"]
    row = _row_of(content, coders)
    shown = print_settings(settings)
    wanted = f"an ICC(A,1) of {shown['icc']} with a {shown['confidence']} interval {shown['width']} wide"
    team = f"all {coders} coders" if coders > 2 else "both coders"
    said = [
        f"For {wanted}: {count(row['bonett'], 'recording')} coded by {team}, if the coders do not differ in "
        "level (Bonett, 2002)."
    ]
    if settings["bias"]:
        said.append(_say_bias(content, row, coders))
    return said


def _say_bias(content: dict[str, Any], row: dict[str, Any], coders: int) -> str:
    share = print_settings(content["settings"])["bias"]
    if row["simulated"]:
        return (
            f"If {share} of the variance lies between coders: {count(row['simulated'], 'recording')}, from "
            f"{content['samples']:,} simulated studies."
        )
    enough = next((one for one in content["rows"] if one["simulated"]), None)
    said = (
        f"If {share} of the variance lies between coders, even {content['most']:,} recordings are too few: "
        f"{coders} coders tell too little of how coders differ, however much they code."
    )
    if enough is None:
        return f"{said} Nor are they with {content['rows'][-1]['coders']} coders: a wider interval is needed."
    return f"{said} With {enough['coders']} coders it takes {count(enough['simulated'], 'recording')}."


def say_listening(content: dict[str, Any], coders: int, known: Listening | None) -> list[str]:
    """Say what the plan costs: codings, and hours where the length of the recordings is known."""
    row = _row_of(content, coders)
    plans = [("without coder bias", row["bonett"])]
    if content["settings"]["bias"] and row["simulated"] and row["simulated"] != row["bonett"]:
        plans.append((f"with {print_settings(content['settings'])['bias']} coder bias", row["simulated"]))
    said = [f"{_say_codings(n, coders, known)}, {words}." for words, n in plans]
    if known is None:
        return [*said, "Hours are given to a lead whose own recordings are all submitted."]
    if not known.n_recordings:
        return [*said, "Hours are given once recordings are imported."]
    whole = count(known.n_recordings, "recording")
    length = f"{count(known.hours, 'hour')}" if known.hours else "less than an hour"
    has = f"The study has {whole}, {length} in all."
    if known.n_recordings < row["bonett"]:
        has += " That is fewer than the plan asks for: they do not give an interval this narrow."
    elif known.n_recordings < plans[-1][1]:
        has += " That is fewer than the plan asks for if coders differ in level."
    pace = " Listening once, at normal speed, without pauses." if known.hours else ""
    return [*said, has + pace]


def _say_codings(n: int, coders: int, known: Listening | None) -> str:
    said = f"{count(n, 'recording')} × {coders} coders = {count(n * coders, 'coding')}"
    if known is None or not known.n_recordings or not known.hours:
        return said
    hours = n * known.hours / known.n_recordings
    return f"{said}, about {count(round(hours * coders), 'hour')} of listening ({round(hours):,} a coder)"


def _row_of(content: dict[str, Any], coders: int) -> dict[str, Any]:
    return next(row for row in content["rows"] if row["coders"] == coders)


def show_projection(content: dict[str, Any]) -> list[ProjectedScale]:
    """Return every instrument's rows, sums first."""
    scales = []
    for found in content["instruments"]:
        evidence = f"{count(found['n_recordings'], 'recording')}, {count(len(found['coders']), 'coder')}"
        nothing = not any(row["n_targets"] for row in found["rows"])
        rows = () if nothing else tuple(_projected(row) for row in found["rows"])
        reason = found["rows"][0]["reason"] if nothing else None
        scales.append(ProjectedScale(found["name"], evidence, rows, reason))
    return scales


def _projected(row: dict[str, Any]) -> ProjectionRow:
    given = row["agreement"]
    single = given[0] if given else dict.fromkeys(("estimate", "lower", "upper"))
    fewest, at_best, at_worst = row["needed"][0], row["needed"][2], row["needed"][1]
    return ProjectionRow(
        name=row["name"],
        is_sum=row["kind"] == "subscale",
        rated=f"{row['n_targets']} × {row['n_raters']}" if row["n_targets"] else NONE,
        bar=_bar(row),
        single=coefficient(single["estimate"]),
        interval=interval(single["lower"], single["upper"]),
        means=tuple(coefficient(one["estimate"]) for one in given),
        mean_intervals=tuple(interval(one["lower"], one["upper"]) for one in given),
        consistencies=tuple(coefficient(one["estimate"]) for one in row["consistency"]),
        needed=str(fewest) if fewest else NONE,
        needed_range=f"{at_best} to {at_worst or 'any number'}" if fewest and at_best != at_worst else NONE,
        reason=row["reason"],
        plan=_plan_of(row, single["estimate"]),
    )


def _bar(row: dict[str, Any]) -> ShareBar:
    if not row["shares"]:
        return ShareBar((), f"{row['name']}: {row['reason']}", row["reason"])
    parts, x = [], 0.0
    for word, share, step in zip(PARTS, row["shares"], SHADES, strict=True):
        if share:
            parts.append(SharePart(round(x, 2), round(100 * share, 2), step, word, round(100 * share)))
        x += 100 * share
    said = ", ".join(f"{part.score} {percent(part.width / 100)}" for part in parts)
    return ShareBar(tuple(parts), f"{row['name']}: {said}", None)


def _plan_of(row: dict[str, Any], single: float | None) -> dict[str, str] | None:
    """The entries of the form that these ratings suggest, where a plan can be made with them."""
    if single is None or not 0.05 <= single <= 0.95:
        return None
    bias = min(50, round(100 * row["shares"][1]))
    icc = round(single, 2)
    return {"icc": f"{icc:.2f}", "bias": str(bias)} if bias < 100 * (1 - icc) else None
