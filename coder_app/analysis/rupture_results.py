"""Settings and results of the search for ruptures."""

import math
from dataclasses import dataclass

from coder_app.analysis.fourths import DEFINITIONS, HINGES
from coder_app.analysis.results import StatsError

POOLED = ("all", "within")
CHART, ABSOLUTE, BOTH = "control chart", "absolute", "both"
REPAIRED, UNREPAIRED = "repaired", "unrepaired"


@dataclass(frozen=True, slots=True)
class RuptureSettings:
    """How ruptures are found; `absolute` is a number of pooled SD, or None to leave that criterion out."""

    k: float = 1
    fourths: str = HINGES
    pooled: str = "all"
    absolute: float | None = 2
    min_run: int = 7
    chart: bool = True

    def __post_init__(self) -> None:
        """Refuse settings that no analysis can follow."""
        for name, value in (("k", self.k), ("absolute", self.absolute)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise StatsError(f"{name} {value}; expected a number above 0")
        if self.fourths not in DEFINITIONS:
            raise StatsError(f"fourths {self.fourths!r}; expected one of {', '.join(DEFINITIONS)}")
        if self.pooled not in POOLED:
            raise StatsError(f"pooled {self.pooled!r}; expected one of {', '.join(POOLED)}")
        if self.min_run < 2:
            raise StatsError(f"min_run {self.min_run}; expected at least 2 consecutive scores")
        if not self.chart and self.absolute is None:
            raise StatsError("no criterion is left; expected the control chart, the absolute drop or both")


@dataclass(frozen=True, slots=True)
class Rupture:
    """One rupture: sessions before, of and after it; `reason` says why a type is None."""

    dyad: str
    informant: str
    pre: int
    central: int
    post: int | None
    criterion: str
    type: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A score below the limit of its chart that is no rupture, because there is no score just before it."""

    session: int
    reason: str


@dataclass(frozen=True, slots=True)
class Series:
    """One dyad's scores by session, None for gaps, with the limits that a control chart shows."""

    dyad: str
    sessions: tuple[int, ...]
    scores: tuple[float | None, ...]
    analysed: bool
    longest_run: int
    why_not: str | None
    median: float | None
    lower_half_median: float | None
    upper_fourth: float | None
    lower_limit: float | None
    ruptures: tuple[Rupture, ...]
    not_judged: tuple[NotJudged, ...] = ()


@dataclass(frozen=True, slots=True)
class InformantRuptures:
    """What one informant's scores on one measure show; counts are of analysed series."""

    informant: str
    measure: str
    pooled_sd: float | None
    reason: str | None
    series: tuple[Series, ...]

    @property
    def n_series(self) -> int:
        """Series with a run long enough to be analysed."""
        return sum(one.analysed for one in self.series)

    @property
    def ruptures(self) -> tuple[Rupture, ...]:
        """All ruptures, by dyad and session."""
        return tuple(rupture for one in self.series for rupture in one.ruptures)

    @property
    def n_series_with_rupture(self) -> int:
        """Series with at least one rupture."""
        return sum(bool(one.ruptures) for one in self.series)

    @property
    def n_ruptures(self) -> int:
        """Ruptures, whether they can be classified or not."""
        return len(self.ruptures)

    @property
    def n_repaired(self) -> int:
        """Ruptures whose next score is back at the lower fourth or above it."""
        return sum(rupture.type == REPAIRED for rupture in self.ruptures)

    @property
    def n_unrepaired(self) -> int:
        """Ruptures whose next score is still below the lower fourth."""
        return sum(rupture.type == UNREPAIRED for rupture in self.ruptures)


@dataclass(frozen=True, slots=True)
class RuptureReport:
    """The settings and one analysis for every informant and measure."""

    settings: RuptureSettings
    analyses: tuple[InformantRuptures, ...]

    @property
    def informants(self) -> dict[str, InformantRuptures]:
        """The analyses by informant.

        Raises
        ------
        StatsError
            An informant has scores on more than one measure; `analyses` has them all.
        """
        found: dict[str, InformantRuptures] = {}
        for analysis in self.analyses:
            if analysis.informant in found:
                measures = sorted(a.measure for a in self.analyses if a.informant == analysis.informant)
                raise StatsError(
                    f"{analysis.informant} has scores on {len(measures)} measures ({', '.join(measures)}); "
                    "expected one measure for each informant"
                )
            found[analysis.informant] = analysis
        return found
