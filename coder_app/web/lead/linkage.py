"""Linkage: subscale scores before, in and after ruptures, and the plan's tests."""

from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response
from wtforms import Form, SelectField

from coder_app.domain.permissions import Act
from coder_app.services import linkage as linkage_service
from coder_app.services import marks
from coder_app.services.acts import UNMASK, find_last
from coder_app.services.sample_news import find_news
from coder_app.web.access import actor, allowed, database
from coder_app.web.lead import linkage_page, linkage_words
from coder_app.web.lead.figures import FigureFiles, list_figure_files
from coder_app.web.lead.linkage_address import linkage_settings
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.sample_words import news_words

blueprint = Blueprint("linkage", __name__)


class InformantForm(Form):
    """Whose sequences are shown."""

    informant = SelectField("Sequences")


@blueprint.get("/studies/<study>/linkage")
@allowed(Act.SEE_LINKAGE)
def linkage(study: str):
    """Show one informant's sequences: V patterns, means by position, and the tests."""
    settings = linkage_settings()
    found = result_or_pending(linkage_service.KIND, settings)
    if isinstance(found, Response):
        return found
    with database().read() as db:
        opened = find_last(db, actor(), UNMASK)
        marked = marks.get_marks(db, actor())
        news = find_news(db, actor())
    content = found.content
    informant = linkage_page.choose_informant(content, request.args.get("informant"))
    form = InformantForm(informant=informant)
    form.informant.choices = list(linkage_page.informants_of(content).items())
    return render_template(
        "lead/linkage.html",
        form=form,
        informant=informant,
        plan=content["plan"],
        plan_sha256=content["plan_sha256"],
        plan_version=content["plan_version"],
        opened=opened,
        marks=marked,
        sample_news=news_words(news) if news else None,
        blind_only=content["blind_only"],
        items=bool(settings.get("items")),
        **linkage_words.say(content["plan"], items=bool(settings.get("items"))),
        computed_at=found.computed_at,
        shown=linkage_page.show(content, informant) if informant else None,
        figures=_list_figures(content, informant),
    )


def _list_figures(content: dict[str, Any], informant: str | None) -> list[FigureFiles]:
    found = list_figure_files(linkage_service.KIND, content)
    return [one for one in found if one.label.startswith(f"{informant}: ")]
