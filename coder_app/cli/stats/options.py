"""Options that several statistics share."""

import click

confidence_option = click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
)
bootstrap_option = click.option(
    "--bootstrap",
    type=click.IntRange(min=0),
    default=2000,
    show_default=True,
    help="Resamples of targets for intervals; 0 = none.",
)
seed_option = click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, numbers unrounded."
)
