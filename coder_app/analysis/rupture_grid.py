"""Every definition of ruptures in a grid of settings around the own ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from coder_app.analysis.fourths import DEFINITIONS
from coder_app.analysis.rupture_results import POOLED, RuptureSettings

CHART_ONLY, ABSOLUTE_ONLY, EITHER = "chart", "absolute", "both"
CRITERIA = (CHART_ONLY, EITHER, ABSOLUTE_ONLY)
USUAL_K = (1.0, 1.25, 1.5)
USUAL_DROPS = (1.5, 2.0, 2.5)
USUAL_RUNS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Grid:
    """The values that each setting takes; the own settings are always among them."""

    fourths: tuple[str, ...]
    k: tuple[float, ...]
    absolute: tuple[float, ...]
    pooled: tuple[str, ...]
    min_run: tuple[int, ...]


def make_grid(own: RuptureSettings) -> Grid:
    """Values of every setting: those in common use, and the own ones."""
    return Grid(
        DEFINITIONS,
        _with(USUAL_K, own.k if own.chart else None),
        _with(USUAL_DROPS, own.absolute),
        POOLED,
        _with(USUAL_RUNS, own.min_run),
    )


def list_definitions(grid: Grid, own: RuptureSettings) -> tuple[RuptureSettings, ...]:
    """Every combination of the grid's values that can differ in what it finds.

    Without the absolute criterion there is no drop to vary, without the chart no k; what a definition does
    not use is as in the own settings, so that the own definition stands there exactly once.
    """
    return tuple(
        definition
        for run, fourths, criteria in product(grid.min_run, grid.fourths, CRITERIA)
        for definition in _of_criteria(replace(own, fourths=fourths, min_run=run), criteria, grid)
    )


def criteria_of(definition: RuptureSettings) -> str:
    """Which of the two criteria a definition uses: chart, absolute or both."""
    if not definition.chart:
        return ABSOLUTE_ONLY
    return CHART_ONLY if definition.absolute is None else EITHER


def _with(usual: tuple, own: float | None) -> tuple:
    return usual if own is None else tuple(sorted({*usual, own}))


def _of_criteria(own: RuptureSettings, criteria: str, grid: Grid) -> Iterator[RuptureSettings]:
    ks = (own.k,) if criteria == ABSOLUTE_ONLY else grid.k
    drops = [(None, own.pooled)] if criteria == CHART_ONLY else product(grid.absolute, grid.pooled)
    for k, (absolute, pooled) in product(ks, list(drops)):
        yield replace(own, k=k, absolute=absolute, pooled=pooled, chart=criteria != ABSOLUTE_ONLY)
