"""The study's home: what needs action, how far each coder is, where the study stands."""

from flask import Blueprint, current_app, render_template, url_for

from coder_app.domain.permissions import Act
from coder_app.services import home as homes
from coder_app.web.access import actor, allowed, database
from coder_app.web.lead import home_rows

blueprint = Blueprint("lead", __name__)


@blueprint.get("/studies/<study>")
@allowed(Act.SEE_STUDY)
def home(study: str):
    """Show what needs action first, then where the study stands."""
    with database().read() as db:
        overview = homes.get_overview(db, actor())
    standing = overview.standing
    return render_template(
        "lead/home.html",
        lede=home_rows.lede(standing),
        actions=home_rows.actions(overview) if overview.next_step else None,
        progress=overview.progress,
        checks=home_rows.checks(standing, overview.invitations),
        checks_after=home_rows.checks_after(standing),
        standing=standing,
        address_of=_address_of,
    )


def _address_of(endpoint: str) -> str | None:
    """Return the address of a page of this study, if the installation has that page (as the rail does)."""
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, study=actor().study_public_id)
