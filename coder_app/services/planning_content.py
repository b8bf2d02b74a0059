"""Computing a plan: recordings for an interval, with and without coder bias, and for a test."""

from typing import Any

from coder_app.services.job import Progress

CODERS = tuple(range(2, 11))
CURVES = (2, 3, 4, 6)
RECORDINGS = (5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120)
SAMPLES, SEED = 4000, 1


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return the numbers of recordings by number of coders, and the width that each number gives."""
    from coder_app.analysis.planning_bias import MOST_TARGETS

    settings = inputs["settings"]
    total, rows, curves = len(CODERS) + len(CURVES), [], []
    for coders in CODERS:
        rows.append(_row(coders, settings))
        progress(len(rows), total)
    for coders in CURVES:
        curves.append(_curve(coders, settings))
        progress(len(rows) + len(curves), total)
    return {
        "settings": settings,
        "samples": SAMPLES,
        "seed": SEED,
        "most": MOST_TARGETS,
        "rows": rows,
        "curves": curves,
    }


def _row(coders: int, settings: dict[str, Any]) -> dict[str, Any]:
    from coder_app.analysis.planning import n_targets, n_targets_to_test
    from coder_app.analysis.planning_bias import n_targets_with_bias

    icc, width, confidence = settings["icc"], settings["width"], settings["confidence"]
    simulated = n_targets_with_bias(
        icc, coders, width, settings["bias"], confidence, n_samples=SAMPLES, seed=SEED
    )
    return {
        "coders": coders,
        "bonett": n_targets(icc, coders, width, confidence),
        "simulated": simulated,
        "test": n_targets_to_test(icc, settings["least"], coders, settings["power"]),
    }


def _curve(coders: int, settings: dict[str, Any]) -> dict[str, Any]:
    from coder_app.analysis.planning import expected_width
    from coder_app.analysis.planning_bias import simulated_width

    icc, confidence, bias = settings["icc"], settings["confidence"], settings["bias"]
    return {
        "coders": coders,
        "recordings": list(RECORDINGS),
        "bonett": [expected_width(icc, coders, n, confidence) for n in RECORDINGS],
        "simulated": [simulated_width(icc, coders, n, bias, confidence, SAMPLES, SEED) for n in RECORDINGS],
    }
