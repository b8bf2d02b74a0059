"""Computing prevalence, accordance, distribution over treatment and comparisons from collected scores."""

from collections import Counter
from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.rupture_content import make_frame

if TYPE_CHECKING:
    from coder_app.analysis.rupture_results import InformantRuptures


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find the ruptures and make the tables; the worker calls this."""
    from coder_app.analysis.rupture import find_ruptures
    from coder_app.analysis.rupture_results import RuptureSettings

    settings = RuptureSettings(**inputs["settings"])
    found = find_ruptures(make_frame(inputs), settings, inputs["mean_items"]).analyses
    described = []
    for one in found:
        progress(len(described), len(found))
        described.append(_describe(one, inputs))
    return {
        "settings": inputs["settings"],
        "compared": inputs["compared"],
        "draws": inputs["draws"],
        "n_dyads": len(inputs["dyads"]),
        "analyses": described,
        "accordance": [
            _accordance(*pair, inputs["draws"])
            for pair in combinations(found, 2)
            if pair[0].informant != pair[1].informant
        ],
    }


def _describe(found: "InformantRuptures", inputs: dict[str, Any]) -> dict[str, Any]:
    from coder_app.analysis.comparison import compare_covariates
    from coder_app.analysis.distribution import distribute

    units, therapist = inputs["compared"]["units"], inputs["compared"]["therapist"]
    confidence = inputs["draws"]["confidence"]
    ruptured = {one.dyad: bool(one.ruptures) for one in found.series if one.analysed}
    compared = compare_covariates(
        ruptured,
        inputs["known"],
        therapist=therapist,
        of_therapist=[name for name, unit in units.items() if unit == "therapist"],
        left_out=[name for name, unit in units.items() if unit == "left out"],
        confidence=confidence,
    )
    return {
        "informant": found.informant,
        "measure": found.measure,
        "reason": found.reason,
        "prevalence": _prevalence(found, len(inputs["dyads"]), confidence),
        "ruptures": [[one.dyad, one.type, one.pre, one.central, one.post] for one in found.ruptures],
        "distribution": asdict(distribute(found.series, **inputs["draws"])),
        "comparison": [asdict(one) for one in compared],
        "n_without_therapist": sum(
            therapist is not None and therapist not in inputs["known"][dyad] for dyad in ruptured
        ),
    }


def _prevalence(found: "InformantRuptures", n_dyads: int, confidence: float) -> dict[str, Any]:
    """Counts with what each is a share of, and the scores of the series analysed."""
    import numpy as np

    from coder_app.analysis.proportion import wilson

    n_open = found.n_ruptures - found.n_repaired - found.n_unrepaired
    counts = {
        "analysed": (found.n_series, n_dyads),
        "with_rupture": (found.n_series_with_rupture, found.n_series),
        "ruptures": (found.n_ruptures, None),
        "repaired": (found.n_repaired, found.n_ruptures),
        "unrepaired": (found.n_unrepaired, found.n_ruptures),
        "not_classifiable": (n_open, found.n_ruptures),
    }
    scores = [score for one in found.series if one.analysed for score in one.scores if score is not None]
    by_number = Counter(len(one.ruptures) for one in found.series if one.ruptures)
    return {
        "counts": [
            {"counted": name, "count": n, "out_of": of}
            | (asdict(wilson(n, of, confidence)) if of is not None else {})
            for name, (n, of) in counts.items()
        ],
        "series_by_ruptures": [[n, by_number[n]] for n in sorted(by_number)],
        "n_scores": len(scores),
        "mean": float(np.mean(scores)) if scores else None,
        "sd": float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
    }


def _accordance(
    first: "InformantRuptures", second: "InformantRuptures", draws: dict[str, Any]
) -> dict[str, Any]:
    from coder_app.analysis.accordance import find_accordance

    return {
        "first": [first.informant, first.measure],
        "second": [second.informant, second.measure],
    } | asdict(find_accordance(first.series, second.series, **draws))
