"""Ruptures under several definitions side by side, computed in one go."""

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from coder_app.services import rupture
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.job import Progress
from coder_app.services.rupture_content import describe_series, make_frame

if TYPE_CHECKING:
    from coder_app.analysis.rupture_results import InformantRuptures

KIND = "rupture_sets"
FEWEST, MOST = 2, 6


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the scores and the definitions that are compared, in their order."""
    sets = settings["sets"]
    if not FEWEST <= len(sets) <= MOST:
        raise Refused(f"Choose {FEWEST} to {MOST} sets of settings to compare.")
    inputs = rupture.collect(db, actor, {})
    del inputs["settings"]
    return inputs | {"sets": [rupture.check_settings(one) for one in sets]}


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find the ruptures under each definition; the worker calls this."""
    from coder_app.analysis.rupture import find_ruptures
    from coder_app.analysis.rupture_results import RuptureSettings

    frame, sets = make_frame(inputs), []
    for done, settings in enumerate(inputs["sets"]):
        progress(done, len(inputs["sets"]))
        report = find_ruptures(frame, RuptureSettings(**settings), inputs["mean_items"])
        sets.append({"settings": settings, "analyses": [_analysis(one) for one in report.analyses]})
    return {"n_dyads": len(inputs["dyads"]), "sets": sets}


def _analysis(found: "InformantRuptures") -> dict[str, Any]:
    return {
        "informant": found.informant,
        "measure": found.measure,
        "pooled_sd": found.pooled_sd,
        "n_series": found.n_series,
        "n_series_with_rupture": found.n_series_with_rupture,
        "n_ruptures": found.n_ruptures,
        "n_repaired": found.n_repaired,
        "n_unrepaired": found.n_unrepaired,
        "not_analysed": [one.dyad for one in found.series if not one.analysed],
        "series": [describe_series(one) for one in found.series if one.ruptures],
    }
