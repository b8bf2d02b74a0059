"""The people of a study: members, invitations, and the lead who codes too."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from wtforms import BooleanField, Form, SelectMultipleField, StringField, widgets
from wtforms.validators import DataRequired, InputRequired, Length

from coder_app.domain.instruments import CODING
from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.services import members, study
from coder_app.services import people as people_service
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database, viewer

blueprint = Blueprint("people", __name__)

_THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")
_ROLES = {
    Role.CODER: ("Coder", "rates recordings and sees nothing else of the study"),
    Role.ANALYST: ("Analyst", "sees scores, reliability and, after unmasking, the linkage; changes nothing"),
    Role.LEAD: ("Lead", "runs the study as you do"),
    Role.CONTACT: (
        "Safeguarding contact",
        "reads what coders report about a child’s safety and hears that recording; never codes",
    ),
}


class BoxesField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class InviteForm(Form):
    """Who is invited, and to what."""

    name = StringField("Name", [DataRequired("Give a name."), Length(max=120)])
    roles = BoxesField("Roles", [InputRequired("Choose at least one role.")])
    instruments = BoxesField("Scales, for a coder")


class JoinForm(Form):
    """The scales that the lead will code."""

    instruments = BoxesField("Scales that you will code", [InputRequired("Choose at least one scale.")])
    read = BooleanField("I have read this", [InputRequired("Say that you have read it.")])


@blueprint.get("/studies/<study>/people")
@allowed(Act.INVITE)
def people(study: str):
    """Show members and open invitations, and the forms to invite and to code too."""
    return _page()


@blueprint.post("/studies/<study>/people/invitations")
@allowed(Act.INVITE)
def invite(study: str):
    """Invite a person, and show the link this once."""
    form = _invite_form(_scales())
    if not form.validate():
        return _page(invite_form=form), 422
    roles = [Role(role) for role in form.roles.data]
    try:
        with database().write() as db:
            token = people_service.invite(db, actor(), form.name.data, roles, form.instruments.data)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return _page(invite_form=form), 422
    link = url_for("auth.invitation", token=token, _external=True)
    return _page(invited=(form.name.data.strip(), link))


@blueprint.post("/studies/<study>/people/invitations/<invitation>/revoke")
@allowed(Act.INVITE)
def revoke(study: str, invitation: str):
    """Take an open invitation back."""
    with database().write() as db:
        people_service.revoke_invitation(db, actor(), invitation)
    return redirect(url_for("people.people", study=study), 303)


@blueprint.post("/studies/<study>/people/code-too")
@allowed(Act.INVITE)
def code_too(study: str):
    """Make the lead a coder too."""
    form = _join_form(_scales())
    if not form.validate():
        return _page(join_form=form), 422
    with database().write() as db:
        members.join_team(db, actor(), form.instruments.data)
    return redirect(url_for("people.people", study=study), 303)


@blueprint.post("/studies/<study>/people/contact-too")
@allowed(Act.INVITE)
def contact_too(study: str):
    """Make the lead the safeguarding contact too."""
    with database().write() as db:
        members.become_contact(db, actor())
    return redirect(url_for("people.people", study=study, _anchor="contact"), 303)


def _page(
    *,
    invite_form: InviteForm | None = None,
    join_form: JoinForm | None = None,
    invited: tuple[str, str] | None = None,
) -> str:
    with database().read() as db:
        persons = members.list_people(db, actor())
        invitations = people_service.list_invitations(db, actor())
        scales = _scale_names(db)
    own = next(person for person in persons if person.user_id == viewer().user_id)
    not_yet_own = [name for name in scales if name not in own.instruments]
    return render_template(
        "lead/people.html",
        persons=persons,
        invitations=invitations,
        invited=invited,
        this_computer_only=urlsplit(request.host_url).hostname in _THIS_COMPUTER,
        form=invite_form or _invite_form(scales, blank=True),
        role_notes={role: note for role, (_, note) in _ROLES.items()},
        join_form=join_form or _join_form(not_yet_own, blank=True),
        own=own,
        contacts=[person.name for person in persons if Role.CONTACT in person.roles],
        may_be_contact=not {Role.CODER, Role.CONTACT} & set(own.roles),
        teams_open=actor().phase is Phase.SETUP,
        lasts=people_service.INVITATION_LASTS.days,
    )


def _scales() -> list[str]:
    with database().read() as db:
        return _scale_names(db)


def _scale_names(db: Session) -> list[str]:
    return [entry.instrument.name for entry in study.list_instruments(db, actor(), CODING)]


def _invite_form(scales: list[str], *, blank: bool = False) -> InviteForm:
    form = InviteForm(None if blank else request.form)
    teams_open = actor().phase is Phase.SETUP
    roles = [(role, label) for role, (label, _) in _ROLES.items()]
    form.roles.choices = [row for row in roles if teams_open or row[0] != Role.CODER]
    form.instruments.choices = [(name, name) for name in scales] if teams_open else []
    return form


def _join_form(scales: list[str], *, blank: bool = False) -> JoinForm:
    form = JoinForm(None if blank else request.form, prefix="own-")
    form.instruments.choices = [(name, name) for name in scales]
    return form
