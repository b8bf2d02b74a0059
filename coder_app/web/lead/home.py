"""The study's home: what needs action, how far each coder is, where the study stands."""

from flask import Blueprint, render_template

from coder_app.domain.permissions import Act
from coder_app.services import home as homes
from coder_app.web.access import actor, allowed, database
from coder_app.web.lead import home_actions, home_checks

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
        lede=home_checks.lede(standing),
        actions=home_actions.actions(overview) if overview.next_step else None,
        progress=overview.progress,
        checks=home_checks.checks(standing, overview.invitations),
        checks_after=home_checks.checks_after(standing),
        standing=standing,
        at_rest=home_actions.at_rest(overview),
    )
