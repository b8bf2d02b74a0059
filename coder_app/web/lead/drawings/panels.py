"""Panels of lines as `analysis.figures_lines` reads them."""

from collections.abc import Sequence
from typing import Any


def series(
    label: str | None,
    x: Sequence[float],
    y: Sequence[float | None],
    lower: Sequence[float | None] | None = None,
    upper: Sequence[float | None] | None = None,
    *,
    look: str = "marked",
) -> dict[str, Any]:
    """Return one line; None in `y` breaks it."""
    return {
        "label": label,
        "x": list(x),
        "y": list(y),
        "lower": None if lower is None else list(lower),
        "upper": None if upper is None else list(upper),
        "look": look,
    }


def panel(
    title: str,
    lines: Sequence[dict[str, Any]],
    *,
    levels: Sequence[tuple[float, str]] = (),
    band: dict[str, Any] | None = None,
    alarms: Sequence[dict[str, Any]] = (),
    reason: str | None = None,
) -> dict[str, Any]:
    """Return one panel; `levels` are pairs of a height and its label."""
    return {
        "title": title,
        "series": list(lines),
        "levels": [{"y": y, "label": label} for y, label in levels],
        "band": band,
        "alarms": list(alarms),
        "reason": reason,
    }
