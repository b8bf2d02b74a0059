"""One score from a group of items: which questionnaires get one, and what is filled in for it."""

from dataclasses import dataclass

import numpy as np

NONE, PERSON_MEAN, ITEM_MEAN, PRORATE = "none", "person mean", "item mean", "prorate"
MISSING_RULES = (PERSON_MEAN, ITEM_MEAN, PRORATE, NONE)
# Room for the noise of a float in share times items.
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """One score, None with the reason where there is none; `n_imputed` answers were filled in for it."""

    score: float | None
    n_imputed: int
    reason: str | None


@dataclass(frozen=True)
class AnswerTable:
    """Turned answers (NaN where missing) of questionnaires x items, and how to make scores of them."""

    values: np.ndarray
    means: np.ndarray | None
    missing: str
    least_answered: float
    is_mean: bool

    def score(self, items: list[int]) -> list[Part]:
        """Score the items together; whole numbers are added and divided once, so that nothing is lost."""
        own, n_items = self.values[:, items], len(items)
        answered = np.isfinite(own)
        n = answered.sum(axis=1)
        lacking = n_items - n
        sums = np.where(answered, own, 0.0).sum(axis=1)
        has_score, reasons = self._judge(items, n, lacking)
        with np.errstate(divide="ignore", invalid="ignore"):
            numerator, divisor = self._fraction(items, sums, n, lacking)
            scores = numerator / (divisor * n_items if self.is_mean else divisor)
        return [
            Part(float(score), int(lack), None) if ok else Part(None, 0, reason)
            for score, lack, ok, reason in zip(scores, lacking, has_score, reasons, strict=True)
        ]

    def _fraction(
        self, items: list[int], sums: np.ndarray, n: np.ndarray, lacking: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The sum of all items with what is filled in, as numerator and divisor."""
        if self.means is not None:
            filled = np.where(np.isfinite(self.values), 0.0, self.means)[:, items].sum(axis=1)
            return sums + np.where(lacking > 0, filled, 0.0), np.ones(len(sums))
        if self.missing == PERSON_MEAN:
            whole, n_whole = np.nansum(self.values, axis=1), np.isfinite(self.values).sum(axis=1)
            borrowed = np.where(lacking > 0, n_whole, 1)
            return sums * borrowed + lacking * whole, borrowed
        divisor = np.where(lacking > 0, n, 1)
        return sums * np.where(lacking > 0, n + lacking, 1), divisor

    def _judge(
        self, items: list[int], n: np.ndarray, lacking: np.ndarray
    ) -> tuple[np.ndarray, list[str | None]]:
        """Which questionnaires get a score, and why the others get none."""
        n_items = len(items)
        if self.missing == PRORATE:
            answered, of = n, n_items
        else:
            answered, of = np.isfinite(self.values).sum(axis=1), self.values.shape[1]
        few = answered < self.least_answered * of - _NOISE
        unknown = self._without_mean(items)
        refused = (lacking > 0) & ((self.missing == NONE) | few | (n == 0) | unknown)
        reasons = [
            self._reason(n_items, *one) if not_scored else None
            for not_scored, *one in zip(refused, n, answered, [of] * len(n), few, strict=True)
        ]
        return ~refused, reasons

    def _without_mean(self, items: list[int]) -> np.ndarray:
        if self.means is None:
            return np.zeros(len(self.values), bool)
        return (~np.isfinite(self.values) & ~np.isfinite(self.means))[:, items].any(axis=1)

    def _reason(self, n_items: int, n: int, answered: int, of: int, few: bool) -> str:
        if n == 0:
            return f"none of {n_items} items answered"
        if self.missing == NONE:
            return f"{n} of {n_items} items answered"
        if few:
            return f"{answered} of {of} items answered: at least {self.least_answered:.0%} are needed"
        return "an item that nobody answered at this session"
