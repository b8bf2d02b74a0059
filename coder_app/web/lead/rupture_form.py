"""The settings of the search for ruptures: as a form whose entries stand in the address, and in words."""

from math import isfinite
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FloatField, Form, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import TextInput

FOURTHS = {
    "hinges": "Tukey’s hinges",
    "exclusive": "Halves without the median",
    "type1": "Type 1 quantiles",
    "type2": "Type 2 quantiles (SAS)",
    "type3": "Type 3 quantiles",
    "type4": "Type 4 quantiles",
    "type5": "Type 5 quantiles",
    "type6": "Type 6 quantiles (SPSS)",
    "type7": "Type 7 quantiles (R, numpy)",
    "type8": "Type 8 quantiles",
    "type9": "Type 9 quantiles",
}
POOLED = {"all": "All scores of all series", "within": "Within series"}
POOLED_SAID = {"all": "all scores of all analysed series together", "within": "within the analysed series"}
CRITERIA = {
    "both": "Chart and absolute drop",
    "chart": "Control chart only",
    "absolute": "Absolute drop only",
}
SHORTEST_RUN, LONGEST_RUN = 2, 100
LARGEST = 10


def as_choices(labels: dict[str, str]) -> list[SelectChoice]:
    """Return the choices of a select field from their labels."""
    return [SelectChoice(value, label) for value, label in labels.items()]


class NumberField(FloatField):
    """A number with a decimal point or a decimal comma."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number or say what is wanted."""
        try:
            self.data = float(valuelist[0].strip().replace(",", "."))
        except (IndexError, ValueError):
            self.data = None
        if self.data is None or not isfinite(self.data):
            raise ValueError("Give a number, such as 1.5.")


class WholeNumberField(IntegerField):
    """A whole number; the browser hands over what was typed, so that it can be shown again."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number or say what is wanted."""
        try:
            self.data = int(valuelist[0].strip())
        except (IndexError, ValueError):
            self.data = None
            raise ValueError("Give a whole number, such as 7.") from None


def _positive(form: Form, field: NumberField) -> None:
    if field.data is not None and not 0 < field.data <= LARGEST:
        raise ValidationError(f"Give a number above 0, at most {LARGEST}.")


def _long_enough(form: Form, field: WholeNumberField) -> None:
    if field.data is not None and not SHORTEST_RUN <= field.data <= LONGEST_RUN:
        raise ValidationError(f"Give a whole number from {SHORTEST_RUN} to {LONGEST_RUN}.")


class SettingsForm(Form):
    """How ruptures are found."""

    fourths = SelectField("Fourths", [InputRequired()], choices=as_choices(FOURTHS))
    k = NumberField("Lower limit: k", [InputRequired("Give k."), _positive])
    criteria = SelectField("Criteria", [InputRequired()], choices=as_choices(CRITERIA))
    absolute = NumberField("Absolute drop, in pooled SD", [InputRequired("Give the drop."), _positive])
    pooled = SelectField("Pooled SD", [InputRequired()], choices=as_choices(POOLED))
    min_run = WholeNumberField(
        "Shortest series, scores in a row",
        [InputRequired("Give the shortest series."), _long_enough],
    )

    def settings(self) -> dict[str, Any]:
        """Return what the form says, as the service takes it."""
        return {
            "k": self.k.data,
            "fourths": self.fourths.data,
            "pooled": self.pooled.data,
            "absolute": None if self.criteria.data == "chart" else self.absolute.data,
            "min_run": self.min_run.data,
            "chart": self.criteria.data != "absolute",
        }


def as_entries(settings: dict[str, Any]) -> dict[str, str]:
    """Return what the form would say for these settings."""
    criteria = "absolute" if not settings["chart"] else "chart" if settings["absolute"] is None else "both"
    return {
        "fourths": settings["fourths"],
        "k": plain(settings["k"]),
        "criteria": criteria,
        "absolute": plain(2 if settings["absolute"] is None else settings["absolute"]),
        "pooled": settings["pooled"],
        "min_run": str(settings["min_run"]),
    }


def read_form(given: MultiDict[str, str], usual: dict[str, Any]) -> SettingsForm:
    """Return the form with what was given; what was not is as usual."""
    entries = as_entries(usual)
    return SettingsForm(MultiDict({name: given.get(name, entry) for name, entry in entries.items()}))


def plain(value: float) -> str:
    """Write a number without trailing zeros."""
    return f"{value:.10g}"


def describe(settings: dict[str, Any]) -> str:
    """Name every setting in one sentence."""
    parts = [f"Fourths: {_small(FOURTHS[settings['fourths']])}"]
    if settings["chart"]:
        parts.append(f"control chart with k = {plain(settings['k'])}")
    else:
        parts.append("no control chart")
    if settings["absolute"] is None:
        parts.append("no absolute criterion")
    else:
        parts.append(f"absolute drop of {plain(settings['absolute'])} pooled SD")
        parts.append(f"pooled SD: {POOLED_SAID[settings['pooled']]}")
    parts.append(f"series with at least {settings['min_run']} scores in a row")
    return "; ".join(parts) + "."


def _small(words: str) -> str:
    """As within a sentence, but names keep their capital."""
    return words if words.startswith("Tukey") else words[0].lower() + words[1:]
