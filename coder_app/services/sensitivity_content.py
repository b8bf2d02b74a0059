"""Computing what every definition of a grid finds, as content that pages, figures and files read."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.rupture_content import make_frame

if TYPE_CHECKING:
    from coder_app.analysis.rupture_results import RuptureSettings
    from coder_app.analysis.sensitivity import InformantSensitivity

# The columns of a definition, in the order in which it is stored.
DEFINITION = ("criteria", "fourths", "k", "absolute", "pooled", "min_run")
OUTCOME = (
    "n_series",
    "n_series_with_rupture",
    "n_ruptures",
    "n_repaired",
    "n_unrepaired",
    "in_common",
)
# A report is a transaction on the disk: a few of them, not one for each search.
EVERY = 8


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find the ruptures under every definition of the grid; the worker calls this."""
    from coder_app.analysis.rupture_grid import criteria_of, make_grid
    from coder_app.analysis.rupture_results import RuptureSettings
    from coder_app.analysis.sensitivity import compare_definitions

    def report(done: int, total: int) -> None:
        if done % EVERY == 0:
            progress(done, total)

    own = RuptureSettings(**inputs["settings"])
    definitions, compared = compare_definitions(make_frame(inputs), own, inputs["mean_items"], report)
    return {
        "settings": inputs["settings"],
        "criteria": criteria_of(own),
        "n_dyads": len(inputs["dyads"]),
        "grid": {name: list(values) for name, values in asdict(make_grid(own)).items()},
        "definitions": [_definition(one) for one in definitions],
        "own": definitions.index(own),
        "analyses": [_analysis(one) for one in compared],
    }


def _definition(one: "RuptureSettings") -> list[Any]:
    """What a definition does not use has no value."""
    from coder_app.analysis.rupture_grid import criteria_of

    absolute = one.absolute is not None
    return [
        criteria_of(one),
        one.fourths,
        one.k if one.chart else None,
        one.absolute,
        one.pooled if absolute else None,
        one.min_run,
    ]


def _analysis(one: "InformantSensitivity") -> dict[str, Any]:
    return {
        "informant": one.informant,
        "measure": one.measure,
        "n_series": {str(run): n for run, n in one.n_series.items()},
        "outcomes": [[getattr(outcome, name) for name in OUTCOME] for outcome in one.outcomes],
        "ruptures": [asdict(found) for found in one.ruptures],
    }
