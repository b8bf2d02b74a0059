"""The pages of one entry of the rail, side by side: the parts of the reliability module."""

from flask import current_app, request, url_for

from coder_app.services.actor import Actor
from coder_app.web.rail import RailItem

# The address of each keeps what the pages of the module are narrowed to.
KEPT = ("round", "since", "until")
_PAGES = (
    ("Agreement", "reliability.reliability"),
    ("Rare and ordinal", "agreement.agreement"),
    ("Ratings and gaps", "ratings.ratings"),
    ("Drift", "drift.drift"),
    ("Same coder again", "repeats.repeats"),
    ("Planning", "planning.planning"),
    ("Questionnaires", "alphas.alphas"),
    ("Kept results", "kept.kept"),
)
BLUEPRINTS = frozenset(endpoint.split(".")[0] for _, endpoint in _PAGES)


def build_tabs(actor: Actor, endpoint: str | None) -> tuple[RailItem, ...]:
    """Return the pages beside the page of `endpoint`; none for a page that stands alone."""
    shown = (endpoint or "").split(".")[0]
    if shown not in BLUEPRINTS:
        return ()
    kept = {name: value for name in KEPT if (value := request.args.get(name))}
    return tuple(
        RailItem(
            label=label,
            href=url_for(page, study=actor.study_public_id, **kept),
            current=page.split(".")[0] == shown,
            enabled=True,
        )
        for label, page in _PAGES
        if page in current_app.view_functions
    )
