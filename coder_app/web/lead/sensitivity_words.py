"""What the pictures of the sensitivity page say in words."""

from collections.abc import Callable
from typing import Any

from coder_app.web.lead.rupture_form import plain

ROBUST_FROM, FRAGILE_BELOW = 0.9, 0.5
FOURTHS_SHORT = {
    "hinges": "Hinges",
    "exclusive": "Exclusive",
    **{f"type{number}": f"Type {number}" for number in range(1, 10)},
}
SD_SHORT = {"all": "SD of all scores", "within": "SD within series"}
CRITERIA_SAID = {"chart": "Chart only", "both": "Chart and drop", "absolute": "Drop only"}
# The settings beneath the curve: name, and how a value is labelled.
GROUPS: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("criteria", lambda value: CRITERIA_SAID[value]),
    ("fourths", lambda value: FOURTHS_SHORT[value]),
    ("k", lambda value: f"k = {plain(value)}"),
    ("absolute", lambda value: f"Drop {plain(value)} SD"),
    ("pooled", lambda value: SD_SHORT[value]),
    ("min_run", lambda value: f"{value} in a row"),
)
GROUP_SAID = {
    "criteria": "Criteria",
    "fourths": "Fourths",
    "k": "Limit",
    "absolute": "Drop",
    "pooled": "Pooled SD",
    "min_run": "Shortest run",
}


def word_of(share: float) -> str:
    """Say in one word how much a rupture hangs on the definition."""
    if share >= ROBUST_FROM:
        return "robust"
    return "fragile" if share < FRAGILE_BELOW else "depends"


def grid_said(grid: dict[str, Any], n: int) -> str:
    """Name every value of every setting that was tried."""
    parts = (
        "criteria: chart only, chart and drop, drop only",
        f"fourths: {', '.join(FOURTHS_SHORT[one].lower() for one in grid['fourths'])}",
        f"k: {', '.join(map(plain, grid['k']))}",
        f"drop: {', '.join(map(plain, grid['absolute']))} pooled SD",
        "SD: of all scores, within series",
        f"scores in a row: {', '.join(map(str, grid['min_run']))}",
    )
    return f"The {n:,} definitions are all combinations of {'; '.join(parts)}."
