"""From a computed result to what the ruptures page shows: charts, the table of counts, the list."""

from dataclasses import dataclass
from typing import Any

from coder_app.web import charts
from coder_app.web.charts.heat import HeatCell, sequential_cells
from coder_app.web.charts.series_parts import SeriesChart
from coder_app.web.lead.rupture_form import FOURTHS, plain
from coder_app.web.lead.rupture_words import course_of, method_of, share, state_of, why_not_of


@dataclass(frozen=True)
class Small:
    """One series among many."""

    dyad: str
    state: str
    chart: SeriesChart
    current: bool


@dataclass(frozen=True)
class Large:
    """The series that is shown in full."""

    dyad: str
    name: str
    chart: SeriesChart
    caption: str
    rows: tuple[tuple[int, float | None, str], ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True)
class CountRow:
    """One row of the table of counts: n and per cent for each analysis."""

    label: str
    indent: bool
    cells: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Compared:
    """Numbers of ruptures under other settings, as a heat map."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: list[list[HeatCell]]
    own: tuple[int, int]


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


def small_series(shown: Shown, settings: dict[str, Any]) -> tuple[Small, ...]:
    """Return the small multiples."""
    return tuple(
        Small(
            one["dyad"],
            state_of(one),
            charts.small_chart(
                one["dyad"],
                _scores(one),
                _limits(one, settings),
                _ruptures(one),
                why_not_of(one, settings["min_run"]),
            ),
            one["dyad"] == shown.dyad,
        )
        for one in _listed(shown)
    )


def large_series(shown: Shown, settings: dict[str, Any], mean_items: dict[str, int]) -> Large | None:
    """Return the series of the chosen dyad in full, with its neighbours among those listed."""
    series = next((one for one in shown.analysis["series"] if one["dyad"] == shown.dyad), None)
    if series is None:
        return None
    informant, measure = shown.analysis["informant"], shown.analysis["measure"]
    unit = "mean" if measure in mean_items else "total"
    method = method_of(settings, shown.analysis["pooled_sd"])
    previous, following = _neighbours(shown)
    name = f"{series['dyad']}, {informant}"
    return Large(
        dyad=series["dyad"],
        name=name,
        chart=charts.control_chart(
            name, _scores(series), _limits(series, settings), _ruptures(series), f"{measure} {unit}"
        ),
        caption=f"{measure} of {name}. {course_of(series, settings['min_run'])} {method}",
        rows=tuple((*pair, _place(series, pair[0])) for pair in _scores(series)),
        previous=previous,
        next=following,
    )


def count_rows(content: dict[str, Any], at_hand: dict[str, int] | None) -> tuple[CountRow, ...]:
    """Return the rows of the table of counts; recordings at hand only for who may see them."""
    analyses, n_dyads = content["analyses"], content["n_dyads"]

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
    open_ones = [one["n_ruptures"] - one["n_repaired"] - one["n_unrepaired"] for one in analyses]
    totals = [one["n_ruptures"] for one in analyses]
    rows.append(_counted("Not classifiable", open_ones, totals, indent=True))
    if at_hand is not None:
        counts = [at_hand.get(key, 0) for key in keys_of(content)]
        rows.append(_counted("All three recordings at hand", counts, totals, indent=False))
    return tuple(rows)


def compared(content: dict[str, Any]) -> tuple[Compared, ...]:
    """Return how many ruptures other fourths and other k would give, for each analysis."""
    settings = content["settings"]
    if not settings["chart"]:
        return ()
    labels = keys_of(content).values()
    return tuple(
        Compared(
            label,
            tuple(FOURTHS[name] for name in one["compared"]["fourths"]),
            tuple(f"k = {plain(k)}" for k in one["compared"]["k"]),
            sequential_cells(one["compared"]["n_ruptures"]),
            (
                one["compared"]["fourths"].index(settings["fourths"]),
                one["compared"]["k"].index(settings["k"]),
            ),
        )
        for label, one in zip(labels, content["analyses"], strict=True)
    )


def _counted(label: str, counts: list[int], totals: list[int], *, indent: bool) -> CountRow:
    pairs = zip(counts, totals, strict=True)
    return CountRow(label, indent, tuple((n, share(n, total)) for n, total in pairs))


def _listed(shown: Shown) -> list[dict[str, Any]]:
    return [one for one in shown.analysis["series"] if one["ruptures"] or not shown.only_ruptures]


def _neighbours(shown: Shown) -> tuple[str | None, str | None]:
    dyads = [one["dyad"] for one in _listed(shown)]
    if shown.dyad not in dyads:
        return None, dyads[0] if dyads else None
    at = dyads.index(shown.dyad)
    return dyads[at - 1] if at else None, dyads[at + 1] if at + 1 < len(dyads) else None


def _scores(series: dict[str, Any]) -> list[tuple[int, float | None]]:
    return list(zip(series["sessions"], series["scores"], strict=True))


def _limits(series: dict[str, Any], settings: dict[str, Any]) -> tuple[charts.Limit, ...]:
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
