"""Rounds and coders: allot the frozen sample, watch how far each coder is."""

from flask import Blueprint, redirect, render_template, request, url_for
from wtforms import Form, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from coder_app.domain.allocation import subset_size
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import progress as progress_service
from coder_app.services import reopening_answer
from coder_app.services import round as rounds_service
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database

blueprint = Blueprint("rounds", __name__)

USUAL_PERCENT = 25


class AllotForm(Form):
    """How the frozen sample is shared among the coders."""

    name = StringField("Name of the round", [InputRequired("Give the round a name."), Length(max=60)])
    percent = IntegerField(
        "Share that every coder of a team codes, in percent",
        [InputRequired("Give a share."), NumberRange(0, 100, "Give a share from 0 to 100.")],
    )
    seed = IntegerField(
        "Seed",
        [Optional(), NumberRange(0, rounds_service.SEED_BELOW - 1, "Give a whole number from 0 on.")],
        description="Leave it empty and one is drawn. It is stored, so that the draw can be repeated.",
    )


@blueprint.get("/studies/<study>/rounds")
@allowed(Act.ALLOT)
def rounds(study: str):
    """Show rounds, teams and how far each coder is; before the first round, the form that makes it."""
    return _page(AllotForm(name="Main coding", percent=USUAL_PERCENT))


@blueprint.post("/studies/<study>/rounds")
@allowed(Act.ALLOT)
def allot(study: str):
    """Draw the subset, mask the recordings and give them to the coders."""
    form = AllotForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        with database().write() as db:
            rounds_service.allot_sample(db, actor(), form.name.data, form.percent.data / 100, form.seed.data)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return _page(form), 409
    return redirect(url_for("rounds.rounds", study=study), 303)


def _page(form: AllotForm) -> str:
    with database().read() as db:
        readiness = rounds_service.get_readiness(db, actor())
        made = progress_service.list_rounds(db, actor())
        progress = progress_service.list_progress(db, actor())
        n_reopenings = reopening_answer.count_open(db, actor())
    return render_template(
        "lead/rounds.html",
        form=form,
        readiness=readiness,
        rounds=made,
        progress=progress,
        n_reopenings=n_reopenings,
        setup=actor().phase is Phase.SETUP,
        usual_subset=subset_size(readiness.n_recordings, USUAL_PERCENT / 100),
    )
