"""Totals and subscale scores of questionnaires from the answers to their items."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from coder_app.analysis.results import StatsError
from coder_app.analysis.scoring_parts import ITEM_MEAN, MISSING_RULES, AnswerTable, Part

MEAN = "mean"


class ItemLike(Protocol):
    """An item of a questionnaire."""

    code: str


class SubscaleLike(Protocol):
    """Items that are scored together."""

    code: str
    items: Sequence[str]


class QuestionnaireLike(Protocol):
    """What scoring needs to know of a questionnaire; `scoring` is "sum" or "mean"."""

    name: str
    scoring: str
    lowest: int
    highest: int
    items: Sequence[ItemLike]
    subscales: Sequence[SubscaleLike]


class RuleLike(Protocol):
    """Codes of the items that are turned round, and what a missing answer does."""

    reversed: Collection[str]
    missing: str
    least_answered: float


@dataclass(frozen=True, slots=True)
class Scored:
    """The total of one questionnaire, and its subscales by code."""

    score: float | None
    n_imputed: int
    reason: str | None
    subscales: dict[str, Part]

    def list_parts(self) -> list[tuple[str, Part]]:
        """Return the total (code "") and the subscales."""
        return [("", Part(self.score, self.n_imputed, self.reason)), *self.subscales.items()]


def score_answers(
    instrument: QuestionnaireLike,
    rule: RuleLike,
    answers: Sequence[Mapping[str, int]],
    item_means: Sequence[Mapping[str, float]] | None = None,
) -> list[Scored]:
    """Score questionnaires: turn items round, fill in what is missing, add up or average.

    Reversal comes first: an answer x to a reversed item counts as lowest + highest - x. What is filled in is
    filled in among answers that all point the same way.

    =============== ================================================================================
    rule            a missing answer
    =============== ================================================================================
    ``none``        leaves the total, and each subscale that it belongs to, without a score
    ``person mean`` gets the mean of the items that this person answered in this questionnaire, all
                    items together, in subscales too (single mean imputation at item level)
    ``item mean``   gets the mean of all answers to the item at the same treatment session
    ``prorate``     is left out: the sum of the answered items is scaled up to the full number of
                    items (or their mean is taken), for each subscale within the subscale
    =============== ================================================================================

    At least the share `rule.least_answered` must be answered: of the whole questionnaire where missing
    answers are filled in, and of the subscale's own items where it is prorated. So one missing item of four
    (75 %) leaves a subscale without a prorated score at 80 %, while person mean and item mean fill it in if
    80 % of the whole questionnaire is there. For totals ``person mean`` and ``prorate`` give the same score;
    for subscales they do not: the first borrows from the other subscales, the second does not. A part of
    which no item was answered has no score under any rule, and one of which all were has one under each.

    Parameters
    ----------
    instrument : the questionnaire; a score is the sum or the mean of its items, as `scoring` says
    rule : which items are reversed and what is done about missing answers
    answers : for each questionnaire its answers by item code, as they came (not turned); what is missing is
        not there
    item_means : for each questionnaire the mean of all answers to each item at its treatment session, as they
        came (see `find_item_means`); needed by ``item mean`` alone

    Returns
    -------
    list of Scored, one for each questionnaire
        Sums of complete questionnaires are whole numbers and means the nearest float to a fraction of the
        number of items, so that `rupture.find_ruptures` compares them exactly. A score with `n_imputed` > 0
        lies on no such lattice and must not be put on it: `find_ruptures` takes those as they are.

    Raises
    ------
    StatsError
        An unknown rule, a share outside (0, 1], an item that the questionnaire does not have, an answer off
        its scale, or no item means where they are needed.

    Notes
    -----
    Person mean substitution at item level: Downey & King (1998), J General Psychology 125, 175-191, who find
    it close to complete data up to 20 % missing items; item means: the same; prorating equals the person mean
    within the scale (Mazza, Enders & Ruehlman 2015, Multivariate Behavioral Research 50, 504-519, who warn of
    it where items differ in mean). All treat what was filled in as if it had been answered: totals vary a
    little too little, and alpha must not be computed from them.
    """
    _check_rule(instrument, rule)
    if not answers:
        return []
    codes = [item.code for item in instrument.items]
    given = _as_matrix(instrument, codes, answers)
    turned = np.array([code in rule.reversed for code in codes])
    values = np.where(turned, instrument.lowest + instrument.highest - given, given)
    means = _means_matrix(instrument, rule, codes, turned, item_means, len(answers))
    table = AnswerTable(values, means, rule.missing, rule.least_answered, instrument.scoring == MEAN)
    place = {code: at for at, code in enumerate(codes)}
    parts = {one.code: table.score([place[code] for code in one.items]) for one in instrument.subscales}
    whole = table.score(list(range(len(codes))))
    return [
        Scored(total.score, total.n_imputed, total.reason, dict(zip(parts, rest, strict=True)))
        for total, *rest in zip(whole, *parts.values(), strict=True)
    ]


def find_item_means(answers: Sequence[Mapping[str, int]], sessions: Sequence[int]) -> list[dict[str, float]]:
    """Mean of all answers to each item at the same treatment session number.

    Parameters
    ----------
    answers : for each questionnaire of one informant and measure its answers by item code
    sessions : for each questionnaire the number of its treatment session

    Returns
    -------
    list of dict from item code to mean, one for each questionnaire
        Those of one session share one dict. An item that nobody answered at that session is not in it.
    """
    sums: dict[int, dict[str, list[int]]] = {}
    for session, given in zip(sessions, answers, strict=True):
        here = sums.setdefault(session, {})
        for code, answer in given.items():
            found = here.setdefault(code, [0, 0])
            found[0] += answer
            found[1] += 1
    means = {
        session: {code: total / n for code, (total, n) in here.items()} for session, here in sums.items()
    }
    return [means[session] for session in sessions]


def _check_rule(instrument: QuestionnaireLike, rule: RuleLike) -> None:
    if rule.missing not in MISSING_RULES:
        raise StatsError(f"rule {rule.missing!r} for missing answers; expected {', '.join(MISSING_RULES)}")
    if not 0 < rule.least_answered <= 1:
        raise StatsError(f"least share answered {rule.least_answered:g}; expected more than 0, at most 1")
    unknown = sorted(set(rule.reversed) - {item.code for item in instrument.items})
    if unknown:
        raise StatsError(f"{instrument.name} has no item {unknown[0]} that could be turned round")


def _as_matrix(
    instrument: QuestionnaireLike, codes: list[str], answers: Sequence[Mapping[str, int]]
) -> np.ndarray:
    known = set(codes)
    for number, one in enumerate(answers, start=1):
        if not one.keys() <= known:
            strange = sorted(one.keys() - known)[0]
            raise StatsError(f"questionnaire {number}: {instrument.name} has no item {strange}")
    table = np.array([[one.get(code, np.nan) for code in codes] for one in answers], dtype=float)
    off = np.argwhere((table < instrument.lowest) | (table > instrument.highest))
    if len(off):
        row, column = off[0]
        raise StatsError(
            f"questionnaire {row + 1}, item {codes[column]}: {table[row, column]:g}; expected "
            f"{instrument.lowest} to {instrument.highest}"
        )
    return table


def _means_matrix(
    instrument: QuestionnaireLike,
    rule: RuleLike,
    codes: list[str],
    turned: np.ndarray,
    item_means: Sequence[Mapping[str, float]] | None,
    n: int,
) -> np.ndarray | None:
    if rule.missing != ITEM_MEAN:
        return None
    if item_means is None or len(item_means) != n:
        raise StatsError(f"item means for {len(item_means or ())} questionnaires; expected {n}")
    rows: dict[int, list[float]] = {}
    for one in item_means:
        if id(one) not in rows:
            rows[id(one)] = [one.get(code, np.nan) for code in codes]
    means = np.array([rows[id(one)] for one in item_means], dtype=float)
    return np.where(turned, instrument.lowest + instrument.highest - means, means)
