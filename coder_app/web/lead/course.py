"""The alliance course: all series with their mean, growth, and agreement of informants over time."""

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response
from wtforms import Form, SelectField

from coder_app.domain.permissions import Act
from coder_app.services import course as course_service
from coder_app.services.course import MOST_GROUPS
from coder_app.services.course_tables import list_files
from coder_app.services.errors import NotFound
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import course_page
from coder_app.web.lead.course_address import course_entries, course_settings
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("course", __name__)


class GroupForm(Form):
    """By which covariate the means are parted."""

    group = SelectField("Means by")


@blueprint.get("/studies/<study>/course")
@allowed(Act.SEE_ALLIANCE)
def course(study: str):
    """Show how the alliance goes over treatment, and whether informants see the same."""
    with database().read() as db:
        groupings = course_service.list_groupings(db, actor())
    found = result_or_pending(course_service.KIND, course_settings())
    if isinstance(found, Response):
        return found
    form = GroupForm(group=found.content["settings"]["group"] or "")
    form.group.choices = [("", "all dyads together"), *((name, name) for name in groupings)]
    return render_template("lead/course.html", form=form, most_groups=MOST_GROUPS, **_page(found))


@blueprint.get("/studies/<study>/course/<name>")
@allowed(Act.SEE_ALLIANCE)
def course_csv(study: str, name: str):
    """Give one file of the page under its settings."""
    found = result_or_pending(course_service.KIND, course_settings())
    if isinstance(found, Response):
        return found
    text = next((text for known, _, text in list_files(found.content) if known == name), None)
    if text is None:
        raise NotFound
    return attached(f"course-{name}", text)


def _page(found: Snapshot) -> dict[str, Any]:
    content = found.content
    return {
        "shown": course_page.show_courses(content),
        "growth": course_page.growth_rows(content),
        "pairs": course_page.show_pairs(content),
        "standardised": course_page.standardised_chart(content),
        "agreement": course_page.agreement_chart(content),
        "grouping": content["settings"]["group"],
        "settings": content["settings"],
        "n_ungrouped": content["n_ungrouped"],
        "n_alone": content["n_alone"],
        "n_dyads": content["n_dyads"],
        "entries": course_entries(),
        "figures": list_figure_files(course_service.KIND, content),
        "computed_at": found.computed_at,
    }
