"""Figures of the sensitivity page for print: what the page shows, for every informant and measure."""

from dataclasses import replace
from typing import Any

from coder_app.services.figure import Drawing
from coder_app.web.lead.drawings.names import slugs
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_page import keys_of
from coder_app.web.lead.sensitivity_curve import build_curve
from coder_app.web.lead.sensitivity_page import count_maps, stable_rows, typed_rows
from coder_app.web.lead.sensitivity_words import FOURTHS_SHORT, GROUP_SAID, grid_said


def draw_sensitivity(content: dict[str, Any]) -> list[Drawing]:
    """Return counts, curve, stability and types of every analysis."""
    keys = keys_of(content)
    drawings = []
    for (key, label), analysis in zip(keys.items(), content["analyses"], strict=True):
        drawings += [replace(one, label=label) for one in _of_analysis(slugs(keys)[key], content, analysis)]
    return drawings


def _of_analysis(name: str, content: dict[str, Any], analysis: dict[str, Any]) -> list[Drawing]:
    label = f"{analysis['informant']} ({analysis['measure']})"
    number = len(content["definitions"])
    n, grid = f"{number:,}", grid_said(content["grid"], number)
    own = f"Settings of the page: {describe(content['settings'])} {grid}"
    drawings = [_counts(name, label, content, analysis, own), _curve(name, label, content, analysis, n, own)]
    if analysis["ruptures"]:
        drawings.append(_stability(name, label, analysis, n, own))
    if typed := typed_rows(content, analysis):
        rows = [
            {"label": f"{one.dyad}, {one.central}", "own": one.own, "types": list(one.cells)} for one in typed
        ]
        caption = (
            f"Type of the ruptures in the scores of the {label} that are repaired under some definitions of "
            f"the fourths and unrepaired under others. {own}"
        )
        data = {"rows": rows, "columns": [FOURTHS_SHORT[one] for one in content["grid"]["fourths"]]}
        title = f"Ruptures whose type hangs on the fourths, {label}"
        drawings.append(Drawing("types", label, f"types-{name}", "types", title, caption, data))
    return drawings


def _counts(name: str, label: str, content: dict[str, Any], analysis: dict[str, Any], own: str) -> Drawing:
    maps = [
        {
            "title": one.title,
            "note": one.note,
            "rows": list(one.rows),
            "columns": list(one.columns),
            "counts": [list(row) for row in one.counts],
            "own": one.own,
        }
        for one in count_maps(content, analysis)
    ]
    caption = (
        f"Number of ruptures in the scores of the {label} under pairs of settings. Outlined: as on the page. "
        f"{own}"
    )
    title = f"Number of ruptures by definition, {label}"
    return Drawing("counts", label, f"counts-{name}", "maps", title, caption, {"maps": maps})


def _curve(
    name: str, label: str, content: dict[str, Any], analysis: dict[str, Any], n: str, own: str
) -> Drawing:
    curve = build_curve(content, analysis)
    choices = [
        {
            "group": GROUP_SAID[one.group],
            "label": one.label,
            "own": one.own,
            "stretches": [list(pair) for pair in one.stretches],
        }
        for one in curve.choices
    ]
    data = {"counts": list(curve.counts), "own": curve.own, "y": "Ruptures", "choices": choices}
    caption = (
        f"Number of ruptures in the scores of the {label} under each of {n} definitions, fewest first, and "
        f"the choices that each definition takes. {own}"
    )
    title = f"Number of ruptures under {n} definitions, {label}"
    return Drawing("curve", label, f"curve-{name}", "multiverse", title, caption, data)


def _stability(name: str, label: str, analysis: dict[str, Any], n: str, own: str) -> Drawing:
    shown, others = stable_rows(analysis)
    rows = [
        {
            "label": f"{one.dyad}, {one.central}",
            "share": one.share,
            "printed": one.printed,
            "word": one.word,
            "own": one.own,
        }
        for one in shown
    ]
    caption = (
        f"Share of {n} definitions that find each rupture (dyad, session) in the scores of the {label}. "
        f"Robust: at least 90%; fragile: fewer than 50%. {len(others)} more, found by fewer than 25%, are "
        f"left out. {own}"
    )
    title = f"Which ruptures hang on the definition, {label}"
    data = {"rows": rows, "axis": f"Found by this share of {n} definitions"}
    return Drawing("stability", label, f"stability-{name}", "stability", title, caption, data)
