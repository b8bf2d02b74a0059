"""The forms of the unmask page."""

from wtforms import (
    BooleanField,
    Form,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from coder_app.domain.guessing import FEWEST, MOST, USUAL
from coder_app.services.plan import MOST_PERMUTATIONS, SEED_BELOW

METHOD_LABELS = {
    "rd": "Residuals of the reduced model (Kherad-Pajouh & Renaud)",
    "rde": "Residuals of the reduced model and the other error (Kherad-Pajouh & Renaud)",
    "freedman_lane": "Residuals within sequences, types between them (Freedman & Lane)",
    "restricted": "Scores within sequences, types between them",
}


class LockForm(Form):
    """Locks the coding."""

    sure = BooleanField(
        "No rating changes after this; every form stays as it was submitted",
        [InputRequired("Say that you mean it: a locked coding is not opened again.")],
    )


class AskForm(Form):
    """Asks the coders what they take recordings to have been."""

    count = IntegerField(
        "Recordings for each coder",
        [InputRequired("Give a number."), NumberRange(FEWEST, MOST, f"Give {FEWEST} to {MOST}.")],
        default=USUAL,
        description="Drawn at random from the coder’s own; all of them where there are fewer.",
    )


class PlanForm(Form):
    """What a lead decides about the analysis; the rest of the plan follows from the study."""

    permutations = IntegerField(
        "Permutations",
        [
            InputRequired("Give a number."),
            NumberRange(1, MOST_PERMUTATIONS, f"Give 1 to {MOST_PERMUTATIONS:,}."),
        ],
        description="100,000 take a few seconds a test.",
    )
    seed = IntegerField(
        "Seed",
        [InputRequired("Give a seed."), NumberRange(0, SEED_BELOW - 1, "Give a whole number from 0 on.")],
        description="The same seed draws the same permutations again.",
    )
    method = SelectField(
        "What is permuted",
        choices=[SelectChoice(name, label) for name, label in METHOD_LABELS.items()],
        description="The first is the default of R’s permuco. With few sequences choose one before you look.",
    )
    marginal = BooleanField(
        "Read p below .10 as marginal",
        description="As the source study did: marked with †, and an interaction below .10 is looked into.",
    )
    dropped_items = SelectMultipleField(
        "Items that leave all further analyses",
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
        description="For example items that are too rare for an ICC. The sums do without them.",
    )
    notes = TextAreaField(
        "Notes",
        [Optional(), Length(max=4000)],
        description="Hypotheses, exclusions and whatever else you want to be held to.",
    )


class OpenForm(Form):
    """Opens the key."""

    reason = TextAreaField(
        "Reason",
        [InputRequired("Give the reason."), Length(max=2000)],
        description="Stands in the audit trail, word for word.",
    )
    name = StringField("Type the study’s name", [InputRequired("Type the study’s name."), Length(max=200)])
    password = PasswordField(
        "Your password",
        [InputRequired("Type your password."), Length(max=1000)],
        description="Once more, for this act only.",
    )
