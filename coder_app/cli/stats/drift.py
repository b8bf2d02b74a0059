"""`stats drift FILE`."""

import click

from coder_app.cli.stats.options import json_option, seed_option
from coder_app.cli.stats.reading import emit, format_table, read_frame, read_order

COLUMNS = ("target", "rater", "order", "score")
KEY = ("target", "rater", "item")
LISTS = ("deviations", "ewma", "lower", "upper", "cusum_high", "cusum_low")


@click.command("drift")
@click.argument("file")
@click.option("--baseline", metavar="FILE", help="The last training round, with the same columns.")
@click.option(
    "--alarmed", multiple=True, metavar="ITEM", help="Items that give alarms; repeat. Default: all."
)
@click.option(
    "--false-alarms",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Share of studies without drift that give an alarm.",
)
@seed_option
@json_option
def command(
    file: str, baseline: str | None, alarmed: tuple[str, ...], false_alarms: float, seed: int, as_json: bool
) -> None:
    """Drift of each rater from the others: FILE (CSV: target, rater, item (optional), order, score)."""
    from coder_app.analysis.drift import chart_drift
    from coder_app.analysis.results import StatsError

    frame = _read(file)
    before = _read(baseline) if baseline else None
    missing = sorted(set(alarmed) - set(frame["item"] if "item" in frame.columns else ()))
    if missing:
        raise StatsError(f"--alarmed {missing[0]}: no such item in {file}")
    study = chart_drift(frame, before, alarmed or None, false_alarms, seed)
    limits = study.limits
    data = {
        "baseline": study.baseline,
        "ewma_limit": limits.ewma if limits else None,
        "cusum_false_alarms": limits.cusum_false_alarms if limits else None,
        "charts": [_describe(chart) for chart in study.charts],
    }
    emit(data, as_json, _render)


def _read(file: str):
    frame = read_frame(file, COLUMNS, ("item",), ("score",), KEY)
    return frame.assign(order=read_order(file, "order", frame["order"].tolist()))


def _describe(chart) -> dict:
    lists = {name: getattr(chart, name) for name in LISTS}
    return {
        "rater": chart.rater,
        "item": chart.item,
        "targets": list(chart.targets),
        **{
            name: None if values is None else [float(value) for value in values]
            for name, values in lists.items()
        },
        "n_baseline": chart.n_baseline,
        "baseline_mean": chart.baseline_mean,
        "baseline_sd": chart.baseline_sd,
        "cusum_signals": [chart.targets[place] for place in chart.cusum_signals],
        "alarm_at": None if chart.alarm_at is None else chart.targets[chart.alarm_at],
        "direction": chart.direction,
        "reason": chart.reason,
    }


def _render(data: dict) -> str:
    rows = [
        (
            *(
                one["item"] or "all",
                one["rater"],
                one["n_baseline"],
                one["baseline_mean"],
                one["baseline_sd"],
            ),
            *(len(one["targets"]), one["ewma"][-1] if one["ewma"] else None),
            *(one["alarm_at"] or "-", one["direction"] or "", one["reason"] or ""),
        )
        for one in data["charts"]
    ]
    first = {"first": "the first 10 deviations of each chart", "training": "the baseline file"}
    lines = [f"baseline: {first[data['baseline']]}"]
    if data["ewma_limit"] is not None:
        lines.append(f"limit of the EWMA: {data['ewma_limit']:.3f} of its standard deviations")
    header = (
        "item",
        "rater",
        "baseline n",
        "mean",
        "SD",
        "points",
        "EWMA at the end",
        "alarm at",
        "direction",
    )
    return "\n\n".join(["\n".join(lines), format_table((*header, "reason"), rows)])
