"""`stats icc FILE`."""

import click

from coder_app.cli.stats.reading import emit, format_table, read_frame

INTERVALS = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command("icc")
@click.argument("file")
@click.option("--confidence", type=INTERVALS, default=0.95, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, numbers unrounded.")
def command(file: str, confidence: float, as_json: bool) -> None:
    """Intraclass correlations from FILE (CSV: target, rater, item (optional), score)."""
    from coder_app.analysis.icc import icc_by_item

    frame = read_frame(file, ("target", "rater", "score"), ("item",), ("score",))
    items = [_describe(item) for item in icc_by_item(frame, confidence)]
    emit({"items": items}, as_json, _render)


def _describe(item) -> dict:
    return {
        "item": item.item,
        "n_targets": item.n_targets,
        "n_raters": item.n_raters,
        "n_used": item.n_used,
        "design": item.design,
        "reason": item.reason,
        "icc": {form: _describe_estimate(value) for form, value in item.icc.items()},
        "word": item.word,
        "percent_agreement": item.percent_agreement,
    }


def _describe_estimate(value) -> dict:
    described = {"estimate": value.estimate, "lower": value.lower, "upper": value.upper}
    return described if value.reason is None else {**described, "reason": value.reason}


def _render(data: dict) -> str:
    forms = list(dict.fromkeys(form for item in data["items"] for form in item["icc"]))
    header = ("item", "targets", "raters", "used", "design", forms[0], "lower", "upper", "word", "agreement")
    rows = [
        (
            item["item"] or "all",
            *(item[key] for key in ("n_targets", "n_raters", "n_used", "design")),
            *(item["icc"][forms[0]][key] for key in ("estimate", "lower", "upper")),
            item["word"] or "-",
            item["percent_agreement"],
            *(item["icc"].get(form, {}).get("estimate") for form in forms[1:]),
            item["reason"] or "",
        )
        for item in data["items"]
    ]
    return format_table((*header, *forms[1:], "reason"), rows)
