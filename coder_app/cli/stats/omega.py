"""`stats omega FILE`."""

import click

from coder_app.cli.stats.reading import emit, format_table, read_frame

FIGURES = ("omega_total", "lower", "upper", "ml_ratio", "alpha", "n_rows", "n_items")


@click.command("omega")
@click.argument("file")
@click.option(
    "--bootstrap",
    type=click.IntRange(min=0),
    default=2000,
    show_default=True,
    help="Resamples of targets for the interval; 0 = no interval.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--means", is_flag=True, help="Of the mean of the raters instead of each rater's scores.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, numbers unrounded.")
def command(file: str, bootstrap: int, seed: int, means: bool, as_json: bool) -> None:
    """Omega total from FILE (CSV: target, rater (optional), item, score)."""
    from coder_app.analysis.omega import omega_total

    frame = read_frame(file, ("target", "item", "score"), ("rater",), ("score",))
    if means:
        frame = _average(frame, file)
    found = omega_total(frame, bootstrap, seed)
    data = {
        **{name: getattr(found, name) for name in FIGURES},
        "heywood": found.heywood,
        "dropped_items": list(found.dropped_items),
        "reason": found.reason,
    }
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    emit(data, as_json, lambda data: _render(data, found.loadings))


def _average(frame, file: str):
    from coder_app.analysis.results import StatsError
    from coder_app.analysis.sums import average_raters

    if "rater" not in frame.columns:
        raise StatsError(f"{file}: --means needs a column 'rater'")
    return average_raters(frame)


def _render(data: dict, loadings: dict[str, float]) -> str:
    lines = [format_table(FIGURES, [tuple(data[name] for name in FIGURES)])]
    if loadings:
        lines.append(format_table(("item", "loading"), list(loadings.items())))
    if data["reason"]:
        lines.append(f"reason: {data['reason']}")
    return "\n\n".join(lines)
