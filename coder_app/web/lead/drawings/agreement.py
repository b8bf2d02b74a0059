"""Figures of agreement without a model of variance: coefficients by item, pairs of coders."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.services.reliability_tables import file_names
from coder_app.web.numbers import coefficient, count, percent

# Key in the content, name, mark: as on the page.
_COEFFICIENTS = (("icc", "ICC(A,1)", "s"), ("kappa", "κ", "D"), ("alpha", "α", "^"), ("ac2", "AC2", "o"))
_TICKS = (-0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def draw_agreement(content: dict[str, Any]) -> list[Drawing]:
    """Return the coefficients and the pairs of every instrument that has any."""
    found = content["instruments"]
    drawings = []
    for name, instrument in zip(file_names(found), found, strict=True):
        if instrument["reason"] or not instrument["n_recordings"]:
            continue
        drawings.append(_coefficients(name, instrument, content["settings"]))
        drawings.append(_pairs(name, instrument))
    return drawings


def _coefficients(name: str, instrument: dict[str, Any], settings: dict[str, Any]) -> Drawing:
    sure = percent(settings["confidence"])
    return Drawing(
        picture="coefficients",
        label=instrument["name"],
        name=f"coefficients-{name}",
        form="dots",
        title=f"Coefficients of agreement on the items of the {instrument['name']}",
        caption=(
            f"Agreement of {count(len(instrument['coders']), 'coder')} on "
            f"{count(instrument['n_recordings'], 'recording')}: ICC(A,1) (McGraw & Wong, 1996), κ = mean "
            "over pairs of coders of Cohen’s kappa with quadratic weights, α = Krippendorff’s alpha, "
            "ordinal, AC2 = Gwet’s coefficient with quadratic weights over the whole scale (Gwet, 2014). "
            f"Lines: {sure} confidence intervals; an arrow says that one goes on. Hollow: rare items, whose "
            "coefficients other than AC2 fall however well coders agree."
        ),
        data={
            "coefficients": [(shown, mark) for _, shown, mark in _COEFFICIENTS],
            "rows": [_row(item) for item in instrument["items"]],
            "ticks": [(tick, coefficient(tick)) for tick in _TICKS],
            "axis": f"Coefficient with {sure} confidence interval",
        },
    )


def _row(item: dict[str, Any]) -> dict[str, Any]:
    marks = []
    for key, _, _ in _COEFFICIENTS:
        one = item[key]
        ends = {end: one[end] for end in ("estimate", "lower", "upper")}
        if ends["lower"] is None or ends["upper"] is None:
            ends |= {"lower": None, "upper": None}
        hollow = item["rare"] and key != "ac2"
        marks.append(None if one["estimate"] is None else ends | {"hollow": hollow})
    return {"label": item["label"], "marks": marks}


def _pairs(name: str, instrument: dict[str, Any]) -> Drawing:
    aliases = {coder["label"]: coder["alias"] for coder in instrument["coders"]}
    shares = {(pair["first"], pair["second"]): pair["percent_agreement"] for pair in instrument["pairs"]}

    def cell(first: str, second: str) -> tuple[float | None, str]:
        value = shares.get((first, second), shares.get((second, first)))
        return value, "" if first == second else percent(value)

    return Drawing(
        picture="pairs",
        label=instrument["name"],
        name=f"pairs-{name}",
        form="heat",
        title=f"Pairs of coders with the same score on the {instrument['name']}",
        caption=(
            "Share of scores that both coders of a pair gave to the same recording and item and that are the "
            f"same, over {count(len(instrument['items']), 'item')} of "
            f"{count(instrument['n_recordings'], 'recording')}."
        ),
        data={
            "rows": list(aliases.values()),
            "columns": list(aliases.values()),
            "cells": [[cell(first, second) for second in aliases] for first in aliases],
            "full": 1.0,
            "signed": False,
        },
    )
