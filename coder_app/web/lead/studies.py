"""The studies of a person: list them, create one."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from wtforms import Form, SelectMultipleField, StringField, widgets
from wtforms.validators import InputRequired, Length

from coder_app.domain.instruments import bundled_instruments
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.services import study
from coder_app.web.access import database, signed_in, tools, viewer

blueprint = Blueprint("studies", __name__)


class StudyForm(Form):
    """A new study's name and what it codes and measures with."""

    name = StringField("Name of the study", [InputRequired("Give the study a name."), Length(max=120)])
    instruments = SelectMultipleField(
        "Scales and measures",
        [InputRequired("Choose at least one scale.")],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )


@blueprint.get("/studies")
@signed_in
def studies():
    """List the person's studies; a coder with one study goes straight to the queue."""
    with database().read() as db:
        entries = study.list_studies(db, viewer())
    if len(entries) == 1 and not viewer().can_create_studies:
        return redirect(_home_of(entries[0]), 303)
    rows = [(entry, _home_of(entry), _queue_of(entry)) for entry in entries]
    may_create = viewer().can_create_studies and not current_app.config["SETTINGS"].demo
    return render_template("lead/studies.html", rows=rows, may_create=may_create)


@blueprint.route("/studies/new", methods=["GET", "POST"])
@signed_in
def new_study():
    """Create a study with its scales and measures."""
    if not viewer().can_create_studies:
        raise NotAllowed("this person may not create studies")
    if current_app.config["SETTINGS"].demo:
        return render_template("lead/new_study_elsewhere.html")
    bundled = bundled_instruments()
    form = StudyForm(request.form, instruments=list(bundled))
    form.instruments.choices = [(name, f"{name}: {item.title}") for name, item in bundled.items()]
    if request.method == "POST" and form.validate():
        with database().write() as db:
            actor = study.create_study(db, tools(), viewer(), form.name.data, form.instruments.data)
        return redirect(url_for("lead.home", study=actor.study_public_id), 303)
    return render_template("lead/new_study.html", form=form), 422 if form.errors else 200


def _home_of(entry: study.StudyEntry) -> str:
    if entry.roles == {Role.CODER}:
        return url_for("coding.queue", study=entry.public_id)
    return url_for("lead.home", study=entry.public_id)


def _queue_of(entry: study.StudyEntry) -> str | None:
    if Role.CODER not in entry.roles or entry.roles == {Role.CODER}:
        return None
    return url_for("coding.queue", study=entry.public_id)
