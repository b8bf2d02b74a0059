"""Rounds and coders: training, the allotment of the frozen sample, goals, how far each coder is."""

from flask import Blueprint, redirect, request, url_for

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import repeat_making, round_settings, round_training
from coder_app.services import round as rounds_service
from coder_app.services.errors import Refused
from coder_app.services.round_settings import RoundSettings
from coder_app.web.access import actor, allowed, database
from coder_app.web.lead.repeats_form import read_repeats
from coder_app.web.lead.rounds_page import AllotForm, Sent, read_goal, read_training, show_rounds

blueprint = Blueprint("rounds", __name__)


@blueprint.get("/studies/<study>/rounds")
@allowed(Act.ALLOT)
def rounds(study: str):
    """Show rounds, teams and how far each coder is; before the main round, the forms that make rounds."""
    return show_rounds(changed=request.args.get("changed"))


@blueprint.post("/studies/<study>/rounds")
@allowed(Act.ALLOT)
def allot(study: str):
    """Draw the subset, mask the recordings and give them to the coders."""
    form = AllotForm(request.form)
    if not form.validate():
        return show_rounds(Sent(allot=form)), 422
    try:
        with database().write() as db:
            rounds_service.allot_sample(db, actor(), form.name.data, form.percent.data / 100, form.seed.data)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return show_rounds(Sent(allot=form)), 409
    return redirect(url_for("rounds.rounds", study=study), 303)


@blueprint.post("/studies/<study>/rounds/training")
@allowed(Act.ALLOT)
def start_training(study: str):
    """Give practice recordings to every coder."""
    form = read_training(request.form)
    if not form.validate():
        return show_rounds(Sent(training=form)), 422
    # Who must not see codes now cannot choose among them, and gives all.
    chosen = form.recordings.data if actor().sees(Thing.RECORDINGS) else None
    try:
        with database().write() as db:
            made = round_training.start_training(db, actor(), form.name.data, chosen)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return show_rounds(Sent(training=form)), 409
    return redirect(url_for("rounds.rounds", study=study, changed=made), 303)


@blueprint.post("/studies/<study>/rounds/repeats")
@allowed(Act.ALLOT)
def set_up_repeats(study: str):
    """Decide which share of each coder's recordings comes back, and when."""
    form = read_repeats(request.form)
    if not form.validate():
        return show_rounds(Sent(repeats=form)), 422
    share, least_days, seed = form.percent.data / 100, form.least_days.data, form.seed.data
    try:
        with database().write() as db:
            repeat_making.set_up(db, actor(), share, least_days, seed)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return show_rounds(Sent(repeats=form)), 409
    return redirect(url_for("rounds.rounds", study=study, _anchor="repeats"), 303)


@blueprint.post("/studies/<study>/rounds/<made>")
@allowed(Act.ALLOT)
def change_round(study: str, made: str):
    """Set a round's goal for the week, and whether coders read its name."""
    form = read_goal(request.form, made)
    if not form.validate():
        return show_rounds(Sent(goal=form, round=made)), 422
    new = RoundSettings(form.weekly_goal.data, form.announced.data)
    try:
        with database().write() as db:
            round_settings.change_round(db, actor(), made, new)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return show_rounds(Sent(goal=form, round=made)), 409
    return redirect(url_for("rounds.rounds", study=study, changed=made), 303)
