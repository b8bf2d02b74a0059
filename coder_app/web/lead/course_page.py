"""What the page of the alliance course shows: charts, means, growth and agreement, in words and rows."""

from dataclasses import dataclass
from typing import Any

from coder_app.web.charts.course import CourseChart, Mean, course_chart
from coder_app.web.charts.lines import Curve, CurvesChart, Value, curves_chart
from coder_app.web.numbers import NONE, coefficient, count, decimal, decimal_interval, interval, p_value


@dataclass(frozen=True)
class Shown:
    """One informant and measure: its chart, a row for each session number, and what is said of it."""

    title: str
    chart: CourseChart
    rows: tuple[tuple[str, ...], ...]
    grouped: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class GrowthRow:
    """One line of the table of growth; with a reason the cells are empty."""

    title: str
    group: str
    cells: tuple[str, ...]
    reason: str | None
    at_edge: bool


@dataclass(frozen=True)
class PairShown:
    """Two informants beside each other."""

    title: str
    short: str
    n: str
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[str, ...], ...]
    reason: str | None


def title_of(course: dict[str, Any]) -> str:
    """Name an informant with the measure."""
    return f"{course['informant'].capitalize()}, {course['measure']}"


def show_courses(content: dict[str, Any]) -> list[Shown]:
    """Return the chart and the rows of every informant and measure."""
    return [_show(course, content) for course in content["courses"]]


def growth_rows(content: dict[str, Any]) -> list[GrowthRow]:
    """Return a line for every informant and measure, and for each of its groups."""
    return [
        _growth(course, part)
        for course in content["courses"]
        for part in course["parts"]
        if part["n_dyads"] or part["group"] is None
    ]


def standardised_chart(content: dict[str, Any]) -> CurvesChart | None:
    """Return the means of all informants in SD of their measure, or None where there are fewer than two."""
    least = content["settings"]["least"]
    curves = []
    for course in content["courses"]:
        points = {one["number"]: one for one in course["standardised"] if one["n"] >= least}
        if points:
            values = [_value(number, points.get(number)) for number in range(min(points), max(points) + 1)]
            curves.append(Curve(course["informant"], values))
    if len(curves) < 2:
        return None
    titles = ("Session number", "Mean, in SD of the measure")
    return curves_chart("Standardised means by session", curves, titles, whole=True)


def show_pairs(content: dict[str, Any]) -> list[PairShown]:
    """Return what two informants have in common, for each two."""
    return [_pair(one, content) for one in content["pairs"]]


def agreement_chart(content: dict[str, Any]) -> CurvesChart | None:
    """Return the correlations by session number, or None where there is none."""
    curves = []
    for pair in content["pairs"]:
        found = {one["number"]: one["r"] for one in pair["by_number"] if one["r"]["estimate"] is not None}
        if found:
            values = [
                _value(number, found.get(number), "estimate") for number in range(min(found), max(found) + 1)
            ]
            curves.append(Curve(_pair_short(pair) if len(content["pairs"]) > 1 else "", values))
    if not curves:
        return None
    titles = ("Session number", "Correlation of the informants")
    return curves_chart("Agreement by session number", curves, titles, (-1.0, 1.0), whole=True)


def _value(number: int, one: dict[str, Any] | None, name: str = "mean") -> Value:
    if one is None:
        return Value(number, None)
    return Value(number, one[name], one["lower"], one["upper"])


def _show(course: dict[str, Any], content: dict[str, Any]) -> Shown:
    least = content["settings"]["least"]
    parts = course["parts"]
    grouped = len(parts) > 1
    drawn = parts[1:] if grouped else parts
    means = [(part["group"] or "", [_mean(one, least) for one in part["points"]]) for part in drawn]
    counts = {one["number"]: one["n"] for one in parts[0]["points"]}
    chart = course_chart(title_of(course), course["numbers"], course["scores"], means, counts, "Score")
    rows = tuple(
        _mean_row(part["group"] if grouped else None, one, least) for part in parts for one in part["points"]
    )
    return Shown(title_of(course), chart, rows, grouped, tuple(_notes(course, chart, least)))


def _mean(one: dict[str, Any], least: int) -> Mean:
    return Mean(one["number"], one["mean"], one["lower"], one["upper"], one["n"], one["n"] >= least)


def _mean_row(group: str | None, one: dict[str, Any], least: int) -> tuple[str, ...]:
    few = f"fewer than {least} scores" if one["n"] < least else None
    note = "; ".join(filter(None, (one["reason"], few)))
    figures = (decimal(one["mean"]), decimal(one["sd"]), decimal_interval(one["lower"], one["upper"]))
    return (group or "all", str(one["number"]), str(one["n"]), *figures, note or NONE)


def _notes(course: dict[str, Any], chart: CourseChart, least: int) -> list[str]:
    notes = [f"{count(course['n_dyads'], 'dyad')}, {count(course['n_scores'], 'score')}."]
    few = [one["number"] for one in course["parts"][0]["points"] if one["n"] < least]
    if few:
        which = ", ".join(map(str, few))
        notes.append(f"Dotted and without interval: fewer than {least} scores at session number {which}.")
    if chart.n_hidden:
        notes.append(f"{chart.n_hidden:,} more series are in the CSV file and part of the means.")
    return notes


def _growth(course: dict[str, Any], part: dict[str, Any]) -> GrowthRow:
    one = part["growth"]
    slope = one["slope"]
    cells = (
        f"{one['n_dyads']:,}",
        f"{one['n_scores']:,}",
        decimal(one["start"]),
        decimal(slope["estimate"], 3),
        NONE if slope["lower"] is None else f"[{decimal(slope['lower'], 3)}, {decimal(slope['upper'], 3)}]",
        p_value(one["p"]),
        decimal(one["sd_slope"], 3),
        decimal(one["sd_start"]),
        decimal(one["sd_residual"]),
        coefficient(one["between"]["estimate"]),
    )
    return GrowthRow(title_of(course), part["group"] or "all", cells, one["reason"], one["at_edge"])


def _pair_short(pair: dict[str, Any]) -> str:
    return f"{pair['first'][0]}–{pair['second'][0]}"


def _pair(pair: dict[str, Any], content: dict[str, Any]) -> PairShown:
    (first, measure), (second, other) = pair["first"], pair["second"]
    named = f"{first.capitalize()} ({measure})", f"{second} ({other})"
    rows = (
        _row("Between dyads", pair["between"], "dyads", "means of each dyad over the sessions both scored"),
        _row("Within dyads", pair["within"], "sessions", "repeated-measures correlation"),
        _row("Within dyads, pooled", pair["pooled"], "dyads", "each dyad’s own correlation, by Fisher’s z"),
    )
    numbers = tuple(
        (
            str(one["number"]),
            str(one["n"]),
            coefficient(one["r"]["estimate"]),
            interval(one["r"]["lower"], one["r"]["upper"]),
            one["r"]["reason"] or NONE,
        )
        for one in pair["by_number"]
    )
    return PairShown(
        title=f"{named[0]} and {named[1]}",
        short=_pair_short(pair),
        n=f"{count(pair['n_dyads'], 'dyad')}, {count(pair['n_pairs'], 'session')} that both scored",
        rows=rows,
        numbers=numbers,
        reason=pair["reason"],
    )


def _row(words: str, one: dict[str, Any], of: str, how: str) -> tuple[str, ...]:
    r = one["r"]
    return (
        words,
        f"{one['n']:,} {of}",
        coefficient(r["estimate"]),
        interval(r["lower"], r["upper"]),
        NONE if one["df"] is None else str(one["df"]),
        p_value(one["p"]),
        f"none: {r['reason']}" if r["reason"] else how,
    )
