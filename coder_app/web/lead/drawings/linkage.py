"""Figures of the linkage: sequences with their means, both types together, the alliance beside the codes."""

from collections.abc import Iterable
from typing import Any

from coder_app.services.figure import Drawing

POSITIONS, TYPES = ("pre", "central", "post"), ("repaired", "unrepaired")
_SEQUENCES = (
    "Each thin line is one {informant} sequence, the thick line the mean, bars its 95% confidence interval "
    "(t). {below}"
)
_BELOW = "Below: {measure} of the same sessions; sequences were chosen by its drop."
_TYPES = (
    "Means of repaired and unrepaired {informant} sequences before, in and after the rupture, with 95% "
    "confidence intervals (t)."
)
ROOM = 0.06


def draw_linkage(content: dict[str, Any]) -> list[Drawing]:
    """Return for every informant and subscale the patterns, and the plot of type by position."""
    return [
        drawing
        for result in content["results"]
        if result["rows"]
        for drawing in (_draw_sequences(result), _draw_types(result))
    ]


def _draw_sequences(result: dict[str, Any]) -> Drawing:
    rows = [_row(result, result["subscale"]["name"], None)]
    below = ""
    if result["alliance"] and result["alliance"]["positions_by_type"]:
        measure = result["alliance"]["measure"]
        rows.append(_row(result, f"{measure} of the {result['informant']}", result["alliance"]))
        below = _BELOW.format(measure=measure)
    return Drawing(
        picture="patterns",
        label=_label(result),
        name=f"patterns-{_name(result)}",
        form="patterns",
        title=f"{result['subscale']['name']} before, in and after a rupture: {result['informant']} sequences",
        caption=_SEQUENCES.format(informant=result["informant"], below=below).strip(),
        data={"rows": rows},
    )


def _draw_types(result: dict[str, Any]) -> Drawing:
    whole = _row(result, result["subscale"]["name"], None)
    groups = [group | {"sequences": []} for panel in whole["panels"] for group in panel["groups"]]
    limits = [
        figure
        for group in groups
        for mean in group["means"]
        for figure in (mean["mean"], mean["lower"], mean["upper"])
        if figure is not None
    ]
    row = whole | {"panels": [{"title": "", "groups": groups}], "ylim": _with_room(limits)}
    return Drawing(
        picture="types",
        label=_label(result),
        name=f"types-{_name(result)}",
        form="patterns",
        title=f"{result['subscale']['name']} by rupture type: {result['informant']} sequences",
        caption=_TYPES.format(informant=result["informant"]),
        data={"rows": [row]},
    )


def _row(result: dict[str, Any], title: str, alliance: dict[str, Any] | None) -> dict[str, Any]:
    """Panels of both types, of the codes or of the alliance."""
    scores = alliance["scores"] if alliance else [row["score"] for row in result["rows"]]
    means = (alliance or result)["positions_by_type"]
    ends = (result["subscale"]["lowest"], result["subscale"]["highest"])
    return {
        "title": title,
        "y": "Score" if alliance else "Points of the sum",
        "ylim": _with_room(score for score in scores if score is not None) if alliance else _with_room(ends),
        "panels": [
            {"title": kind.capitalize(), "groups": [_group(result, kind, scores, means)]} for kind in TYPES
        ],
    }


def _group(
    result: dict[str, Any], kind: str, scores: list[float | None], means: list[dict[str, Any]]
) -> dict[str, Any]:
    sequences: dict[str, dict[str, float | None]] = {}
    for row, score in zip(result["rows"], scores, strict=True):
        if row["rupture_type"] == kind:
            sequences.setdefault(row["sequence"], {})[row["position"]] = score
    found = {row["position"]: row for row in means if row["rupture_type"] == kind}
    none = {"mean": None, "lower": None, "upper": None, "n": 0}
    return {
        "kind": kind,
        "sequences": [[own.get(position) for position in POSITIONS] for own in sequences.values()],
        "means": [
            {name: found.get(position, none)[name] for name in ("mean", "lower", "upper", "n")}
            for position in POSITIONS
        ],
    }


def _with_room(values: Iterable[float]) -> list[float]:
    known = list(values) or [0.0, 1.0]
    room = ROOM * ((max(known) - min(known)) or 1.0)
    return [min(known) - room, max(known) + room]


def _label(result: dict[str, Any]) -> str:
    return f"{result['informant']}: {result['subscale']['name']}"


def _name(result: dict[str, Any]) -> str:
    return f"{result['informant']}-{result['subscale']['code']}".replace("_", "-")
