"""The studies of a person: list them, create one."""

from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from wtforms import Form, SelectMultipleField, StringField, widgets
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from coder_app.domain.instruments import CODING, bundled_instruments
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.services import study
from coder_app.services.auth import clean_text
from coder_app.web.access import database, signed_in, tools, viewer
from coder_app.web.words import in_words, role_word

blueprint = Blueprint("studies", __name__)

_STANDS = {
    Phase.SETUP: lazy_gettext("being set up"),
    Phase.CODING: lazy_gettext("being coded"),
    Phase.LOCKED: lazy_gettext("coding locked, key sealed"),
    Phase.UNMASKED: lazy_gettext("unmasked"),
}


@dataclass(frozen=True)
class StudyRow:
    """A study in the list, with the pages that lead into it."""

    entry: study.StudyEntry
    home: str
    queue: str | None
    roles: str
    stands: str | None


def _has_a_scale(_form: Form, field: SelectMultipleField) -> None:
    bundled = bundled_instruments()
    if not any(name in bundled and bundled[name].kind == CODING for name in field.data or ()):
        raise ValidationError("Choose at least one scale for the coders.")


class StudyForm(Form):
    """A new study's name and what it codes and measures with."""

    name = StringField(
        "Name of the study",
        [DataRequired("Give the study a name."), Length(max=120)],
        [lambda name: clean_text(name or "")],
    )
    instruments = SelectMultipleField(
        "Scales and measures",
        [InputRequired("Choose at least one scale."), _has_a_scale],
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
    rows = [_row(entry) for entry in entries]
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
    form = StudyForm(request.form or None, instruments=list(bundled))
    form.instruments.choices = [(name, name) for name in bundled]
    if request.method == "POST" and form.validate():
        with database().write() as db:
            actor = study.create_study(db, tools(), viewer(), form.name.data, form.instruments.data)
        return redirect(url_for("lead.home", study=actor.study_public_id), 303)
    notes = {name: instrument.title for name, instrument in bundled.items()}
    return render_template("lead/new_study.html", form=form, notes=notes), 422 if form.errors else 200


def _row(entry: study.StudyEntry) -> StudyRow:
    # A coder is not told what phase the study is in: coders' pages stay as they are after unmasking.
    stands = None if entry.roles <= {Role.CODER, Role.CONTACT} else str(_STANDS[entry.phase])
    roles = in_words(role_word(role) for role in Role if role in entry.roles)
    return StudyRow(entry, _home_of(entry), _queue_of(entry), roles, stands)


def _home_of(entry: study.StudyEntry) -> str:
    if entry.roles == {Role.CODER}:
        return url_for("coding.queue", study=entry.public_id)
    if entry.roles == {Role.CONTACT}:
        return url_for("concerns.concerns", study=entry.public_id)
    return url_for("lead.home", study=entry.public_id)


def _queue_of(entry: study.StudyEntry) -> str | None:
    if Role.CODER not in entry.roles or entry.roles == {Role.CODER}:
        return None
    return url_for("coding.queue", study=entry.public_id)
