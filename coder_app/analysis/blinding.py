"""How blind coders were: blinding indices of their guesses, several of which come from one coder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from coder_app.analysis.blinding_indices import bang_error, bang_index, james_error, james_index
from coder_app.analysis.results import StatsError

DONT_KNOW = "don't know"
FEWEST_CODERS = 3
FEWEST_DEFINED = 0.9
OF_CODERS = "bootstrap of coders"
ANALYTIC = "analytic"
TOO_NARROW = (
    f"fewer than {FEWEST_CODERS} coders answered, so the interval takes all answers for independent and is "
    "too narrow"
)


@dataclass(frozen=True, slots=True)
class BlindingIndex:
    """One index with its interval; None stands for what cannot be computed, `reason` says why.

    `method` is how the interval was found, `caution` what is to be said beside it.
    """

    estimate: float | None
    lower: float | None
    upper: float | None
    method: str | None
    n_coders: int
    reason: str | None = None
    caution: str | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """The answers about what belongs to one arm: `n`, of them `n_guessed` other than "don't know"."""

    name: str
    n: int
    n_guessed: int
    n_right: int
    bang: BlindingIndex


@dataclass(frozen=True, slots=True)
class BlindingResult:
    """James' index over all answers, Bang's in each arm, and the table that both come from.

    `counts[guess][arm]` in the order of the answers, the last row "don't know".
    """

    n: int
    n_guessed: int
    n_coders: int
    counts: tuple[tuple[int, ...], ...]
    james: BlindingIndex
    arms: tuple[Arm, ...]


def find_blinding(
    frame: pd.DataFrame,
    answers: Sequence[str],
    bootstrap: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
) -> BlindingResult:
    """James' and Bang's blinding index of coders' guesses.

    Parameters
    ----------
    frame : columns coder, arm (what is true), guess; a row an answer. A guess is one of `answers` or
        DONT_KNOW
    answers : the K >= 2 arms, which are also what can be guessed
    bootstrap, seed : resamples of coders (0 = analytic intervals), and the generator's seed
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    BlindingResult
        The indices are those of `james_index` and `bang_index`; intervals end where the index does. James' is
        withheld when an arm has no answers. There is no interval when all answers count the same.

    Raises
    ------
    StatsError
        A column is missing, there are not at least 2 different answers, an arm or a guess is none of them, or
        a coder is empty.

    Notes
    -----
    Answers of one coder hang together. With at least 3 coders in the arm the interval is the estimate
    -+ t(c - 1) sqrt(c/(c - 1)) SD, with the SD of the index over resamples of the c coders, else the normal
    one of independent answers. Simulated for Bang's index with 3 to 15 coders, 10 answers each and
    correlations within coders of 0 to .2, it covered .92 to .96; percentiles of the resamples covered .71 to
    .93, the interval of independent answers .77 to .96. That coders answer about the same recordings is not
    allowed for.
    """
    values, coders = _read(frame, answers)
    counts = np.zeros((len(coders), len(answers) + 1, len(answers)))
    np.add.at(counts, tuple(values.T), 1)
    total = counts.sum(axis=0)
    intervals = _Intervals(bootstrap, seed, confidence)
    reason = _why_no_james(total, answers)
    return BlindingResult(
        n=len(values),
        n_guessed=int(total[:-1].sum()),
        n_coders=len(coders),
        counts=tuple(tuple(int(count) for count in row) for row in total),
        james=_missing(reason, len(coders))
        if reason
        else intervals.around(james_index, counts, (0.0, 1.0), james_error(total)),
        arms=tuple(_arm(str(name), place, counts, intervals) for place, name in enumerate(answers)),
    )


@dataclass(frozen=True, slots=True)
class _Intervals:
    """Intervals from resampled coders where there are enough of them, else from independent answers."""

    n_samples: int
    seed: int
    confidence: float

    def around(
        self,
        statistic: Callable[[np.ndarray], np.ndarray],
        counts: np.ndarray,
        bounds: tuple[float, float],
        error: float,
    ) -> BlindingIndex:
        """The index of all coders' tables together; `error` is the one of independent answers."""
        n = len(counts)
        estimate = float(statistic(counts.sum(axis=0)))
        tail = (1 + self.confidence) / 2
        quantile, method, caution, reason = float(norm.ppf(tail)), ANALYTIC, None, None
        if error < 1e-9:
            reason = "no interval: all answers count the same"
        elif self.n_samples and n >= FEWEST_CODERS:
            quantile, method = float(t.ppf(tail, n - 1)), OF_CODERS
            error, reason = self._spread(statistic, counts)
        elif counts.sum() > n and n < FEWEST_CODERS:
            caution = TOO_NARROW
        if reason:
            return BlindingIndex(estimate, None, None, None, n, reason)
        lower, upper = np.clip([estimate - quantile * error, estimate + quantile * error], *bounds)
        return BlindingIndex(estimate, float(lower), float(upper), method, n, None, caution)

    def _spread(
        self, statistic: Callable[[np.ndarray], np.ndarray], counts: np.ndarray
    ) -> tuple[float, str | None]:
        """Standard error over resampled coders, or why there is none."""
        n = len(counts)
        weights = np.random.default_rng(self.seed).multinomial(n, np.full(n, 1 / n), size=self.n_samples)
        values = statistic(np.tensordot(weights.astype(float), counts, axes=1))
        values = values[np.isfinite(values)]
        if len(values) < FEWEST_DEFINED * self.n_samples:
            lost = self.n_samples - len(values)
            return (
                0.0,
                f"no interval: the index is undefined in {lost} of {self.n_samples} resamples of coders",
            )
        spread = float(values.std() * np.sqrt(n / (n - 1)))
        return (
            spread,
            None if spread > 1e-9 else "no interval: the index is the same in all resamples of coders",
        )


def _arm(name: str, place: int, counts: np.ndarray, intervals: _Intervals) -> Arm:
    own = counts[counts[:, :, place].sum(axis=1) > 0]
    total = own.sum(axis=0)
    index = _missing(f"there is no answer about {name}", 0)
    if len(own):
        lowest = -1 / (counts.shape[-1] - 1)
        error = bang_error(total, place)
        index = intervals.around(lambda tables: bang_index(tables, place), own, (lowest, 1.0), error)
    answers = total[:, place]
    return Arm(name, int(answers.sum()), int(answers[:-1].sum()), int(answers[place]), index)


def _missing(reason: str, n_coders: int) -> BlindingIndex:
    return BlindingIndex(None, None, None, None, n_coders, reason)


def _why_no_james(total: np.ndarray, answers: Sequence[str]) -> str | None:
    if not total.sum():
        return "there are no answers"
    empty = [str(name) for name, n in zip(answers, total.sum(axis=0), strict=True) if not n]
    if empty:
        return f"there is no answer about {', '.join(empty)}"
    if np.isnan(james_index(total)):
        return "all guesses name one arm and all belong to it, so chance cannot be told from knowledge"
    return None


def _read(frame: pd.DataFrame, answers: Sequence[str]) -> tuple[np.ndarray, pd.Index]:
    """Return (coder, guess, arm) of each answer as places, and the coders."""
    missing = [column for column in ("coder", "arm", "guess") if column not in frame.columns]
    if missing:
        raise StatsError(f"missing column {missing[0]!r}; expected coder, arm, guess")
    if len(set(answers) - {DONT_KNOW}) < max(2, len(answers)):
        raise StatsError('at least 2 different answers are needed, and "don\'t know" is none of them')
    coders, names = pd.factorize(frame["coder"])
    if (coders < 0).any():
        raise StatsError(f"column coder: empty in {int((coders < 0).sum())} rows")
    places = [coders]
    for column, known in (("guess", [*answers, DONT_KNOW]), ("arm", [*answers])):
        places.append(pd.Index(known).get_indexer(frame[column]))
        if (places[-1] < 0).any():
            strange = frame[column].iloc[int(places[-1].argmin())]
            raise StatsError(f"{column} {strange!r} is none of {', '.join(map(str, known))}")
    return np.column_stack(places), names
