"""The computed results that the report is written from, and why one of them is not there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act, NotAllowed
from coder_app.domain.visibility import Hidden, Thing
from coder_app.services import (
    blinding,
    drift,
    linkage,
    occurrence,
    reliability,
    repeat,
    rupture,
    sample,
    sensitivity,
)
from coder_app.services.plan import find_plan
from coder_app.services.sample_view import SampleView
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, database
from coder_app.web.lead.results import result_or_pending

FAILED = "It could not be computed; its own page says why."
# kind: (act, what must be visible)
_NEEDS = {
    rupture.KIND: (Act.SEE_ALLIANCE, Thing.ALLIANCE),
    occurrence.KIND: (Act.SEE_ALLIANCE, Thing.ALLIANCE),
    sensitivity.KIND: (Act.SEE_ALLIANCE, Thing.ALLIANCE),
    reliability.KIND: (Act.SEE_RELIABILITY, Thing.RATINGS),
    drift.KIND: (Act.SEE_RELIABILITY, Thing.RATINGS),
    repeat.KIND: (Act.SEE_RELIABILITY, Thing.RATINGS),
    linkage.KIND: (Act.SEE_LINKAGE, Thing.LINKAGE),
    blinding.KIND: (Act.SEE_LINKAGE, Thing.LINKAGE),
}
# Found under the settings of the sample.
_OF_SAMPLE = (rupture.KIND, occurrence.KIND, sensitivity.KIND)


@dataclass(frozen=True)
class Results:
    """What is computed, by kind; of the others, why they are not there."""

    found: Mapping[str, Snapshot]
    missing: Mapping[str, str]
    frozen: SampleView | None

    def content(self, kind: str) -> dict[str, Any] | None:
        """Return what was computed, or None."""
        return self.found[kind].content if kind in self.found else None

    @property
    def is_joined(self) -> bool:
        """Whether anything in them was computed with the key."""
        return linkage.KIND in self.found or blinding.KIND in self.found


def hide_wordings(results: Results, scales: Collection[str]) -> Results:
    """Return the same with codes in place of the items' words, for scales whose words stay with the lab."""
    found = dict(results.found)
    if scales and reliability.KIND in found:
        content = found[reliability.KIND].content
        instruments = [
            one | {"items": [item | {"label": item["code"]} for item in one["items"]]}
            if one["name"] in scales
            else one
            for one in content["instruments"]
        ]
        hidden = replace(found[reliability.KIND], content=content | {"instruments": instruments})
        found[reliability.KIND] = hidden
    return replace(results, found=found)


def find_results() -> Results | Response:
    """Return all that this person may see now, or the page that waits until it is computed.

    A result that could not be computed does not hold up the others.
    """
    with database().read() as db:
        frozen = sample.find_sample(db, actor())
        has_plan = find_plan(db, actor()) is not None
    settings = frozen.settings if frozen else rupture.DEFAULTS
    found: dict[str, Snapshot] = {}
    missing: dict[str, str] = {}
    waits: Response | None = None
    for kind, needs in _NEEDS.items():
        closed = _why_closed(*needs) or ("There is no analysis plan." if _lacks(kind, has_plan) else None)
        if closed:
            missing[kind] = closed
            continue
        result = result_or_pending(kind, settings if kind in _OF_SAMPLE else {})
        if isinstance(result, Snapshot):
            found[kind] = result
        elif result.status_code == 200:
            missing[kind] = FAILED
        else:
            # All are asked for before the first wait, so that the worker has them together.
            waits = waits or result
    return waits or Results(found, missing, frozen)


def _lacks(kind: str, has_plan: bool) -> bool:
    return kind == linkage.KIND and not has_plan


def _why_closed(act: Act, thing: Thing) -> str | None:
    try:
        actor().check_can(act)
        actor().check_sees(thing)
    except NotAllowed:
        return "This part is not of your role in the study."
    except Hidden as hidden:
        return str(hidden).replace("This page", "This part")
    return None
