"""Subscales: internal consistency of their items, agreement and error of measurement of their sums."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.reliability_forms import describe_forms
from coder_app.services.reliability_frames import complete_only, find_icc, name_ends
from coder_app.services.reliability_settings import PRORATED

if TYPE_CHECKING:
    import pandas as pd

NO_SUM = "no coder’s sum is complete"
NO_ITEM = "the plan leaves none of its items in"
_ERROR = ("sem", "sem_lower", "sem_upper", "sdc", "sdc_lower", "sdc_upper")


def make_sums(frame: "pd.DataFrame", subscale: dict[str, Any], settings: dict[str, Any]) -> "pd.DataFrame":
    """Return each coder's sum of each recording, prorated where the settings say so."""
    from coder_app.analysis.sums import ENOUGH_ANSWERED, sum_scores

    prorate = ENOUGH_ANSWERED if settings["sums"] == PRORATED else None
    return sum_scores(frame, subscale["items"], subscale["code"], prorate)


def describe_sum(frame: "pd.DataFrame", subscale: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return omega and alpha of a subscale's items, and ICC, SEM and SDC of its sums."""
    from coder_app.analysis.measurement import measurement_error
    from coder_app.analysis.omega import omega_total

    items = frame[frame["item"].isin(subscale["items"])]
    if not subscale["items"] or items["score"].notna().sum() == 0:
        return without_sum(subscale, NO_SUM if subscale["items"] else NO_ITEM)
    confidence, bootstrap, seed = (settings[name] for name in ("confidence", "bootstrap", "seed"))
    omega = asdict(omega_total(items, bootstrap, seed, confidence))
    omega |= {name: list(omega[name]) for name in ("dropped_items", "warnings")} | _omega_of_means(items)
    sums = make_sums(items, subscale, settings)
    if sums["score"].notna().sum() == 0:
        return without_sum(subscale, NO_SUM) | {"omega": omega}
    result = find_icc(sums, settings)[0]
    single = result.icc["ICC(A,1)"]
    error = measurement_error(sums, confidence, bootstrap, seed)[0]
    table = sums.pivot(index="target", columns="rater", values="score")
    missing = int(sums["score"].isna().sum())
    return {
        **subscale,
        "omega": omega,
        "icc": asdict(single),
        "forms": describe_forms(result),
        **name_ends(single, settings),
        "complete_only": complete_only(table, settings) if result.design == "incomplete" else None,
        "design": result.design,
        "n_targets": result.n_targets,
        "n_raters": result.n_raters,
        "n_scores": int(sums["score"].notna().sum()),
        "n_missing": missing,
        "n_prorated": _count_prorated(items, subscale, settings, missing),
        "reason": result.reason,
        **{name: getattr(error, name) for name in _ERROR},
        "error_reason": error.interval_reason,
    }


def _omega_of_means(items: "pd.DataFrame") -> dict[str, Any]:
    """Return omega with one row for each recording, the mean of its coders: the second line beside omega."""
    from coder_app.analysis.omega import omega_total
    from coder_app.analysis.sums import average_raters

    found = omega_total(average_raters(items), 0)
    return {"of_means": found.omega_total, "of_means_reason": found.reason}


def without_sum(subscale: dict[str, Any], reason: str) -> dict[str, Any]:
    """Return a subscale without figures, and why."""
    none = dict.fromkeys(("omega", "icc", "word", "lower_word", "upper_word", "complete_only", *_ERROR))
    counts = dict.fromkeys(("n_targets", "n_raters", "n_scores", "n_missing", "n_prorated"), 0)
    return {**subscale, **none, **counts, "forms": [], "design": None, "error_reason": None, "reason": reason}


def _count_prorated(
    items: "pd.DataFrame", subscale: dict[str, Any], settings: dict[str, Any], missing: int
) -> int:
    """How many sums lack an item and stand all the same."""
    if settings["sums"] != PRORATED:
        return 0
    plain = make_sums(items, subscale, settings | {"sums": "missing"})
    return int(plain["score"].isna().sum()) - missing
