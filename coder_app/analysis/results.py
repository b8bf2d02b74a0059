"""What every statistic hands back, and the one error that all of them raise."""

from dataclasses import dataclass


class StatsError(ValueError):
    """Data that no figure can be computed from; the message names the place and what was expected."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; None stands for what cannot be computed, `reason` says why."""

    estimate: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FTest:
    """An F test; where the error term is 0 there is no F, and `reason` says so."""

    f: float | None
    df1: float
    df2: float
    p: float | None
    reason: str | None = None
