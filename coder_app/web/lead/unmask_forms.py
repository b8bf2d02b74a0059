"""The forms of the unmask page."""

from wtforms import (
    BooleanField,
    Form,
    IntegerField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from coder_app.domain.guessing import FEWEST, MOST, USUAL
from coder_app.services.plan import MOST_PERMUTATIONS, SEED_BELOW


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
