"""Series with and without a rupture compared on what is known of children and therapists."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from coder_app.analysis.covariates import (
    DYAD,
    THERAPIST,
    Known,
    Value,
    find_differing,
    list_covariates,
    write_value,
)
from coder_app.analysis.holm import adjust_holm
from coder_app.analysis.results import Estimate
from coder_app.analysis.two_groups import (
    CountsCompared,
    MeansCompared,
    compare_counts,
    compare_means,
    correlate,
)

NUMBERS, WORDS = "numbers", "words"
MOST_CATEGORIES = 10


@dataclass(frozen=True, slots=True)
class Group:
    """One group's numbers; None where there are too few of them."""

    n: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One covariate, of units with and without a rupture.

    Of numbers there are `groups` (with, without) and `means`; of words `categories` (word, with, without),
    `counts` and, where there are two, `means` of the last one as 1 and the other as 0. `p` is that of F, else
    the exact one. `share_r` relates a therapist's covariate to the share of that therapist's series with a
    rupture. `n_missing` counts units of which it is not known.
    """

    covariate: str
    level: str
    kind: str | None
    groups: tuple[Group, Group] | None
    categories: tuple[tuple[str, int, int], ...]
    n_with: int
    n_without: int
    n_missing: int
    means: MeansCompared | None
    counts: CountsCompared | None
    p: float | None
    p_holm: float | None
    share_r: Estimate | None
    share_p: float | None
    reason: str | None


def compare_covariates(
    ruptured: Mapping[str, bool],
    known: Known,
    *,
    therapist: str | None = None,
    of_therapist: Collection[str] = (),
    left_out: Collection[str] = (),
    confidence: float = 0.95,
) -> tuple[Compared, ...]:
    """Compare units with and without a rupture on each covariate.

    Parameters
    ----------
    ruptured : for each dyad whose series is analysed, whether it has a rupture
    known : covariates by dyad, for all dyads; what is not known is not there
    therapist : the covariate that says who the therapist is; it is not compared itself
    of_therapist : covariates whose units are therapists: one value for each, and with a rupture where at
        least one analysed series of that therapist's dyads has one
    left_out : covariates that are not compared
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    tuple of Compared
        By name, those of dyads first; `p_holm` is adjusted over all that have a p. A covariate with two
        different numbers counts as words. Without a figure where one group is empty, nothing varies, a
        therapist has two values, or there are more than 10 words.
    """
    names = set(list_covariates(known)) - {therapist, *left_out}
    ordered = sorted(names, key=lambda name: (name in of_therapist, name))
    found = []
    for name in ordered:
        if name in of_therapist:
            found.append(_of_therapists(ruptured, known, therapist, name, confidence))
        else:
            values = {dyad: known.get(dyad, {}).get(name) for dyad in ruptured}
            found.append(_compare(name, DYAD, dict(ruptured), values, confidence))
    adjusted = adjust_holm([one.p for one in found])
    return tuple(replace(one, p_holm=p) for one, p in zip(found, adjusted, strict=True))


def _of_therapists(
    ruptured: Mapping[str, bool], known: Known, therapist: str | None, name: str, confidence: float
) -> Compared:
    series: dict[Value, list[bool]] = defaultdict(list)
    for dyad, has in ruptured.items():
        if therapist and (who := known.get(dyad, {}).get(therapist)) is not None:
            series[who].append(has)
    differing = find_differing(known, therapist, name) if therapist else ()
    if not therapist or differing:
        reason = (
            f"differs between the dyads of {_listed(differing)}" if therapist else "no therapist is known"
        )
        return _without_figures(name, THERAPIST, None, 0, 0, len(series), reason)
    of_each = {
        values[therapist]: values[name] for values in known.values() if therapist in values and name in values
    }
    values = {who: of_each.get(who) for who in series}
    found = _compare(name, THERAPIST, {who: any(has) for who, has in series.items()}, values, confidence)
    if found.reason:
        return found
    there = [who for who, value in values.items() if value is not None]
    shares = np.array([np.mean(series[who]) for who in there])
    if found.kind == WORDS and len(found.categories) > 2:
        return replace(found, share_r=Estimate(None, None, None, "of numbers or two words only"))
    x = _as_numbers([values[who] for who in there], found)
    r, p = correlate(x, shares, confidence)
    return replace(found, share_r=r, share_p=p)


def _compare(name: str, level: str, ruptured: dict, values: dict, confidence: float) -> Compared:
    there = {unit: value for unit, value in values.items() if value is not None}
    n_missing = len(values) - len(there)
    groups = [[value for unit, value in there.items() if ruptured[unit] is has] for has in (True, False)]
    sizes = [len(group) for group in groups]
    distinct = set(there.values())
    all_numbers = all(not isinstance(value, str) for value in distinct)
    kind = NUMBERS if all_numbers and len(distinct) != 2 else WORDS
    reason = _why_not(distinct, sizes, kind, level)
    if reason:
        return _without_figures(name, level, kind if distinct else None, *sizes, n_missing, reason)
    if kind == NUMBERS:
        made = [np.array(group, dtype=float) for group in groups]
        means = compare_means(*made, confidence)
        summaries = tuple(_summarise(group) for group in made)
        rest = (summaries, (), *sizes, n_missing, means, None, means.f.p)
    else:
        words = sorted(distinct, key=lambda value: (isinstance(value, str), value))
        table = np.array([[group.count(word) for group in groups] for word in words])
        counts = compare_counts(table, confidence)
        means = None
        if len(words) == 2:
            means = compare_means(
                *(np.array([v == words[1] for v in g], dtype=float) for g in groups), confidence
            )
        rows = tuple((write_value(word), *map(int, row)) for word, row in zip(words, table, strict=True))
        p = means.f.p if means and means.f.p is not None else counts.p_exact
        rest = (None, rows, *sizes, n_missing, means, counts, counts.p_chi2 if p is None else p)
    return Compared(name, level, kind, *rest, None, None, None, None)


def _why_not(distinct: set[Value], sizes: list[int], kind: str, level: str) -> str | None:
    if not distinct:
        return "not known of any that is analysed"
    many = {DYAD: "series", THERAPIST: "therapist"}[level]
    for size, word in zip(sizes, ("with", "without"), strict=True):
        if not size:
            return f"no {many} {word} a rupture of which it is known"
    if len(distinct) == 1:
        return f"the same for all: {write_value(next(iter(distinct)))}"
    if kind == WORDS and len(distinct) > MOST_CATEGORIES:
        return f"{len(distinct)} different words; at most {MOST_CATEGORIES} are compared"
    return None


def _without_figures(
    name: str, level: str, kind: str | None, n_with: int, n_without: int, n_missing: int, reason: str
) -> Compared:
    none = (None, None, None, None, None, None)
    return Compared(name, level, kind, None, (), n_with, n_without, n_missing, *none, reason)


def _summarise(values: np.ndarray) -> Group:
    sd = float(values.std(ddof=1)) if len(values) > 1 else None
    return Group(len(values), float(values.mean()), sd)


def _as_numbers(values: list[Value], found: Compared) -> np.ndarray:
    """Values as they are, or the last of two words as 1."""
    if found.kind == NUMBERS:
        return np.array(values, dtype=float)
    return np.array([write_value(value) == found.categories[-1][0] for value in values], dtype=float)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
