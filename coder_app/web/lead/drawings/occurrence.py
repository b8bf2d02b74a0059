"""The figure of ruptures over treatment for print."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.web.lead.occurrence_apa import name_of
from coder_app.web.lead.occurrence_page import KINDS, spread_said, stacks_of
from coder_app.web.lead.occurrence_places import distribution_note


def draw_occurrence(content: dict[str, Any]) -> list[Drawing]:
    """Return one figure with a panel for each informant and measure."""
    if not content["analyses"]:
        return []
    panels = [
        {
            "title": f"{name_of(one['informant'], one['measure'])}. {spread_said(one)}",
            "places": [stack.place for stack in stacks_of(one)],
            "counts": [[n for _, n in stack.parts] for stack in stacks_of(one)],
            "beneath": [stack.beneath for stack in stacks_of(one)],
        }
        for one in content["analyses"]
    ]
    data = {
        "panels": panels,
        "kinds": list(KINDS),
        "x": "Treatment session, and scores at risk beneath",
        "y": "Ruptures",
        "reason": "no treatment session of an analysed series",
    }
    caption = f"Central sessions of ruptures by number of the treatment session. {distribution_note(content)}"
    title = "Ruptures over the course of treatment"
    return [Drawing("distribution", "", "distribution", "columns", title, caption, data)]
