"""The figure of the questionnaires: alpha session by session."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.web.lead.drawings.panels import panel, series
from coder_app.web.numbers import percent


def draw_alphas(content: dict[str, Any]) -> list[Drawing]:
    """Return one figure with a panel for each informant and measure that has an alpha."""
    groups = [
        group
        for group in content["groups"]
        if any(session["alpha"] is not None for session in group["sessions"])
    ]
    if not groups:
        return []
    caption = (
        "Cronbach’s alpha (raw, complete questionnaires) of each questionnaire at each session, with "
        f"{percent(content['settings']['confidence'])} confidence intervals (Feldt, 1965). Sessions with "
        "fewer than 10 complete questionnaires have none."
    )
    data = {
        "columns": min(2, len(groups)),
        "height": 1.5,
        "x": "Session",
        "y": "Cronbach’s α",
        "ylim": _limits(groups),
        "panels": [_panel(group) for group in groups],
    }
    title = "Internal consistency of the questionnaires by session"
    return [Drawing("alphas", "", "alphas", "lines", title, caption, data)]


def _limits(groups: list[dict[str, Any]]) -> list[float]:
    lowest = [
        session[key]
        for group in groups
        for session in group["sessions"]
        for key in ("alpha", "lower")
        if session[key] is not None
    ]
    return [min(0.0, *lowest), 1.0]


def _panel(group: dict[str, Any]) -> dict[str, Any]:
    sessions = {session["session"]: session for session in group["sessions"]}
    # A session that nobody answered breaks the line too.
    numbers = range(min(sessions), max(sessions) + 1)
    alpha, lower, upper = (
        [sessions[number][key] if number in sessions else None for number in numbers]
        for key in ("alpha", "lower", "upper")
    )
    title = f"{group['informant'].capitalize()} ({group['measure']})"
    return panel(title, [series(None, list(numbers), alpha, lower, upper)])
