"""`stats ruptures`: ruptures and repairs in series of alliance scores."""

from dataclasses import asdict
from typing import Any

import click

from coder_app.analysis.fourths import DEFINITIONS
from coder_app.analysis.results import StatsError
from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_results import (
    POOLED,
    InformantRuptures,
    RuptureReport,
    RuptureSettings,
    Series,
)
from coder_app.cli.stats.alliance import find_mean_items, read_alliance
from coder_app.cli.stats.reading import emit, format_table
from coder_app.domain.scoring import LEAST_ANSWERED, MISSING_RULES, PERSON_MEAN

COUNTS = ("n_series", "pooled_sd", "n_series_with_rupture", "n_ruptures", "n_repaired", "n_unrepaired")
FIELDS = ("dyad", "pre", "central", "post", "criterion", "type", "reason")
SERIES = (
    "dyad",
    "analysed",
    "longest_run",
    "median",
    "lower_fourth",
    "upper_fourth",
    "lower_limit",
    "reason",
)
NOT_JUDGED = ("dyad", "session", "reason")


@click.command("ruptures")
@click.argument("file", metavar="FILE")
@click.option("--k", default=1.0, show_default=True, help="Fourths' distances below the lower fourth.")
@click.option("--fourths", type=click.Choice(DEFINITIONS), default="hinges", show_default=True)
@click.option(
    "--pooled", type=click.Choice(POOLED), default="all", show_default=True, help="Scores behind the SD."
)
@click.option("--absolute", default=2.0, show_default=True, help="Pooled SD that a drop must reach.")
@click.option("--no-absolute", is_flag=True, help="Leave the absolute criterion out.")
@click.option("--no-chart", is_flag=True, help="Leave the control chart out.")
@click.option("--min-run", default=7, show_default=True, help="Consecutive scores that a series needs.")
@click.option(
    "--missing",
    type=click.Choice(MISSING_RULES),
    default=PERSON_MEAN,
    show_default=True,
    help="What a missing answer gets, where FILE has answers to items.",
)
@click.option(
    "--least-answered",
    type=click.FloatRange(0, 1, min_open=True),
    default=LEAST_ANSWERED,
    show_default=True,
    help="Share of items that must be answered.",
)
@click.option("--series", "with_series", is_flag=True, help="Give every series with its limits as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: str, missing: str, least_answered: float, with_series: bool, as_json: bool, **chosen: Any
) -> None:
    """Find ruptures in a file of alliance scores: CSV, Excel or SPSS, long or wide, totals or items.

    A long CSV file with the columns dyad, session, informant, measure and score (and date, attendance,
    n_imputed) may hold any informant and measure. Any other file is read as the import of a study reads
    it, and holds the measures that ship with the program. Results are named by informant, or by informant
    and measure where an informant has several.
    """
    absolute = None if chosen["no_absolute"] else chosen["absolute"]
    settings = RuptureSettings(
        chosen["k"],
        chosen["fourths"],
        chosen["pooled"],
        absolute,
        chosen["min_run"],
        chart=not chosen["no_chart"],
    )
    scores = read_alliance(file, missing, least_answered)
    for warning in scores.warnings:
        click.echo(f"warning: {warning}", err=True)
    report = find_ruptures(scores.frame, settings, find_mean_items(scores.frame["measure"].unique()))
    data: dict[str, Any] = {"settings": asdict(settings)}
    if scores.scoring:
        data["scoring"] = scores.scoring
    data["informants"] = {name: _describe(found, with_series) for name, found in _by_name(report).items()}
    emit(data, as_json, _render)


def _by_name(report: RuptureReport) -> dict[str, InformantRuptures]:
    """Name each analysis by its informant, and by its measure too where the informant has several."""
    informants = [one.informant for one in report.analyses]
    named = {
        one.informant if informants.count(one.informant) == 1 else f"{one.informant} {one.measure}": one
        for one in report.analyses
    }
    if len(named) < len(informants):
        raise StatsError("two informants with their measures have the same name; rename one informant")
    return named


def _describe(found: InformantRuptures, with_series: bool) -> dict[str, Any]:
    described = {"measure": found.measure, **{name: getattr(found, name) for name in COUNTS}}
    if found.reason:
        described["reason"] = found.reason
    described["ruptures"] = [{name: getattr(one, name) for name in FIELDS} for one in found.ruptures]
    if with_series:
        described["series"] = [_describe_series(one) for one in found.series]
        described["not_judged"] = [
            {"dyad": one.dyad, **asdict(low)} for one in found.series for low in one.not_judged
        ]
    return described


def _describe_series(one: Series) -> dict[str, Any]:
    values = (
        one.dyad,
        one.analysed,
        one.longest_run,
        one.median,
        one.lower_half_median,
        one.upper_fourth,
        one.lower_limit,
        one.why_not,
    )
    return {**dict(zip(SERIES, values, strict=True)), "sessions": one.sessions, "scores": one.scores}


def _render(data: dict[str, Any]) -> str:
    parts = [
        f"{title}: " + ", ".join(f"{name} {value}" for name, value in data[title].items())
        for title in ("settings", "scoring")
        if title in data
    ]
    for name, found in data["informants"].items():
        heading = name if name.endswith(f" {found['measure']}") else f"{name}, {found['measure']}"
        parts.append(f"\n{heading}" + (f": {found['reason']}" if "reason" in found else ""))
        parts.append(format_table(COUNTS, [tuple(found[name] for name in COUNTS)]))
        for fields, rows in ((FIELDS, "ruptures"), (SERIES, "series"), (NOT_JUDGED, "not_judged")):
            if found.get(rows):
                parts.append(
                    "\n" + format_table(fields, [tuple(row[f] for f in fields) for row in found[rows]])
                )
    return "\n".join(parts)
