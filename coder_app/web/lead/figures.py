"""Figures as files: what a page shows, for print."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for

from coder_app.domain.permissions import Act
from coder_app.services import (
    agreement,
    alphas,
    course,
    drift,
    key,
    linkage,
    occurrence,
    planning,
    projection,
    reliability,
    repeat,
    rupture,
    sensitivity,
    snapshot,
)
from coder_app.services import figure as figure_service
from coder_app.services.errors import NotFound
from coder_app.services.figure import FORMATS, Drawing
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.course_address import course_entries, course_settings
from coder_app.web.lead.drawings.agreement import draw_agreement
from coder_app.web.lead.drawings.alphas import draw_alphas
from coder_app.web.lead.drawings.course import draw_course
from coder_app.web.lead.drawings.drift import draw_drift
from coder_app.web.lead.drawings.linkage import draw_linkage
from coder_app.web.lead.drawings.occurrence import draw_occurrence
from coder_app.web.lead.drawings.planning import draw_plan, draw_projection
from coder_app.web.lead.drawings.reliability import draw_reliability
from coder_app.web.lead.drawings.repeats import draw_repeats
from coder_app.web.lead.drawings.ruptures import draw_all_ruptures, draw_ruptures
from coder_app.web.lead.drawings.sensitivity import draw_sensitivity
from coder_app.web.lead.linkage_address import linkage_entries, linkage_settings
from coder_app.web.lead.occurrence_form import occurrence_entries, occurrence_settings
from coder_app.web.lead.planning_form import read_form
from coder_app.web.lead.reliability_form import address_entries, reliability_settings
from coder_app.web.lead.rupture_address import (
    SERIES,
    address_settings,
    choose_series,
    chosen_entries,
    read_scales,
)
from coder_app.web.lead.selection_form import selection_settings

blueprint = Blueprint("figures", __name__)


@dataclass(frozen=True)
class Kind:
    """A computed result that has figures: the settings that its page's address means, and what says them.

    `act` is what somebody must be allowed to do to have them: what opens their page.
    """

    drawings: Callable[[dict[str, Any]], list[Drawing]]
    settings: Callable[[], dict[str, Any]] = dict
    entries: Callable[[], dict[str, str]] = dict
    act: Act = Act.SEE_RELIABILITY
    # Computed with the sealed key: whoever takes a figure away is on record.
    joined: bool = False


@dataclass(frozen=True)
class FigureFiles:
    """A figure as its page offers it: what kind of picture, of which instrument; the formats' addresses."""

    picture: str
    label: str
    title: str
    caption: str
    links: tuple[tuple[str, str], ...]


def _plan() -> dict[str, Any]:
    form = read_form(request.args)
    if not form.validate():
        raise NotFound
    return form.settings()


def _plan_entries() -> dict[str, str]:
    names = read_form(request.args).data
    return {name: value for name, value in request.args.items() if name in names}


def _ruptures(content: dict[str, Any]) -> list[Drawing]:
    return draw_ruptures(content, choose_series(content))


def _series_settings() -> dict[str, Any]:
    return address_settings() | read_scales()


def _series_entries() -> dict[str, str]:
    return chosen_entries(*SERIES) | read_scales()


_KINDS = {
    reliability.KIND: Kind(draw_reliability, reliability_settings, address_entries),
    agreement.KIND: Kind(draw_agreement, selection_settings, selection_settings),
    drift.KIND: Kind(draw_drift),
    repeat.KIND: Kind(draw_repeats),
    planning.KIND: Kind(draw_plan, _plan, _plan_entries),
    projection.KIND: Kind(draw_projection, selection_settings, selection_settings),
    alphas.KIND: Kind(draw_alphas, act=Act.SEE_ALLIANCE),
    course.KIND: Kind(draw_course, course_settings, course_entries, Act.SEE_ALLIANCE),
    occurrence.KIND: Kind(draw_occurrence, occurrence_settings, occurrence_entries, Act.SEE_ALLIANCE),
    rupture.KIND: Kind(_ruptures, _series_settings, _series_entries, Act.SEE_ALLIANCE),
    linkage.KIND: Kind(draw_linkage, linkage_settings, linkage_entries, Act.SEE_LINKAGE, joined=True),
    sensitivity.KIND: Kind(draw_sensitivity, address_settings, chosen_entries, Act.SEE_ALLIANCE),
}


@blueprint.get("/studies/<study>/figures/<shown>/<figure_name>.<ext>")
@allowed(Act.SEE_STUDY)
def figure(study: str, shown: str, figure_name: str, ext: str):
    """Give one figure of a result that is computed; whoever may see the result may have it."""
    kind = _KINDS.get(shown)
    if kind is None or ext not in FORMATS:
        raise NotFound
    actor().check_can(kind.act)
    with database().read() as db:
        found = snapshot.find(db, actor(), shown, kind.settings())
    drawings = kind.drawings(found.content) if found else []
    wanted = next((one for one in drawings if one.name == figure_name), None)
    if wanted is None:
        raise NotFound
    if kind.joined:
        with database().write() as db:
            key.take_away(db, actor(), 1)
    return attached(f"{shown}-{figure_name}.{ext}", figure_service.draw(wanted, ext))


def list_drawings(kind: str, content: dict[str, Any]) -> list[Drawing]:
    """Return every figure of a result, for a package of them all; none where the kind has no figures."""
    if kind == rupture.KIND:
        return draw_all_ruptures(content)
    return _KINDS[kind].drawings(content) if kind in _KINDS else []


def list_figure_files(kind: str, content: dict[str, Any]) -> list[FigureFiles]:
    """Return the figures of a result with their addresses, for its page with its own settings."""
    known = _KINDS[kind]
    kept = known.entries()
    study = actor().study_public_id

    def link(name: str, ext: str) -> str:
        return url_for("figures.figure", study=study, shown=kind, figure_name=name, ext=ext, **kept)

    return [
        FigureFiles(
            one.picture,
            one.label,
            one.title,
            one.caption,
            tuple((ext.upper(), link(one.name, ext)) for ext in FORMATS),
        )
        for one in known.drawings(content)
    ]
