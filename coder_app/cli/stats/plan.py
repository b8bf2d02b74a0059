"""`stats plan`."""

import click

from coder_app.cli.stats.reading import emit


@click.command("plan")
@click.option("--icc", type=float, default=0.7, show_default=True, help="Expected ICC of a single rating.")
@click.option("--raters", type=int, default=3, show_default=True, help="Raters of each target.")
@click.option(
    "--width", type=float, default=0.2, show_default=True, help="Of the 95 % interval, limit to limit."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(icc: float, raters: int, width: float, as_json: bool) -> None:
    """Targets needed for an interval of a given width (Bonett 2002)."""
    from coder_app.analysis.planning import n_targets

    emit({"n_targets": n_targets(icc, raters, width)}, as_json, lambda data: f"{data['n_targets']} targets")
