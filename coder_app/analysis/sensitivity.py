"""How much the ruptures found hang on their definition: what each definition of a grid finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_grid import Grid, criteria_of, list_definitions, make_grid
from coder_app.analysis.rupture_results import (
    REPAIRED,
    UNREPAIRED,
    InformantRuptures,
    RuptureReport,
    RuptureSettings,
)

# In pooled SD: any drop at all, so that every rupture of every definition is among them.
ANY_DROP = 1e-9

Progress = Callable[[int, int], None]
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one definition finds; `in_common` is the Jaccard index with the own settings."""

    n_series: int
    n_series_with_rupture: int
    n_ruptures: int
    n_repaired: int
    n_unrepaired: int
    in_common: float | None


@dataclass(frozen=True, slots=True)
class FoundAnywhere:
    """A rupture that at least one definition finds.

    `share` is of all definitions that find it, `share_of_criteria` of those with the own criteria; `types`
    has the type under every definition of the fourths that finds it.
    """

    dyad: str
    pre: int
    central: int
    post: int | None
    reason: str | None
    longest_run: int
    share: float
    share_of_criteria: float
    by_own: bool
    types: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class InformantSensitivity:
    """What all definitions find in one informant's scores on one measure, in the order of the definitions."""

    informant: str
    measure: str
    n_series: dict[int, int]
    outcomes: tuple[Outcome, ...]
    ruptures: tuple[FoundAnywhere, ...]


def compare_definitions(
    frame: pd.DataFrame,
    own: RuptureSettings,
    mean_items: Mapping[str, int] | None = None,
    progress: Progress = lambda done, total: None,
) -> tuple[tuple[RuptureSettings, ...], tuple[InformantSensitivity, ...]]:
    """Find the ruptures under every definition of the grid around the own settings.

    The chart looks at fourths and k alone, the absolute criterion at drop and SD (which rests on the series
    that the shortest run lets in) alone, the type at the fourths alone, and the shortest run leaves series
    out. So some seventy searches, put together, say what each of a thousand definitions finds, exactly as
    `find_ruptures` does.

    Parameters
    ----------
    frame : DataFrame
        As `find_ruptures` reads it.
    own : RuptureSettings
        The settings that the others are compared with.
    mean_items : mapping of str to int, optional
        Number of integer items for each measure whose score is their mean.
    progress : callable
        Told after each search how many of how many are done.

    Returns
    -------
    tuple
        The definitions, and for each (informant, measure) what they find.

    Raises
    ------
    StatsError
        The frame cannot be read as series.

    References
    ----------
    Steegen et al. (2016), Perspectives on Psychological Science, 11, 702-712 (multiverse analysis); Simonsohn
    et al. (2020), Nature Human Behaviour, 4, 1208-1214 (specification curve).
    """
    grid = make_grid(own)
    definitions = list_definitions(grid, own)
    searches = dict(_searches(grid))
    reports: dict[tuple, RuptureReport] = {}
    for done, (key, settings) in enumerate(searches.items()):
        progress(done, len(searches))
        reports[key] = find_ruptures(frame, settings, mean_items)
    n_analyses = len(next(iter(reports.values())).analyses)
    return definitions, tuple(
        _compare(grid, definitions, own, {key: report.analyses[place] for key, report in reports.items()})
        for place in range(n_analyses)
    )


def jaccard(first: set, second: set) -> float | None:
    """Share of what both have in all that either has; None when neither has anything."""
    either = len(first | second)
    return len(first & second) / either if either else None


def _searches(grid: Grid) -> Iterator[tuple[tuple, RuptureSettings]]:
    """Each search by what it tells: the drops with their types, the chart's ruptures, the absolute ones."""
    lowest = min(grid.min_run)
    for fourths in grid.fourths:
        drops = RuptureSettings(fourths=fourths, absolute=ANY_DROP, min_run=lowest, chart=False)
        yield ("drops", fourths), drops
        for k in grid.k:
            yield (
                ("chart", fourths, k),
                RuptureSettings(k=k, fourths=fourths, absolute=None, min_run=lowest),
            )
    for absolute, pooled, run in product(grid.absolute, grid.pooled, grid.min_run):
        settings = RuptureSettings(pooled=pooled, absolute=absolute, min_run=run, chart=False)
        yield ("absolute", absolute, pooled, run), settings


def _compare(
    grid: Grid,
    definitions: tuple[RuptureSettings, ...],
    own: RuptureSettings,
    found: dict[tuple, InformantRuptures],
) -> InformantSensitivity:
    drops = {fourths: found["drops", fourths] for fourths in grid.fourths}
    anywhere = next(iter(drops.values()))
    places = {(one.dyad, one.central): number for number, one in enumerate(anywhere.ruptures)}
    runs = {one.dyad: one.longest_run for one in anywhere.series}
    run_of = np.array([runs[dyad] for dyad, _ in places], dtype=int)
    marked = {key: _mark(analysis, places) for key, analysis in found.items() if key[0] != "drops"}
    by_definition = np.array(
        [_find(definition, marked, run_of) for definition in definitions], dtype=bool
    ).reshape(len(definitions), len(places))
    types = {
        fourths: np.array([one.type or "" for one in analysis.ruptures], dtype=object)
        for fourths, analysis in drops.items()
    }
    n_series = {run: sum(longest >= run for longest in runs.values()) for run in grid.min_run}
    at_own = by_definition[definitions.index(own)]
    dyads = np.array([dyad for dyad, _ in places], dtype=object)
    outcomes = tuple(
        _outcome(mask, at_own, types[one.fourths], dyads, n_series[one.min_run])
        for one, mask in zip(definitions, by_definition, strict=True)
    )
    ruptures = tuple(_found_anywhere(definitions, own, by_definition, at_own, drops, runs))
    return InformantSensitivity(anywhere.informant, anywhere.measure, n_series, outcomes, ruptures)


def _mark(analysis: InformantRuptures, places: dict[Place, int]) -> np.ndarray:
    marks = np.zeros(len(places), dtype=bool)
    marks[[places[one.dyad, one.central] for one in analysis.ruptures]] = True
    return marks


def _find(definition: RuptureSettings, marked: dict[tuple, np.ndarray], run_of: np.ndarray) -> np.ndarray:
    found = np.zeros(len(run_of), dtype=bool)
    if definition.chart:
        found |= marked["chart", definition.fourths, definition.k] & (run_of >= definition.min_run)
    if definition.absolute is not None:
        found |= marked["absolute", definition.absolute, definition.pooled, definition.min_run]
    return found


def _outcome(
    mask: np.ndarray, at_own: np.ndarray, types: np.ndarray, dyads: np.ndarray, n_series: int
) -> Outcome:
    either = int((mask | at_own).sum())
    return Outcome(
        n_series,
        len(set(dyads[mask])),
        int(mask.sum()),
        int((types[mask] == REPAIRED).sum()),
        int((types[mask] == UNREPAIRED).sum()),
        int((mask & at_own).sum()) / either if either else None,
    )


def _found_anywhere(
    definitions: tuple[RuptureSettings, ...],
    own: RuptureSettings,
    by_definition: np.ndarray,
    at_own: np.ndarray,
    drops: dict[str, InformantRuptures],
    runs: dict[str, int],
) -> Iterator[FoundAnywhere]:
    same = np.array([criteria_of(one) == criteria_of(own) for one in definitions])
    of_fourths = {name: np.array([one.fourths == name for one in definitions]) for name in drops}
    columns = zip(*(analysis.ruptures for analysis in drops.values()), strict=True)
    for number, one in enumerate(columns):
        found = by_definition[:, number]
        if not found.any():
            continue
        first = one[0]
        types = {
            name: rupture.type
            for name, rupture in zip(drops, one, strict=True)
            if found[of_fourths[name]].any()
        }
        yield FoundAnywhere(
            *(first.dyad, first.pre, first.central, first.post, first.reason, runs[first.dyad]),
            share=float(found.mean()),
            share_of_criteria=float(found[same].mean()),
            by_own=bool(at_own[number]),
            types=types,
        )
