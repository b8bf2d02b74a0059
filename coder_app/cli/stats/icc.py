"""`stats icc FILE`."""

import click

from coder_app.cli.stats.options import confidence_option, json_option
from coder_app.cli.stats.reading import emit, format_table, read_frame

TESTS = ("f", "df1", "df2", "p")


@click.command("icc")
@click.argument("file")
@confidence_option
@click.option("--tests", is_flag=True, help="Add the F test of each form, and of bias between raters.")
@json_option
def command(file: str, confidence: float, tests: bool, as_json: bool) -> None:
    """Intraclass correlations from FILE (CSV: target, rater, item (optional), score)."""
    from coder_app.analysis.icc import icc_by_item

    frame = read_frame(file, ("target", "rater", "score"), ("item",), ("score",))
    items = [
        _describe(item) | (_describe_tests(item) if tests else {}) for item in icc_by_item(frame, confidence)
    ]
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


def _describe_tests(item) -> dict:
    """F tests that an ICC is 0, by form, and that raters do not differ in level; complete data only."""
    tests = {form: _describe_test(test) for form, test in (item.tests or {}).items()}
    return {"tests": tests or None, "bias": _describe_test(item.bias) if item.bias else None}


def _describe_test(test) -> dict:
    described = {name: getattr(test, name) for name in TESTS}
    return described if test.reason is None else {**described, "reason": test.reason}


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
    return "\n\n".join([format_table((*header, *forms[1:], "reason"), rows), *_render_tests(data["items"])])


def _render_tests(items: list[dict]) -> list[str]:
    if not items or "tests" not in items[0]:
        return []
    rows = [
        (item["item"] or "all", name, *(test[part] for part in TESTS))
        for item in items
        for name, test in {**(item["tests"] or {}), "bias": item["bias"]}.items()
        if test
    ]
    return [format_table(("item", "test", "F", "df1", "df2", "p"), [_shown(row) for row in rows])]


def _shown(row: tuple) -> tuple:
    """Keep three digits of a small p, where three decimals would leave a zero."""
    *rest, p = row
    return (*rest, None if p is None else f"{p:.3g}")
