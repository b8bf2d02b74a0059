"""What every template may use: who looks at it, in which study, and the pages that are open to them."""

import hashlib
from dataclasses import dataclass
from functools import cache

from flask import g, request, url_for

from coder_app.config import PROJECT
from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.services.actor import Actor
from coder_app.web.csrf import csrf_token
from coder_app.web.language import NAMES, is_english_only, language, script_texts
from coder_app.web.rail import build_rail
from coder_app.web.shortcuts import ShortcutRow, aria_keys, script_keys, shortcut_rows
from coder_app.web.tabs import build_tabs
from coder_app.web.words import role_word


@dataclass(frozen=True)
class ViewerView:
    """The person in the page's head."""

    name: str
    role_label: str | None


@dataclass(frozen=True)
class RoomView:
    """What every page of the coder's room has: the help, and what its scripts need."""

    help_url: str
    help_keys: str
    shortcuts: tuple[ShortcutRow, ...]
    contact_name: str
    contact_reached: str
    data: dict[str, object]


@dataclass(frozen=True)
class StudyView:
    """The study in the page's head."""

    public_id: str
    name: str
    synthetic: bool
    key_open: bool


def page_context() -> dict[str, object]:
    """Return the variables that base.html and the layouts need."""
    viewer, actor = g.get("viewer"), g.get("actor")
    common = {
        "csrf_token": csrf_token(),
        "theme": viewer.theme if viewer else None,
        "language": language(),
        "languages": None if is_english_only() else NAMES,
    }
    if actor is None:
        shown = ViewerView(viewer.name, None) if viewer else None
        return common | {"viewer": shown, "study": None, "rail": None, "tabs": (), "room": None}
    is_coding = request.blueprint == "coding"
    label = role_word(Role.CODER) if is_coding else _role_label(actor.roles)
    return common | {
        "room": _room(actor) if is_coding else None,
        "viewer": ViewerView(viewer.name, label),
        "study": StudyView(
            actor.study_public_id,
            actor.study_name,
            actor.synthetic,
            not is_coding and actor.phase == Phase.UNMASKED,
        ),
        "rail": None if is_coding else build_rail(actor, request.endpoint),
        "tabs": build_tabs(actor, request.endpoint),
    }


def _room(actor: Actor) -> RoomView:
    return RoomView(
        help_url=url_for("coding.show_help", study=actor.study_public_id),
        help_keys=aria_keys("help"),
        shortcuts=shortcut_rows(),
        contact_name=actor.coding_settings.contact_name,
        contact_reached=actor.coding_settings.contact_reached,
        data={"keys": script_keys()} | script_texts(),
    )


def static_url(path: str) -> str:
    """Return the address of a static file; it changes when the file does."""
    return url_for("static", filename=path, v=_fingerprint(path))


@cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256((PROJECT / "static" / path).read_bytes()).hexdigest()[:12]


def _role_label(roles: frozenset[Role]) -> str:
    return next(
        role_word(role) for role in (Role.LEAD, Role.ANALYST, Role.CODER, Role.CONTACT) if role in roles
    )
