"""`stats ruptures`: ruptures and repairs in series of alliance scores."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from coder_app.analysis.fourths import DEFINITIONS
from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_results import POOLED, InformantRuptures, RuptureSettings
from coder_app.cli.stats.reading import emit, format_table, read_frame

if TYPE_CHECKING:
    import pandas as pd

COUNTS = ("n_series", "pooled_sd", "n_series_with_rupture", "n_ruptures", "n_repaired", "n_unrepaired")
FIELDS = ("dyad", "pre", "central", "post", "criterion", "type", "reason")


@click.command("ruptures")
@click.argument("file", metavar="FILE")
@click.option("--k", default=1.0, show_default=True, help="Fourths' distances below the lower fourth.")
@click.option("--fourths", type=click.Choice(DEFINITIONS), default="hinges", show_default=True)
@click.option(
    "--pooled", type=click.Choice(POOLED), default="all", show_default=True, help="Scores behind the SD."
)
@click.option("--absolute", default=2.0, show_default=True, help="Pooled SD that a drop must reach.")
@click.option("--no-absolute", is_flag=True, help="Leave the absolute criterion out.")
@click.option("--min-run", default=7, show_default=True, help="Consecutive scores that a series needs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: str,
    k: float,
    fourths: str,
    pooled: str,
    absolute: float,
    no_absolute: bool,
    min_run: int,
    as_json: bool,
) -> None:
    """Find ruptures: columns dyad, session, informant, measure, score (and date, attendance)."""
    settings = RuptureSettings(k, fourths, pooled, None if no_absolute else absolute, min_run)
    frame = read_frame(
        file,
        required=("dyad", "session", "informant", "measure", "score"),
        optional=("date", "attendance"),
        numeric=("session", "score"),
        key=("dyad", "session", "informant", "measure"),
    )
    report = find_ruptures(frame, settings, find_mean_items(frame))
    informants = {name: _describe(found) for name, found in report.informants.items()}
    emit({"settings": asdict(settings), "informants": informants}, as_json, _render)


def find_mean_items(frame: "pd.DataFrame") -> dict[str, int]:
    """Number of items of each measure in the frame that ships with the package and is scored as a mean."""
    from coder_app.domain.instruments import MEAN, bundled_instruments

    means = [instrument for instrument in bundled_instruments().values() if instrument.scoring == MEAN]
    return {
        measure: len(instrument.items)
        for measure in frame["measure"].unique()
        for instrument in means
        if instrument.answers_to(measure)
    }


def _describe(found: InformantRuptures) -> dict:
    described = {"measure": found.measure, **{name: getattr(found, name) for name in COUNTS}}
    if found.reason:
        described["reason"] = found.reason
    described["ruptures"] = [{name: getattr(one, name) for name in FIELDS} for one in found.ruptures]
    return described


def _render(data: dict) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in data["settings"].items())
    parts = [f"settings: {shown}"]
    for informant, found in data["informants"].items():
        parts.append(
            f"\n{informant}, {found['measure']}" + (f": {found['reason']}" if "reason" in found else "")
        )
        parts.append(format_table(COUNTS, [tuple(found[name] for name in COUNTS)]))
        if found["ruptures"]:
            rows = [tuple(rupture[name] for name in FIELDS) for rupture in found["ruptures"]]
            parts.append("\n" + format_table(FIELDS, rows))
    return "\n".join(parts)
