"""The forms of the page of measures."""

from collections.abc import Mapping

from wtforms import (
    Form,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from coder_app.domain.entries import InstrumentError
from coder_app.domain.instruments import INFORMANTS, MEAN, SUM
from coder_app.domain.own_measures import MOST_ITEMS, Outline
from coder_app.domain.scoring import ITEM_MEAN, MISSING_RULES, NONE, PERSON_MEAN, PRORATE, Rule
from coder_app.services.scoring import StudyMeasure

RULE_WORDS = {
    PERSON_MEAN: "The person’s mean",
    ITEM_MEAN: "The item’s mean",
    PRORATE: "Prorate",
    NONE: "No score",
}
RULE_NOTES = {
    PERSON_MEAN: "Filled in with the mean of what the same person answered in this questionnaire, in "
    "subscales too. This is single mean imputation at item level, as in the source study.",
    ITEM_MEAN: "Filled in with the mean of all answers to the item at the same treatment session.",
    PRORATE: "The sum of the answered items is scaled up to all items. For the total this gives the person’s "
    "mean; a subscale is scaled up from its own items alone, and needs the share of those.",
    NONE: "A questionnaire that lacks an answer has no total, and no score of the subscale that lacks it.",
}


class RuleForm(Form):
    """Which items are turned round, and what becomes of a missing answer."""

    reversed = SelectMultipleField("Turned round", option_widget=widgets.CheckboxInput())
    missing = RadioField(
        "When answers are missing",
        [InputRequired("Choose what becomes of a missing answer.")],
        choices=[SelectChoice(name, RULE_WORDS[name]) for name in MISSING_RULES],
    )
    least_answered = IntegerField(
        "Share of the items that must be answered, in per cent",
        [InputRequired("Give a share from 1 to 100."), NumberRange(1, 100, "Give a share from 1 to 100.")],
        description="With fewer answers there is no score, whatever the rule.",
    )

    def read_rule(self) -> Rule:
        """Return the rule that was chosen."""
        return Rule(frozenset(self.reversed.data or ()), self.missing.data, self.least_answered.data / 100)


def form_of(measure: StudyMeasure, sent: Mapping[str, str] | None = None) -> RuleForm:
    """Return the form of a measure as the study has it, or as it was sent; its ids are the measure's own."""
    rule = measure.rule
    form = RuleForm(
        sent,
        prefix=f"m{measure.id}",
        reversed=sorted(rule.reversed),
        missing=rule.missing,
        least_answered=round(100 * rule.least_answered),
    )
    form.reversed.choices = [
        SelectChoice(item.code, f"Item {number}")
        for number, item in enumerate(measure.instrument.items, start=1)
    ]
    return form


class OutlineForm(Form):
    """A questionnaire in a few words."""

    name = StringField(
        "Short name",
        [
            DataRequired("Give the measure a name."),
            Length(max=40),
            Regexp(
                r"[A-Za-z0-9][A-Za-z0-9 ._-]*$", message="Letters, digits, spaces, dots and hyphens only."
            ),
        ],
        [lambda text: " ".join((text or "").split())],
        description="As files name it, such as WAI-S.",
    )
    informant = RadioField(
        "Who answers it",
        [InputRequired("Choose who answers it.")],
        choices=[SelectChoice(name, name.capitalize()) for name in INFORMANTS],
    )
    n_items = IntegerField(
        "Number of items",
        [
            InputRequired("Give the number of items."),
            NumberRange(1, MOST_ITEMS, f"Give a number from 1 to {MOST_ITEMS}."),
        ],
    )
    lowest = IntegerField("Lowest answer", [InputRequired("Give the lowest answer, such as 1.")])
    highest = IntegerField("Highest answer", [InputRequired("Give the highest answer, such as 5.")])
    scoring = RadioField(
        "The total is",
        [InputRequired("Choose what the total is.")],
        choices=[SelectChoice(SUM, "The sum of the items"), SelectChoice(MEAN, "The mean of the items")],
        description="Subscales are scored the same way. This cannot be changed once there are scores.",
    )
    reversed = StringField(
        "Items to turn round",
        [Optional(), Length(max=400)],
        description="Their numbers, such as 4, 10. Leave it empty where scores come in turned already.",
    )
    subscales = TextAreaField(
        "Subscales",
        [Optional(), Length(max=4000)],
        description="One a line: its name, a colon, and the numbers of its items, such as Bond: 3, 5, 7, 9.",
    )

    def read_outline(self) -> Outline:
        """Return what was entered."""
        return Outline(
            name=self.name.data,
            informant=self.informant.data,
            scoring=self.scoring.data,
            lowest=self.lowest.data,
            highest=self.highest.data,
            n_items=self.n_items.data,
            reversed=self.reversed.data or "",
            subscales=self.subscales.data or "",
        )

    def note(self, error: InstrumentError) -> None:
        """Put what is wrong with the questionnaire at the entry that it comes from."""
        key = error.key.partition("[")[0]
        said = str(error).removeprefix(f"{error.key}: ")
        said = said[:1].upper() + said[1:] + "."
        if key in self._fields:
            self[key].errors = [*self[key].errors, said]
        else:
            self.form_errors.append(said)


class FileForm(Form):
    """A measure's file as text."""

    text = TextAreaField(
        "Or paste its text",
        [Optional()],
        description="TOML, with the keys that the downloaded file of another measure has.",
    )
