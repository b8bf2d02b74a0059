"""How blind were they: coders' guesses beside the truth, once the study is unmasked."""

from datetime import datetime

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.services import blinding as blinding_service
from coder_app.web.access import allowed
from coder_app.web.lead import blinding_page
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("blinding", __name__)


@blueprint.get("/studies/<study>/blinding")
@allowed(Act.SEE_LINKAGE)
def blinding(study: str):
    """Show guesses by truth, both indices with their intervals, and what to beware of."""
    found = result_or_pending(blinding_service.KIND, {})
    if isinstance(found, Response):
        return found
    asked = found.content["asked"]
    return render_template(
        "lead/blinding.html",
        page=blinding_page.show(found.content),
        asked_at=datetime.fromisoformat(asked["at"]) if asked else None,
        asked_by=asked["by"] if asked else None,
        settings=found.content["settings"],
        computed_at=found.computed_at,
    )
