"""From a computed result to what the ruptures page shows: charts, the table of counts, the list."""

from dataclasses import dataclass
from typing import Any

from coder_app.services.rupture_reasons import list_left_out, list_low_scores
from coder_app.web import charts
from coder_app.web.charts.scales import number
from coder_app.web.charts.series_parts import SeriesChart
from coder_app.web.lead.rupture_words import course_of, flat_of, method_of, state_of, why_not_of

# As many small charts as a screen or two hold, however many dyads there are.
PER_PAGE = 36
LEFT_OUT = "left out: the parent alone"

# Rows of dyad, number and attendance, as results are computed from.
Sessions = list[list[Any]]


@dataclass(frozen=True)
class Small:
    """One series among many."""

    dyad: str
    state: str
    chart: SeriesChart
    current: bool
    why_not: str | None


@dataclass(frozen=True)
class Large:
    """The series that is shown in full."""

    dyad: str
    name: str
    state: str
    chart: SeriesChart
    caption: str
    why_not: str | None
    flat: str | None
    rows: tuple[tuple[int, float | None, str], ...]
    low: tuple[tuple[int, str, str], ...]
    previous: str | None
    next: str | None
    place: str


@dataclass(frozen=True)
class Pages:
    """The small multiples of one page among all that are listed."""

    small: tuple[Small, ...]
    page: int
    n_pages: int
    first: int
    last: int
    n_listed: int


@dataclass(frozen=True)
class Shown:
    """The analysis and the series that a page is about."""

    key: str
    analysis: dict[str, Any]
    dyad: str | None
    only_ruptures: bool


def keys_of(content: dict[str, Any]) -> dict[str, str]:
    """Return the analyses by the key that stands for each in addresses, with its label."""
    informants = [one["informant"] for one in content["analyses"]]
    keys = {}
    for one in content["analyses"]:
        alone = informants.count(one["informant"]) == 1
        key = one["informant"] if alone else f"{one['informant']} {one['measure']}"
        keys[key] = f"{one['informant'].capitalize()}, {one['measure']}"
    return keys


def choose(
    content: dict[str, Any], key: str | None, dyad: str | None, *, only_ruptures: bool
) -> Shown | None:
    """Return what is asked for, as far as it is there; the first series with a rupture otherwise."""
    keys = list(keys_of(content))
    if not keys:
        return None
    key = key if key in keys else keys[0]
    analysis = content["analyses"][keys.index(key)]
    dyads = {one["dyad"] for one in analysis["series"]}
    if dyad not in dyads:
        first = min(
            analysis["series"], key=lambda one: (not one["ruptures"], not one["analysed"]), default=None
        )
        dyad = first["dyad"] if first else None
    return Shown(key, analysis, dyad, only_ruptures and analysis["n_ruptures"] > 0)


def small_series(shown: Shown, settings: dict[str, Any], sessions: Sessions, page: int | None) -> Pages:
    """Return one page of small multiples: the one asked for, else the one with the series shown in full."""
    listed = _listed(shown)
    n_pages = max(1, -(-len(listed) // PER_PAGE))
    if page is None:
        at = next((place for place, one in enumerate(listed) if one["dyad"] == shown.dyad), 0)
        page = at // PER_PAGE + 1
    page = min(max(page, 1), n_pages)
    first = (page - 1) * PER_PAGE
    here = listed[first : first + PER_PAGE]
    small = tuple(_small(one, shown.dyad, settings, sessions) for one in here)
    return Pages(small, page, n_pages, first + bool(here), first + len(here), len(listed))


def large_series(
    shown: Shown, settings: dict[str, Any], mean_items: dict[str, int], sessions: Sessions
) -> Large | None:
    """Return the series of the chosen dyad in full, with its neighbours among those listed."""
    series = find_series(shown)
    if series is None:
        return None
    informant, measure = shown.analysis["informant"], shown.analysis["measure"]
    unit = "mean" if measure in mean_items else "total"
    method = method_of(settings, shown.analysis["pooled_sd"])
    name = f"{series['dyad']}, {informant}"
    why_not = why_not_of(series, settings["min_run"])
    left_out = list_left_out(series, sessions)
    previous, following = _neighbours(shown)
    return Large(
        dyad=series["dyad"],
        name=name,
        state=state_of(series),
        chart=charts.control_chart(
            name,
            _scores(series),
            limits_of(series, settings),
            _ruptures(series),
            f"{measure} {unit}",
            left_out=left_out,
            not_analysed=why_not,
        ),
        caption=f"{measure} of {name}. {course_of(series, settings['min_run'], left_out)} {method}",
        why_not=why_not,
        flat=flat_of(series, settings),
        rows=tuple(_rows(series, left_out)),
        low=tuple((session, number(score), why) for session, score, why in list_low_scores(series, settings)),
        previous=previous,
        next=following,
        place=_place_among(shown),
    )


def find_series(shown: Shown) -> dict[str, Any] | None:
    """Return the series shown in full."""
    return next((one for one in shown.analysis["series"] if one["dyad"] == shown.dyad), None)


def listed_series(shown: Shown) -> list[dict[str, Any]]:
    """Return the series of the small multiples, all pages together."""
    return _listed(shown)


def range_elsewhere(analysis: dict[str, Any]) -> tuple[int, int] | None:
    """Return the fewest and the most ruptures that other fourths and k give; None without the chart."""
    counts = [n for row in analysis["compared"]["n_ruptures"] for n in row]
    return (min(counts), max(counts)) if counts else None


def _listed(shown: Shown) -> list[dict[str, Any]]:
    return [one for one in shown.analysis["series"] if one["ruptures"] or not shown.only_ruptures]


def _small(
    series: dict[str, Any], current: str | None, settings: dict[str, Any], sessions: Sessions
) -> Small:
    why_not = why_not_of(series, settings["min_run"])
    chart = charts.small_chart(
        series["dyad"],
        _scores(series),
        limits_of(series, settings),
        _ruptures(series),
        left_out=list_left_out(series, sessions),
        not_analysed=why_not,
    )
    # Without scores the drawing itself says so.
    said = why_not if series["longest_run"] else None
    return Small(series["dyad"], state_of(series), chart, series["dyad"] == current, said)


def _neighbours(shown: Shown) -> tuple[str | None, str | None]:
    dyads = [one["dyad"] for one in _listed(shown)]
    if shown.dyad not in dyads:
        return None, dyads[0] if dyads else None
    at = dyads.index(shown.dyad)
    return dyads[at - 1] if at else None, dyads[at + 1] if at + 1 < len(dyads) else None


def _place_among(shown: Shown) -> str:
    dyads = [one["dyad"] for one in _listed(shown)]
    if shown.dyad not in dyads:
        return f"not among the {len(dyads)} listed"
    return f"{dyads.index(shown.dyad) + 1} of {len(dyads)}"


def _rows(series: dict[str, Any], left_out: list[int]) -> list[tuple[int, float | None, str]]:
    rows = [(*pair, _place(series, pair[0])) for pair in _scores(series)]
    return sorted([*rows, *((session, None, LEFT_OUT) for session in left_out)], key=lambda row: row[0])


def _scores(series: dict[str, Any]) -> list[tuple[int, float | None]]:
    return list(zip(series["sessions"], series["scores"], strict=True))


def limits_of(series: dict[str, Any], settings: dict[str, Any]) -> tuple[charts.Limit, ...]:
    """Return the levels that the chart of a series draws."""
    limits = [
        charts.Limit(series["median"], "Median", "median"),
        charts.Limit(series["lower_half_median"], "Lower fourth", "half"),
    ]
    if settings["chart"]:
        limits.append(charts.Limit(series["lower_limit"], "Lower limit", "limit"))
    return tuple(limits)


def _ruptures(series: dict[str, Any]) -> tuple[charts.Rupture, ...]:
    return tuple(
        charts.Rupture(one["pre"], one["central"], one["post"], one["type"]) for one in series["ruptures"]
    )


def _place(series: dict[str, Any], session: int) -> str:
    """The parts that a session plays; it can be the end of one sequence and the start of the next."""
    parts = [
        name for one in series["ruptures"] for name in ("pre", "central", "post") if one[name] == session
    ]
    return ", ".join(parts)
