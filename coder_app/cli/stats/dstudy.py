"""`stats dstudy FILE`."""

from dataclasses import asdict

import click

from coder_app.cli.stats.options import confidence_option, json_option
from coder_app.cli.stats.reading import emit, format_table, read_frame

COMPONENTS = ("target", "rater", "residual")


@click.command("dstudy")
@click.argument("file")
@click.option("--most", type=click.IntRange(1, 100), default=6, show_default=True, help="Raters, at most.")
@click.option(
    "--wanted",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    help="Reliability that the mean of the raters is to reach.",
)
@confidence_option
@json_option
def command(file: str, most: int, wanted: float, confidence: float, as_json: bool) -> None:
    """Reliability of the mean of 1 and more raters from FILE (CSV: target, rater, item (optional), score)."""
    from coder_app.analysis.components import variance_shares
    from coder_app.analysis.dstudy import project_reliability

    frame = read_frame(file, ("target", "rater", "score"), ("item",), ("score",))
    projected = {}
    for one in project_reliability(frame, range(1, most + 1), confidence):
        projected.setdefault(one.item, []).append(one)
    items = [_describe(shares, projected[shares.item], wanted) for shares in variance_shares(frame)]
    emit({"wanted": wanted, "items": items, "crossed": _cross(frame, most)}, as_json, _render)


def _describe(shares, projections: list, wanted: float) -> dict:
    from coder_app.analysis.planning import n_raters_for_mean

    single = projections[0].agreement
    reachable = single.estimate is not None and 0 < single.estimate < 1
    needed = n_raters_for_mean(single.estimate, wanted) if reachable else None
    return {
        "item": shares.item,
        "n_targets": shares.n_targets,
        "n_raters": shares.n_raters,
        "design": "complete" if shares.complete else "incomplete",
        "variance": {name: getattr(shares, name) for name in COMPONENTS},
        "shares": dict(zip(COMPONENTS, shares.shares, strict=True)) if shares.shares else None,
        "projections": [
            {"raters": one.raters, "phi": asdict(one.agreement), "e_rho2": asdict(one.consistency)}
            for one in projections
        ],
        "raters_needed": 1 if single.estimate == 1 else needed,
        "reason": shares.reason or single.reason or _why_unreachable(single.estimate),
    }


def _why_unreachable(single: float) -> str | None:
    return None if single > 0 else "a single rater's scores hold nothing that a mean could add up"


def _cross(frame, most: int) -> dict | None:
    """Targets, raters and items crossed, where every rater scored every item of every target."""
    from coder_app.analysis.dstudy import d_study, g_study
    from coder_app.analysis.results import StatsError

    if "item" not in frame.columns:
        return None
    try:
        components = g_study(frame)
    except StatsError as error:
        return {"components": None, "projections": [], "reason": str(error)}
    m = int(frame["item"].nunique())
    figures = {k: d_study(components, k, m) for k in range(1, most + 1)}
    rows = [{"raters": k, "items": m, "e_rho2": rho, "phi": phi} for k, (rho, phi) in figures.items()]
    return {"components": asdict(components), "projections": rows, "reason": None}


def _render(data: dict) -> str:
    header = ("item", "targets", "raters", *COMPONENTS)
    many = [one["raters"] for one in data["items"][0]["projections"]]
    header += (*[f"Phi {k}" for k in many], f"for {data['wanted']:g}", "reason")
    rows = [
        (
            *(one["item"] or "all", one["n_targets"], one["n_raters"]),
            *(one["shares"][name] if one["shares"] else None for name in COMPONENTS),
            *(projection["phi"]["estimate"] for projection in one["projections"]),
            *(one["raters_needed"], one["reason"] or ""),
        )
        for one in data["items"]
    ]
    lines = ["components as shares of their sum; Phi: reliability of the mean of so many raters"]
    lines.append(format_table(header, rows))
    crossed = data["crossed"]
    if crossed and crossed["components"]:
        m = crossed["projections"][0]["items"]
        lines.append(f"targets x raters x items, for the mean of {m} items as a sample of items")
        rows = [(one["raters"], one["e_rho2"], one["phi"]) for one in crossed["projections"]]
        lines.append(format_table(("raters", "E rho^2", "Phi"), rows))
    return "\n\n".join(lines)
