"""`stats agreement FILE`."""

import math
from dataclasses import asdict

import click

from coder_app.cli.stats.options import bootstrap_option, confidence_option, json_option, seed_option
from coder_app.cli.stats.reading import emit, format_table, read_frame

LEVELS = ("nominal", "ordinal", "interval")
FIGURES = ("percent_agreement", "within_one", "all_agree")


@click.command("agreement")
@click.argument("file")
@click.option("--lowest", type=int, help="Lowest point of the scale; else the lowest score in FILE.")
@click.option("--highest", type=int, help="Highest point of the scale; else the highest score in FILE.")
@click.option("--level", type=click.Choice(LEVELS), default="ordinal", show_default=True, help="Of alpha.")
@confidence_option
@bootstrap_option
@seed_option
@json_option
def command(
    file: str,
    lowest: int | None,
    highest: int | None,
    level: str,
    confidence: float,
    bootstrap: int,
    seed: int,
    as_json: bool,
) -> None:
    """Agreement on points of a scale from FILE (CSV: target, rater, item (optional), score)."""
    from coder_app.analysis.agreement import agreement_by_item
    from coder_app.analysis.kappa import pairwise_agreement
    from coder_app.analysis.pairs import pairwise_icc

    frame = read_frame(file, ("target", "rater", "score"), ("item",), ("score",))
    whole = "item" not in frame.columns
    frame = frame.assign(item="all") if whole else frame
    scale = _find_scale(frame["score"].dropna().tolist(), lowest, highest)
    scales = dict.fromkeys(frame["item"].unique(), scale)
    items = [asdict(one) for one in agreement_by_item(frame, scales, level, bootstrap, seed, confidence)]
    pairs = [
        asdict(pair) | {"icc": asdict(icc.icc)}
        for pair, icc in zip(
            pairwise_agreement(frame, scales, confidence=confidence),
            pairwise_icc(frame, confidence),
            strict=True,
        )
    ]
    for one in items + pairs:
        one["item"] = None if whole else one["item"]
    emit({"scale": list(scale), "level": level, "items": items, "pairs": pairs}, as_json, _render)


def _find_scale(scores: list[float], lowest: int | None, highest: int | None) -> tuple[int, int]:
    """The scale as given; where an end is not, it is taken from the scores and that is said."""
    from coder_app.analysis.results import StatsError

    low = lowest if lowest is not None else math.floor(min(scores, default=0))
    high = highest if highest is not None else math.ceil(max(scores, default=0))
    if low > high:
        raise StatsError(f"scale {low} to {high}; expected the lowest point first")
    if lowest is None or highest is None:
        said = f"the scale is taken from the scores, {low} to {high}; AC1, AC2 and counts depend on it"
        click.echo(f"warning: {said} (--lowest, --highest)", err=True)
    return low, high


def _render(data: dict) -> str:
    header = ("item", "targets", "exact", "within 1", "all agree", "AC1", "AC2", "lower", "upper")
    rows = [
        (
            *(one["item"] or "all", one["n_targets"], *(one[name] for name in FIGURES)),
            *(one["ac1"]["estimate"], *(one["ac2"][name] for name in ("estimate", "lower", "upper"))),
            *(one["alpha"][name] for name in ("estimate", "lower", "upper")),
            *(one["kappa"]["kappa"]["estimate"], _reasons(one)),
        )
        for one in data["items"]
    ]
    header = (*header, "Krippendorff", "lower", "upper", "kappa", "reason")
    pairs = [
        (
            *(one["item"] or "all", one["first"], one["second"], one["n_targets"]),
            *(one["percent_agreement"], one["within_one"], one["difference"]),
            *(one["kappa"]["estimate"], one["icc"]["estimate"]),
            one["kappa"]["reason"] or one["icc"]["reason"] or "",
        )
        for one in data["pairs"]
    ]
    head = ("item", "first", "second", "targets", "exact", "within 1", "difference", "kappa", "ICC(A,1)")
    scale = f"scale {data['scale'][0]} to {data['scale'][1]}; Krippendorff's alpha {data['level']}"
    return "\n\n".join([scale, format_table(header, rows), format_table((*head, "reason"), pairs)])


def _reasons(one: dict) -> str:
    found = [one[name]["reason"] for name in ("ac2", "alpha")] + [one["kappa"]["kappa"]["reason"]]
    return "; ".join(dict.fromkeys(reason for reason in found if reason))
