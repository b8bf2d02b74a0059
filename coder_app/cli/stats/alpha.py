"""`stats alpha FILE`."""

import dataclasses

import click

from coder_app.cli.stats.reading import emit, format_table, read_frame

FIGURES = ("alpha", "lower", "upper", "n", "n_items")


@click.command("alpha")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, numbers unrounded.")
def command(file: str, as_json: bool) -> None:
    """Cronbach's alpha from FILE (CSV: target, item, score)."""
    from coder_app.analysis.alpha import alpha

    frame = read_frame(file, ("target", "item", "score"), (), ("score",))
    emit(dataclasses.asdict(alpha(frame)), as_json, _render)


def _render(data: dict) -> str:
    lines = [format_table(FIGURES, [tuple(data[name] for name in FIGURES)])]
    if data["dropped_items"]:
        lines.append(f"dropped for lack of variation: {', '.join(data['dropped_items'])}")
    if data["reason"]:
        lines.append(f"reason: {data['reason']}")
    return "\n\n".join(lines)
