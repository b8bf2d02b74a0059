"""Series in blocks, so that memory does not grow with their number, and the variance of all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coder_app.analysis.lattice import LARGEST, ExactScores, read_exactly

BLOCK_SCORES = 2**17


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Some series, of which `first` is the number among all series and `begin` the place among all scores.

    `answered` are the places of scores in the block, `exact` what they are. One entry a series have `starts`
    and `counts` (of its scores), `runs` (the longest) and `enter`.
    """

    first: int
    begin: int
    answered: np.ndarray
    exact: ExactScores
    starts: np.ndarray
    counts: np.ndarray
    runs: np.ndarray
    enter: np.ndarray

    @classmethod
    def read(
        cls,
        first: int,
        begin: int,
        scores: np.ndarray,
        lengths: np.ndarray,
        min_run: int,
        n_items: int | None,
        imputed: np.ndarray | None,
    ) -> "Block":
        """Make scores exact and find the runs."""
        has_score = ~np.isnan(scores)
        answered = np.flatnonzero(has_score)
        before = np.concatenate([[0], np.cumsum(has_score)])
        ends = np.cumsum(lengths)
        starts = before[ends - lengths]
        runs = _longest_runs(has_score, ends - lengths, lengths)
        filled = None if imputed is None else imputed[answered]
        exact = read_exactly(scores[answered], n_items, filled)
        return cls(first, begin, answered, exact, starts, before[ends] - starts, runs, runs >= min_run)

    def by_answered(self) -> Iterator[tuple[int, np.ndarray]]:
        """Series that enter, by their number of scores."""
        for n in np.unique(self.counts[self.enter]).tolist():
            yield n, np.flatnonzero(self.enter & (self.counts == n))

    def places(self, rows: np.ndarray, n: int) -> np.ndarray:
        """Places of their `n` scores among those answered, one row a series."""
        return self.starts[rows][:, None] + np.arange(n)


def read_blocks(
    scores: np.ndarray,
    lengths: np.ndarray,
    min_run: int,
    n_items: int | None,
    imputed: np.ndarray | None,
) -> Iterator[Block]:
    """Read series that lie end to end, a block at a time: `BLOCK_SCORES` sessions or one long series."""
    ends = np.cumsum(lengths)
    first = begin = 0
    while first < len(lengths):
        last = max(first + 1, int(np.searchsorted(ends, begin + BLOCK_SCORES, side="right")))
        end = int(ends[last - 1])
        filled = None if imputed is None else imputed[begin:end]
        yield Block.read(first, begin, scores[begin:end], lengths[first:last], min_run, n_items, filled)
        first, begin = last, end


def pool_variance(blocks: list[Block], within: bool) -> tuple[Fraction | None, bool]:
    """Variance (n - 1) of all scores that enter, or within series; and whether all are on the lattice."""
    total = squares = taken = Fraction(0)
    n_scores = n_series = 0
    on_lattice = True
    for block in blocks:
        for n, rows in block.by_answered():
            places = block.places(rows, n)
            # 64 bits hold no sum of squares of what they hold.
            largest = max(1, block.exact.largest * n)
            scores = widen(block.exact.numerators[places], largest * largest * len(rows))
            sums = scores.sum(axis=1)
            unit = block.exact.denominator
            total += Fraction(int(sums.sum()), unit)
            squares += Fraction(int((scores * scores).sum()), unit**2)
            taken += Fraction(int((sums * sums).sum()), n * unit**2)
            n_scores, n_series = n_scores + n * len(rows), n_series + len(rows)
            on_lattice = on_lattice and bool(block.exact.on_lattice[places].all())
    if not n_series:
        return None, on_lattice
    if within:
        return (squares - taken) / (n_scores - n_series), on_lattice
    return (squares - total**2 / n_scores) / (n_scores - 1), on_lattice


def _longest_runs(has_score: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Length of the longest stretch of scores in each series."""
    at = np.arange(len(has_score))
    broken = np.where(has_score, -1, at)
    some = lengths > 0
    first = starts[some]
    broken[first] = np.maximum(broken[first], first - 1)
    longest = np.zeros(len(lengths), dtype=np.int64)
    if len(first):
        longest[some] = np.maximum.reduceat(at - np.maximum.accumulate(broken), first)
    return longest


def widen(numbers: np.ndarray, largest: int) -> np.ndarray:
    """Go on in Python's own integers where something as large is to come."""
    return numbers if largest < LARGEST else numbers.astype(object)
