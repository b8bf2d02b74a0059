"""Guidance: what the lab has agreed about each item, for all coders to read while they rate."""

from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, request, url_for

from coder_app.domain.permissions import Act
from coder_app.services import guidance as guidance_service
from coder_app.services.errors import Refused
from coder_app.services.guidance import Written
from coder_app.web.access import actor, allowed, database

blueprint = Blueprint("guidance", __name__)


@dataclass(frozen=True)
class Unsaved:
    """Texts of one instrument that could not be written, and why, so that nothing typed is lost."""

    instrument: str
    version: str
    texts: dict[str, str]
    stale: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(frozen=True)
class _Sent:
    """What a form holds: the instrument and the new texts by item."""

    instrument: str
    version: str
    written: dict[str, Written] = field(default_factory=dict)


@blueprint.get("/studies/<study>/guidance")
@allowed(Act.SET_UP_CODING)
def guidance(study: str):
    """Show the lab's notes on every item, each in a field to write in."""
    return _page()


@blueprint.post("/studies/<study>/guidance")
@allowed(Act.SET_UP_CODING)
def write(study: str):
    """Write the notes on the items of one instrument."""
    sent = _read()
    texts = {item: written.text for item, written in sent.written.items()}
    try:
        with database().write() as db:
            outcome = guidance_service.save(db, actor(), sent.instrument, sent.version, sent.written)
    except Refused as refusal:
        return _page(Unsaved(sent.instrument, sent.version, texts, fault=str(refusal))), 422
    if outcome.stale:
        return _page(Unsaved(sent.instrument, sent.version, texts, outcome.stale)), 409
    return redirect(url_for("guidance.guidance", study=study), 303)


def _read() -> _Sent:
    sent = _Sent(request.form.get("instrument", ""), request.form.get("version", ""))
    for name, text in request.form.items():
        kind, _, item = name.partition("-")
        if kind == "text":
            # No database keeps half a character, and PostgreSQL no NUL.
            whole = text.replace("\r\n", "\n").replace("\x00", "").strip()
            sent.written[item] = Written(whole, request.form.get(f"mark-{item}", ""))
    return sent


def _page(unsaved: Unsaved | None = None) -> str:
    with database().read() as db:
        scales = guidance_service.list_guidance(db, actor())
    return render_template(
        "lead/guidance.html", scales=scales, unsaved=unsaved, longest=guidance_service.LONGEST
    )
