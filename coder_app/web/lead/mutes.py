"""A recording as a lead hears it before coders do, and the stretches of it that are muted."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from wtforms import BooleanField, Form, StringField, ValidationError
from wtforms.validators import InputRequired

from coder_app.domain.permissions import Act
from coder_app.domain.stretches import Stretch, read_position, write_position
from coder_app.services import hearing, mute, sound
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database, store

blueprint = Blueprint("mutes", __name__)

POSITION = "Write minutes and seconds, as 1:23.4."


class StretchForm(Form):
    """Where a stretch begins and ends."""

    start = StringField("Start", [InputRequired("Say where the stretch begins.")])
    end = StringField("End", [InputRequired("Say where it ends.")])

    def validate_start(self, field: StringField) -> None:
        """Refuse what is no position."""
        _check_position(field)

    validate_end = validate_start

    @property
    def stretch(self) -> Stretch:
        """The stretch of a form that is valid."""
        return Stretch(read_position(self.start.data), read_position(self.end.data))


class MuteForm(Form):
    """Says that muting is meant."""

    sure = BooleanField(
        "I know that this cannot be undone here: only the original still has the sound",
        [InputRequired("Say that you mean it: muting cannot be undone here.")],
    )


@blueprint.get("/studies/<study>/recordings/<recording>/listen")
@allowed(Act.IMPORT)
def listen(study: str, recording: str):
    """Show the player and the stretches."""
    return _page(recording)


@blueprint.get("/studies/<study>/recordings/<recording>/audio")
@allowed(Act.IMPORT)
def audio(study: str, recording: str):
    """Send a stretch of the recording; the trail says who has heard it."""
    with database().read() as db:
        name = hearing.get_storage_name(db, actor(), recording)
        noted = hearing.is_listening_noted(db, actor(), recording)
    if not noted:
        with database().write() as db:
            hearing.note_listening(db, actor(), recording)
    reply = sound.read_audio(store(), name, request.headers.get("Range"))
    return Response(reply.chunks, reply.status, reply.headers, direct_passthrough=True)


@blueprint.get("/studies/<study>/recordings/<recording>/peaks")
@allowed(Act.IMPORT)
def peaks(study: str, recording: str):
    """Send the waveform as numbers from 0 to 255."""
    with database().read() as db:
        name = hearing.get_storage_name(db, actor(), recording)
    return sound.read_peaks(store(), name)


@blueprint.post("/studies/<study>/recordings/<recording>/mutes")
@allowed(Act.IMPORT)
def add(study: str, recording: str):
    """Add a stretch to those that wait."""
    form = StretchForm(request.form)
    if not form.validate():
        return _page(recording, stretch_form=form), 422
    try:
        with database().write() as db:
            mute.add_mute(db, actor(), recording, form.stretch)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return _page(recording, stretch_form=form), 422
    return _back(study, recording)


@blueprint.post("/studies/<study>/recordings/<recording>/mutes/<stretch>/remove")
@allowed(Act.IMPORT)
def remove(study: str, recording: str, stretch: str):
    """Take a stretch back that waits."""
    with database().write() as db:
        mute.remove_mute(db, actor(), recording, stretch)
    return _back(study, recording)


@blueprint.post("/studies/<study>/recordings/<recording>/mute")
@allowed(Act.IMPORT)
def mute_stretches(study: str, recording: str):
    """Have the waiting stretches muted."""
    form = MuteForm(request.form)
    if not form.validate():
        return _page(recording, mute_form=form), 422
    with database().write() as db:
        mute.ask_mute(db, actor(), recording)
    return _back(study, recording)


def _page(
    recording: str, *, stretch_form: StretchForm | None = None, mute_form: MuteForm | None = None
) -> str:
    with database().read() as db:
        heard = mute.get_audible(db, actor(), recording)
    return render_template(
        "lead/mutes.html",
        heard=heard,
        stretch_form=stretch_form or StretchForm(),
        mute_form=mute_form or MuteForm(),
        written=write_position,
    )


def _back(study: str, recording: str):
    return redirect(url_for("mutes.listen", study=study, recording=recording), 303)


def _check_position(field: StringField) -> None:
    if read_position(field.data) is None:
        raise ValidationError(POSITION)
