"""`stats intra FILE`."""

from dataclasses import asdict

import click

from coder_app.cli.stats.options import confidence_option, json_option
from coder_app.cli.stats.reading import emit, format_table, read_frame, read_order

COLUMNS = ("target", "rater", "occasion", "score")
KEY = ("target", "rater", "occasion", "item")


@click.command("intra")
@click.argument("file")
@confidence_option
@json_option
def command(file: str, confidence: float, as_json: bool) -> None:
    """Agreement of raters with themselves: FILE (CSV: target, rater, occasion, item (optional), score)."""
    from coder_app.analysis.intra import intra_rater_icc

    frame = read_frame(file, COLUMNS, ("item",), ("score",), KEY)
    frame = frame.assign(occasion=read_order(file, "occasion", frame["occasion"].tolist()))
    coders = [asdict(one) for one in intra_rater_icc(frame, confidence)]
    emit({"raters": coders}, as_json, _render)


def _render(data: dict) -> str:
    header = ("rater", "item", "targets", "occasions", "ICC(A,1)", "lower", "upper", "word", "agreement")
    rows = [
        (
            *(one["rater"], one["item"] or "all", one["n_targets"], one["n_occasions"]),
            *(one["icc"][name] for name in ("estimate", "lower", "upper")),
            *(one["word"] or "-", one["percent_agreement"], one["sem"]),
            *(one["shift"][name] for name in ("estimate", "lower", "upper")),
            one["reason"] or "",
        )
        for one in data["raters"]
    ]
    return format_table((*header, "SEM", "shift", "lower", "upper", "reason"), rows)
