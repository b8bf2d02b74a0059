"""The page of rounds: its forms, and what they stand among."""

from dataclasses import dataclass

from flask import render_template
from wtforms import BooleanField, Form, IntegerField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from coder_app.domain.allocation import subset_size
from coder_app.domain.phases import OPEN_PHASES, Phase
from coder_app.domain.rough import write_rough
from coder_app.services import progress, recognition, reopening_answer, round_training
from coder_app.services import round as rounds_service
from coder_app.services.progress import RoundView
from coder_app.services.round_settings import HIGHEST_GOAL
from coder_app.services.round_training import Practice, PracticeRecording
from coder_app.web.access import actor, database
from coder_app.web.lead.repeats_form import RepeatsForm, show_repeats

USUAL_PERCENT = 25
TRAINING = "training-"
GIVEN = "In an earlier round: only who has not been given it then gets it."


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


class TrainingForm(Form):
    """Which practice recordings every coder gets."""

    name = StringField("Name of the round", [InputRequired("Give the round a name."), Length(max=60)])
    recordings = SelectMultipleField(
        "Practice recordings",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class GoalForm(Form):
    """What a lead decides about one round at any time."""

    weekly_goal = IntegerField(
        "Forms per coder and week",
        [Optional(), NumberRange(1, HIGHEST_GOAL, f"Give a number from 1 to {HIGHEST_GOAL}, or nothing.")],
        description=(
            "Each coder reads it as one quiet line with the own number of the week, which begins on Monday. "
            "Goals of several rounds are added up, so that none tells of which round a form is. "
            "Empty: no goal."
        ),
    )
    announced = BooleanField(
        "Coders read the name of this round",
        description=(
            "Its recordings then stand under this name in their queues; what has been read cannot be unread. "
            "Otherwise nothing tells which round a recording is of, or whether it is for training."
        ),
    )


@dataclass(frozen=True)
class RoundCard:
    """One round, with the form of its settings, None once coding is locked."""

    round: RoundView
    goal_form: GoalForm | None


@dataclass(frozen=True)
class Sent:
    """A form that was sent and could not be carried out; `round` is the one that a goal is of."""

    allot: AllotForm | None = None
    training: TrainingForm | None = None
    goal: GoalForm | None = None
    round: str | None = None
    repeats: RepeatsForm | None = None


def read_training(sent) -> TrainingForm:
    """Return a sent form of a training round; the form beside it has a name, too."""
    return TrainingForm(sent, prefix=TRAINING)


def read_goal(sent, public_id: str) -> GoalForm:
    """Return a sent form of a round's settings; its fields are named after the round."""
    return GoalForm(sent, prefix=f"{public_id}-")


def show_rounds(sent: Sent | None = None, changed: str | None = None) -> str:
    """Show rounds, teams and how far each coder is, and the forms for what is next."""
    sent = sent or Sent()
    with database().read() as db:
        readiness = rounds_service.get_readiness(db, actor())
        practice = round_training.get_practice(db, actor())
        rounds = progress.list_rounds(db, actor())
        progress_rows = progress.list_progress(db, actor())
        n_reopenings = reopening_answer.count_open(db, actor())
        recognised = recognition.list_by_coder(db, actor())
        repeats = show_repeats(db, actor(), sent.repeats)
    return render_template(
        "lead/rounds.html",
        form=sent.allot or AllotForm(name="Main coding", percent=USUAL_PERCENT),
        training=_training_form(practice, sent.training),
        practice=practice,
        given={one.public_id: GIVEN for one in practice.recordings or () if one.is_given},
        readiness=readiness,
        cards=[_card(one, sent) for one in rounds],
        progress=progress_rows,
        n_reopenings=n_reopenings,
        recognised=recognised,
        repeats=repeats,
        setup=actor().phase is Phase.SETUP,
        usual_subset=subset_size(readiness.n_recordings, USUAL_PERCENT / 100),
        changed=next((one.name for one in rounds if one.public_id == changed), None),
    )


def _training_form(practice: Practice, sent: TrainingForm | None) -> TrainingForm:
    known = practice.recordings or ()
    form = sent or TrainingForm(
        prefix=TRAINING,
        data={
            "name": f"Training {practice.n_rounds + 1}",
            "recordings": [one.public_id for one in known if not one.is_given],
        },
    )
    form.recordings.choices = [(one.public_id, _in_words(one)) for one in known]
    return form


def _in_words(one: PracticeRecording) -> str:
    return one.code if one.minutes is None else f"{one.code}, {write_rough(one.minutes)}"


def _card(one: RoundView, sent: Sent) -> RoundCard:
    if actor().phase not in OPEN_PHASES:
        return RoundCard(one, None)
    if sent.goal is not None and sent.round == one.public_id:
        return RoundCard(one, sent.goal)
    form = GoalForm(
        prefix=f"{one.public_id}-", data={"weekly_goal": one.weekly_goal, "announced": one.announced}
    )
    return RoundCard(one, form)
