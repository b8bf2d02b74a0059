"""What a plan is made for, as a form whose entries stand in the address."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField
from wtforms.validators import InputRequired, ValidationError

from coder_app.services.planning import SETTINGS
from coder_app.services.planning_content import CODERS
from coder_app.web.lead.rupture_form import NumberField, as_choices, plain

CONFIDENCES = {"90": "90%", "95": "95%", "99": "99%"}
POWERS = {"80": "80%", "90": "90%"}
USUAL_CODERS = 3
# Settings that the form asks for in percent, and what each is called in a list of settings.
_SCALES = {"confidence": 100, "bias": 100, "power": 100}
_WORDS = {
    "icc": "expected ICC",
    "width": "width",
    "confidence": "confidence",
    "bias": "variance between coders",
    "least": "ICC to be refuted",
    "power": "power",
}


def _between(low: float, high: float):
    def check(form: Form, field: NumberField) -> None:
        if field.data is not None and not low <= field.data <= high:
            raise ValidationError(f"Give a number from {plain(low)} to {plain(high)}.")

    return check


class PlanningForm(Form):
    """The interval that is wanted, and what is expected of the ratings."""

    icc = NumberField(
        "ICC(A,1) that you expect", [InputRequired("Give an ICC, such as 0.7."), _between(0.05, 0.95)]
    )
    coders = SelectField(
        "Coders of each recording",
        [InputRequired()],
        choices=as_choices({str(number): str(number) for number in CODERS}),
    )
    width = NumberField(
        "Width of the interval, from end to end",
        [InputRequired("Give a width, such as 0.2."), _between(0.05, 1)],
    )
    confidence = SelectField("Confidence", [InputRequired()], choices=as_choices(CONFIDENCES))
    bias = NumberField(
        "Variance between coders, in %",
        [InputRequired("Give a share, 0 for none."), _between(0, 50)],
        description="Of the variance of single scores: how much coders differ in level. 0: not at all.",
    )
    least = NumberField(
        "ICC to be refuted by a test",
        [InputRequired("Give an ICC, such as 0.4."), _between(0, 0.9)],
        description="The test asks whether the ICC is above it; one-tailed, at .05.",
    )
    power = SelectField("Power of the test", [InputRequired()], choices=as_choices(POWERS))

    def validate_bias(self, field: NumberField) -> None:
        """Leave something for the residual."""
        if field.data is None or self.icc.data is None:
            return
        left = round(100 * (1 - self.icc.data), 8)
        if field.data >= left:
            raise ValidationError(f"Give less than {plain(left)}: that is all the ICC leaves.")

    def validate_least(self, field: NumberField) -> None:
        """Only a lower ICC can be refuted."""
        if field.data is not None and self.icc.data is not None and field.data >= self.icc.data:
            raise ValidationError("Give an ICC below the one that you expect.")

    def settings(self) -> dict[str, float]:
        """Return what the form says, as the service takes it."""
        return {
            "icc": self.icc.data,
            "width": self.width.data,
            "confidence": int(self.confidence.data) / 100,
            "bias": round(self.bias.data / 100, 10),
            "least": self.least.data,
            "power": int(self.power.data) / 100,
        }


def read_form(given: MultiDict[str, str]) -> PlanningForm:
    """Return the form with what was given; what was not is as usual."""
    usual = entries_of_plan({}) | {"coders": str(USUAL_CODERS)}
    return PlanningForm(MultiDict({name: given.get(name, entry) for name, entry in usual.items()}))


def entries_of_plan(settings: Mapping[str, float]) -> dict[str, str]:
    """Return the entries of the form that mean these settings."""
    asked = SETTINGS | settings
    return {name: plain(round(value * _SCALES.get(name, 1), 8)) for name, value in asked.items()}


def say_plan(settings: Mapping[str, float]) -> list[str]:
    """Return in words what a plan was made for and that is not usual."""
    usual = entries_of_plan({})
    return [
        f"{_WORDS[name]} {entry}{'%' if name in _SCALES else ''}"
        for name, entry in entries_of_plan(settings).items()
        if entry != usual[name]
    ]
