"""Figures of agreement by item: the forest of ICCs, and how coders differ."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.services.reliability_tables import file_names
from coder_app.web.charts.forest import CICCHETTI_CUTS, CICCHETTI_WORDS, KOO_LI_CUTS, KOO_LI_WORDS
from coder_app.web.charts.heat import signed
from coder_app.web.numbers import coefficient, count, interval, percent

FOREST, DEVIATIONS = "forest", "deviations"
CICCHETTI = "cicchetti"
# scheme: (cuts, words, whose they are)
_SCHEMES = {
    CICCHETTI: (
        *(CICCHETTI_CUTS, CICCHETTI_WORDS),
        "Cicchetti (1994): poor below .40, fair from .40, good from .60, excellent from .75",
    ),
    "koo_li": (
        *(KOO_LI_CUTS, KOO_LI_WORDS),
        "Koo and Li (2016): poor below .50, moderate from .50, good from .75, excellent above .90",
    ),
}


def draw_reliability(content: dict[str, Any]) -> list[Drawing]:
    """Return the forest and the deviations of every instrument that has any."""
    found = content["instruments"]
    drawings = []
    for name, instrument in zip(file_names(found), found, strict=True):
        if not instrument["n_recordings"]:
            continue
        drawings.append(_forest(name, instrument, content["settings"]))
        if varying := [item for item in instrument["items"] if _differs(item)]:
            drawings.append(_deviations(name, instrument, varying))
    return drawings


def _forest(name: str, instrument: dict[str, Any], settings: dict[str, Any]) -> Drawing:
    sure = percent(settings["confidence"])
    return Drawing(
        picture=FOREST,
        label=instrument["name"],
        name=f"{FOREST}-{name}",
        form="forest",
        title=f"Agreement of the coders on the items of the {instrument['name']}",
        caption=_forest_caption(instrument, settings),
        data=forest_data([_item_row(item) for item in instrument["items"]], sure, settings["words"]),
    )


def forest_data(rows: list[dict[str, Any]], sure: str, scheme: str = CICCHETTI) -> dict[str, Any]:
    """Return what the forest is drawn from: rows of `forest_row` on the bands of a scheme of words."""
    cuts, words, _ = _SCHEMES[scheme]
    ticks = sorted({0.0, 0.2, 1.0, *cuts})
    return {
        "rows": rows,
        "cuts": list(cuts),
        "words": list(words),
        "ticks": [(tick, coefficient(tick)) for tick in ticks],
        "axis": f"ICC(A,1) with {sure} confidence interval",
    }


def _item_row(item: dict[str, Any]) -> dict[str, Any]:
    if item["rare"]:
        return forest_row(item["label"], None, item["reason"] or "withheld: rare")
    return forest_row(item["label"], item["icc"], item["reason"])


def forest_row(label: str, icc: dict[str, Any] | None, said: str | None) -> dict[str, Any]:
    """Return one row: a figure as printed, or the reason why there is none."""
    figures = dict.fromkeys(("estimate", "lower", "upper")) | (icc or {})
    if figures["estimate"] is not None:
        limits = interval(figures["lower"], figures["upper"])
        said = f"{coefficient(figures['estimate'])} {limits if figures['lower'] is not None else ''}".strip()
    return {
        "label": label,
        **{key: figures[key] for key in ("estimate", "lower", "upper")},
        "said": said or "not computed",
    }


def _forest_caption(instrument: dict[str, Any], settings: dict[str, Any]) -> str:
    items = instrument["items"]
    said = [
        "Squares are intraclass correlations ICC(A,1) (two-way model, absolute agreement, single coder; "
        f"McGraw & Wong, 1996) of {_who(instrument)}, lines their {percent(settings['confidence'])} "
        "confidence intervals; an arrow says that an interval goes on. Complete items: analysis of variance, "
        "intervals from F."
    ]
    if any(item["design"] == "incomplete" for item in items):
        said.append(
            "Items with missing ratings: REML on all ratings, intervals from a parametric bootstrap (ten "
            "Hove, Jorgensen & van der Ark, 2022)."
        )
    said.append(f"Words after {_SCHEMES[settings['words']][2]}.")
    if any(item["rare"] for item in items):
        fewest = count(settings["rare_below"], "recording")
        said.append(f"Rare: scored above the lowest point in fewer than {fewest}.")
    return " ".join(said)


def _deviations(name: str, instrument: dict[str, Any], items: list[dict[str, Any]]) -> Drawing:
    coders = instrument["coders"]
    rows = [[item["deviations"].get(coder["label"]) for coder in coders] for item in items]
    full = max((abs(value) for row in rows for value in row if value is not None), default=0.0)
    return Drawing(
        picture=DEVIATIONS,
        label=instrument["name"],
        name=f"{DEVIATIONS}-{name}",
        form="heat",
        title=f"How each coder’s scores on the {instrument['name']} differ from those of all coders",
        caption=(
            "Mean of a coder’s score minus the mean of all coders of the same recording, in scale points, "
            f"over {_who(instrument)}. Blue and − lower, orange and + higher; items without variation are "
            "left out."
        ),
        data={
            "rows": [item["label"] for item in items],
            # Files name coders by number.
            "columns": [coder["alias"] for coder in coders],
            "cells": [[(value, "–" if value is None else signed(value)) for value in row] for row in rows],
            "full": full,
            "signed": True,
        },
    )


def _differs(item: dict[str, Any]) -> bool:
    return bool(item["deviations"]) and sum(1 for number in item["counts"] if number) > 1


def _who(instrument: dict[str, Any]) -> str:
    return (
        f"{count(instrument['n_recordings'], 'recording')} that {count(len(instrument['coders']), 'coder')} "
        "rated independently"
    )
