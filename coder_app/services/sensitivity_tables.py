"""What every definition finds, and which ruptures, as CSV; each row with the settings that it is of."""

from typing import Any

from coder_app.services.sensitivity_content import DEFINITION, OUTCOME

FOUND = (
    "informant",
    "measure",
    "dyad",
    "pre",
    "central",
    "post",
    "reason",
    "longest_run",
    "by_own",
    "share",
    "share_of_criteria",
)
DEFINITIONS = ("informant", "measure", "own", *DEFINITION, *OUTCOME)
OWN = ("fourths", "k", "absolute", "pooled", "min_run", "chart")


def write_definitions(content: dict[str, Any]) -> str:
    """Return one row for each informant and definition: its settings, and what it finds."""
    from coder_app.tables.writing import write_csv

    rows = [
        [analysis["informant"], analysis["measure"], number == content["own"], *definition, *outcome]
        for analysis in content["analyses"]
        for number, (definition, outcome) in enumerate(
            zip(content["definitions"], analysis["outcomes"], strict=True)
        )
    ]
    return write_csv(DEFINITIONS, rows)


def write_found(content: dict[str, Any]) -> str:
    """Return one row for each rupture that any definition finds; the settings are the own ones."""
    from coder_app.tables.writing import write_csv

    own = [content["settings"][name] for name in OWN]
    fourths = content["grid"]["fourths"]
    rows = [
        [
            *(analysis["informant"], analysis["measure"]),
            *(one[name] for name in FOUND[2:]),
            *(one["types"].get(name) for name in fourths),
            len(content["definitions"]),
            *own,
        ]
        for analysis in content["analyses"]
        for one in analysis["ruptures"]
    ]
    types = [f"type_{name}" for name in fourths]
    return write_csv([*FOUND, *types, "definitions", *OWN], rows)
