"""`stats plan`."""

import click

from coder_app.cli.stats.options import confidence_option, json_option
from coder_app.cli.stats.reading import emit

WORDS = {
    "n_targets": "targets",
    "n_targets_with_bias": "targets, with bias between raters",
    "n_targets_to_test": "targets, for the test",
}


@click.command("plan")
@click.option("--icc", type=float, default=0.7, show_default=True, help="Expected ICC of a single rating.")
@click.option("--raters", type=int, default=3, show_default=True, help="Raters of each target.")
@click.option("--width", type=float, default=0.2, show_default=True, help="Of the interval, limit to limit.")
@click.option("--bias", type=float, help="Share of the variance between raters: adds a simulated number.")
@click.option("--least", type=float, help="ICC that a one-tailed test at .05 is to refute: adds its number.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Of that test.")
@confidence_option
@json_option
def command(
    icc: float,
    raters: int,
    width: float,
    bias: float | None,
    least: float | None,
    power: float,
    confidence: float,
    as_json: bool,
) -> None:
    """Targets needed for an interval of a given width (Bonett 2002), with bias, or for a test."""
    from coder_app.analysis.planning import n_targets, n_targets_to_test
    from coder_app.analysis.planning_bias import n_targets_with_bias

    data = {"n_targets": n_targets(icc, raters, width, confidence)}
    if bias is not None:
        data["n_targets_with_bias"] = n_targets_with_bias(icc, raters, width, bias, confidence)
    if least is not None:
        data["n_targets_to_test"] = n_targets_to_test(icc, least, raters, power)
    emit(data, as_json, _render)


def _render(data: dict) -> str:
    from coder_app.analysis.planning_bias import MOST_TARGETS

    return "\n".join(
        f"{f'over {MOST_TARGETS}' if number is None else number} {WORDS[name]}"
        for name, number in data.items()
    )
