"""The figure of recordings that came back: each coder's agreement with themselves."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.services.reliability_tables import file_names
from coder_app.web.lead.drawings.reliability import forest_data, forest_row
from coder_app.web.numbers import percent


def draw_repeats(content: dict[str, Any]) -> list[Drawing]:
    """Return a forest of subscales by coder for every instrument of which recordings came back."""
    found = content["instruments"]
    return [
        _forest(name, instrument, content["settings"])
        for name, instrument in zip(file_names(found), found, strict=True)
        if any(subscale["coders"] for subscale in instrument["subscales"])
    ]


def _forest(name: str, instrument: dict[str, Any], settings: dict[str, Any]) -> Drawing:
    aliases = {coder["label"]: coder["alias"] for coder in instrument["coders"]}
    rows = [
        forest_row(f"{subscale['name']}, {aliases[one['rater']]}", one["icc"], one["icc"]["reason"])
        for subscale in instrument["subscales"]
        for one in subscale["coders"]
    ]
    sure = percent(settings["confidence"])
    return Drawing(
        picture="forest",
        label=instrument["name"],
        name=f"forest-{name}",
        form="forest",
        title=f"Agreement of each coder with themselves on the sums of the {instrument['name']}",
        caption=(
            "ICC(A,1) (two-way model, absolute agreement, single score; McGraw & Wong, 1996) of a coder’s "
            f"sums on two occasions, with {sure} confidence intervals. The recordings came back under other "
            "names and without notice. Words after Cicchetti (1994)."
        ),
        data=forest_data(rows, sure),
    )
