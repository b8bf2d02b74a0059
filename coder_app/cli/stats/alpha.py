"""`stats alpha FILE`."""

import dataclasses

import click

from coder_app.cli.stats.options import json_option
from coder_app.cli.stats.reading import emit, format_table, read_frame, read_order

FIGURES = ("alpha", "lower", "upper", "n", "n_items")


@click.command("alpha")
@click.argument("file")
@json_option
def command(file: str, as_json: bool) -> None:
    """Cronbach's alpha from FILE (CSV: target, item, score; with a column session, of each session apart)."""
    from coder_app.analysis.alpha import alpha, alpha_by_session

    frame = read_frame(file, ("target", "item", "score"), ("session",), ("score",))
    if "session" not in frame.columns:
        emit(dataclasses.asdict(alpha(frame)), as_json, _render)
        return
    names = dict(zip(read_order(file, "session", frame["session"].tolist()), frame["session"], strict=True))
    frame = frame.assign(session=read_order(file, "session", frame["session"].tolist()))
    found = [
        {"session": names[session]} | dataclasses.asdict(result)
        for session, result in alpha_by_session(frame).items()
    ]
    emit({"sessions": found}, as_json, _render_sessions)


def _render(data: dict) -> str:
    lines = [format_table(FIGURES, [tuple(data[name] for name in FIGURES)])]
    if data["dropped_items"]:
        lines.append(f"dropped for lack of variation: {', '.join(data['dropped_items'])}")
    if data["reason"]:
        lines.append(f"reason: {data['reason']}")
    return "\n\n".join(lines)


def _render_sessions(data: dict) -> str:
    rows = [
        (
            *(one["session"], *(one[name] for name in FIGURES)),
            *(", ".join(one["dropped_items"]), one["reason"] or ""),
        )
        for one in data["sessions"]
    ]
    return format_table(("session", *FIGURES, "dropped", "reason"), rows)
