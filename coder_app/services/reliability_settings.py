"""The settings of the agreement between coders: what is usual, and what else can be asked for."""

from collections.abc import Mapping
from typing import Any

from coder_app.services.errors import Refused
from coder_app.services.selection import KEYS, Selection

CONFIDENCES = (0.90, 0.95, 0.99)
MOST_BOOTSTRAP = 10_000
SEED_BELOW = 2**31
MOST_RARE = 50
CICCHETTI, KOO_LI = WORDS = ("cicchetti", "koo_li")
KEPT, LEFT_OUT = LEAVERS = ("kept", "left out")
MISSING, PRORATED = SUMS = ("missing", "prorated")
AGAINST = "against"

DEFAULTS: dict[str, Any] = {
    "confidence": 0.95,
    "bootstrap": 2000,
    "seed": 1,
    "rare_below": 2,
    "words": CICCHETTI,
    # A coder who has left: the ratings stay as a column of their own, or are left out altogether.
    "leavers": KEPT,
    # A sum that lacks an item: missing, or prorated once enough items are answered.
    "sums": MISSING,
    # Beside the subset: all recordings of the round that two coders or more have submitted.
    "second_line": False,
}
_CHOICES = {
    "confidence": CONFIDENCES,
    "words": WORDS,
    "leavers": LEAVERS,
    "sums": SUMS,
    "second_line": (False, True),
}
_RANGES = {"bootstrap": (0, MOST_BOOTSTRAP), "seed": (0, SEED_BELOW - 1), "rare_below": (0, MOST_RARE)}


def check_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings with what is usual where nothing is said; Refused names what makes no sense."""
    known = (*DEFAULTS, *KEYS, AGAINST)
    unknown = sorted(set(settings) - set(known))
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join(known)}.")
    chosen = DEFAULTS | {name: value for name, value in settings.items() if name in DEFAULTS}
    for name, choices in _CHOICES.items():
        if not any(type(chosen[name]) is type(one) and chosen[name] == one for one in choices):
            said = ", ".join(map(str, choices))
            raise Refused(f"The setting {name} is {chosen[name]!r}; expected is one of {said}.")
    for name, (low, high) in _RANGES.items():
        value = chosen[name]
        if type(value) is not int or not low <= value <= high:
            raise Refused(
                f"The setting {name} is {value!r}; expected is a whole number from {low} to {high}."
            )
    return chosen


def find_against(settings: Mapping[str, Any]) -> Selection | None:
    """Return the selection that is to stand beside the other one, if there is to be one."""
    against = settings.get(AGAINST)
    if against is None:
        return None
    if not isinstance(against, Mapping) or set(against) - set(KEYS):
        raise Refused(f"The setting {AGAINST} is {against!r}; expected are {', '.join(KEYS)}.")
    return Selection.of(against)
