"""The pages of one entry of the rail, side by side: the parts of the reliability module and of ruptures."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from coder_app.services.actor import Actor
from coder_app.web.rail import RailItem


@dataclass(frozen=True)
class _Module:
    """An entry of the rail: its pages in their order, and what its addresses keep from one to the next."""

    name: str
    kept: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]


_MODULES = (
    _Module(
        "Reliability",
        ("round", "since", "until"),
        (
            ("Agreement", "reliability.reliability"),
            ("Rare and ordinal", "agreement.agreement"),
            ("Ratings and gaps", "ratings.ratings"),
            ("Drift", "drift.drift"),
            ("Same coder again", "repeats.repeats"),
            ("Planning", "planning.planning"),
            ("Questionnaires", "alphas.alphas"),
            ("Kept results", "kept.kept"),
        ),
    ),
    _Module(
        "Ruptures",
        ("k", "fourths", "pooled", "absolute", "min_run", "criteria"),
        (
            ("Control charts", "ruptures.ruptures"),
            ("Sensitivity", "sensitivity.sensitivity"),
            ("Tables", "rupture_tables.tables"),
            ("Alliance course", "course.course"),
            ("Sample", "sample.sample"),
        ),
    ),
)
_MODULE_OF = {endpoint.split(".")[0]: module for module in _MODULES for _, endpoint in module.pages}
BLUEPRINTS = frozenset(_MODULE_OF)


@dataclass(frozen=True)
class Tabs:
    """The pages beside the one that is shown, under the name of their entry."""

    name: str
    items: tuple[RailItem, ...]


def build_tabs(actor: Actor, endpoint: str | None) -> Tabs | None:
    """Return the pages beside the page of `endpoint`; None for a page that stands alone."""
    shown = (endpoint or "").split(".")[0]
    module = _MODULE_OF.get(shown)
    if module is None:
        return None
    kept = {name: value for name in module.kept if (value := request.args.get(name))}
    items = tuple(
        RailItem(
            label=label,
            href=url_for(page, study=actor.study_public_id, **kept),
            current=page.split(".")[0] == shown,
            enabled=True,
        )
        for label, page in module.pages
        if page in current_app.view_functions
    )
    return Tabs(module.name, items)
