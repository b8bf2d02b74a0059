"""The settings of the alliance course as they stand in its address."""

from typing import Any

from flask import request

from coder_app.services.course import list_groupings
from coder_app.services.errors import NotFound
from coder_app.web.access import actor, database


def course_settings() -> dict[str, Any]:
    """Return what the address asks for; raise NotFound where that gives no groups."""
    group = request.args.get("group", "")
    if not group:
        return {}
    with database().read() as db:
        if group not in list_groupings(db, actor()):
            raise NotFound
    return {"group": group}


def course_entries() -> dict[str, str]:
    """Return what the address says, to be kept in links."""
    group = request.args.get("group", "")
    return {"group": group} if group else {}
