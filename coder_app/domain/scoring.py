"""A study's rule for scoring a questionnaire: items that are turned round, and what a missing answer does."""

from dataclasses import dataclass

from coder_app.domain.instruments import Instrument

NONE, PERSON_MEAN, ITEM_MEAN, PRORATE = "none", "person mean", "item mean", "prorate"
MISSING_RULES = (PERSON_MEAN, ITEM_MEAN, PRORATE, NONE)
LEAST_ANSWERED = 0.8
# What a score is of, and where it comes from.
TOTAL = ""
FROM_FILE, FROM_ANSWERS = "file", "answers"


@dataclass(frozen=True)
class Rule:
    """How one measure is scored: turned items by code, and the rule and least share for missing answers."""

    reversed: frozenset[str] = frozenset()
    missing: str = PERSON_MEAN
    least_answered: float = LEAST_ANSWERED


def default_rule(instrument: Instrument) -> Rule:
    """Return the source study's rule for missing answers, turning the items that the measure's file turns."""
    return Rule(frozenset(item.code for item in instrument.items if item.reversed))


def part_name(instrument: Instrument, subscale: str) -> str:
    """Return the name of a total or subscale as a measure of its own: WAI-S, or WAI-S, bond."""
    if subscale == TOTAL:
        return instrument.name
    found = next((one.name for one in instrument.subscales if one.code == subscale), subscale)
    return f"{instrument.name}, {found.lower()}"
