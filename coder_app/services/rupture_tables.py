"""The ruptures and the series behind them as CSV, each row with the settings it was found by."""

from collections.abc import Iterable
from typing import Any

from coder_app.services.export_words import MEANINGS
from coder_app.services.rupture_reasons import list_low_scores
from coder_app.services.sample_proposal import Candidate

SETTINGS = ("fourths", "k", "absolute", "pooled", "min_run", "chart")
RUPTURES = ("informant", "measure", "dyad", "pre", "central", "post", "criterion", "type", "reason")
SERIES = ("informant", "measure", "dyad", "session", "score", "analysed", "why_not_analysed")
PARTS = ("pre", "central", "post")
OF_SESSION = ("part", "why_no_rupture")
SETTING = ("setting", "value", "meaning")
COMPARED = (
    "informant",
    "measure",
    "dyad",
    "central",
    "settings",
    "found",
    "criterion",
    "type",
    "reason",
    "analysed",
)
LIMITS = {
    "median": "median",
    "lower_half_median": "lower_fourth",
    "upper_fourth": "upper_fourth",
    "lower_limit": "lower_limit",
}


def write_ruptures(content: dict[str, Any], candidates: Iterable[Candidate] | None) -> str:
    """Return every rupture as a row; with candidates also which sessions lack a recording."""
    from coder_app.tables.writing import write_csv

    lacking = None
    if candidates is not None:
        lacking = {
            (one.informant, one.measure, one.dyad, one.central): " ".join(map(str, one.not_recorded))
            for one in candidates
        }
    settings = _settings(content)
    rows = []
    for analysis in content["analyses"]:
        group = (analysis["informant"], analysis["measure"])
        for series in analysis["series"]:
            for one in series["ruptures"]:
                row = [*group, series["dyad"], *(one[name] for name in RUPTURES[3:])]
                if lacking is not None:
                    row.append(lacking[*group, series["dyad"], one["central"]])
                rows.append([*row, *settings])
    extra = () if lacking is None else ("sessions_not_recorded",)
    return write_csv([*RUPTURES, *extra, *SETTINGS], rows)


def write_series(content: dict[str, Any]) -> str:
    """Return every score of every series as a row, with the limits of its series."""
    from coder_app.tables.writing import write_csv

    settings = _settings(content)
    rows = [
        [
            *(analysis["informant"], analysis["measure"], series["dyad"], session, score),
            *(series["analysed"], series["why_not"]),
            *(series[name] for name in LIMITS),
            _part(series, session),
            why.get(session),
            *settings,
        ]
        for analysis in content["analyses"]
        for series in analysis["series"]
        for why in ({at: said for at, _, said in list_low_scores(series, content["settings"])},)
        for session, score in zip(series["sessions"], series["scores"], strict=True)
    ]
    return write_csv([*SERIES, *LIMITS.values(), *OF_SESSION, *SETTINGS], rows)


def _part(series: dict[str, Any], session: int) -> str | None:
    """The parts that a session plays; it can be the end of one sequence and the start of the next."""
    parts = [part for one in series["ruptures"] for part in PARTS if one[part] == session]
    return " ".join(parts) or None


def write_settings(content: dict[str, Any]) -> str:
    """Return every setting as a row, so that they are named also where nothing was found."""
    from coder_app.tables.writing import write_csv

    rows = [
        [name, value, MEANINGS[name].removeprefix("setting: ")]
        for name, value in zip(SETTINGS, _settings(content), strict=True)
    ]
    return write_csv(SETTING, rows)


def write_compared(content: dict[str, Any], names: Iterable[str]) -> str:
    """Return a row for each set of settings and rupture that any of them finds."""
    from coder_app.tables.writing import write_csv

    sets = list(zip(names, content["sets"], strict=True))
    rows: list[list[Any]] = []
    for place, first in enumerate(content["sets"][0]["analyses"]):
        places = [_places(one["analyses"][place]) for _, one in sets]
        for dyad, central in sorted(set().union(*places)):
            for (name, one), here in zip(sets, places, strict=True):
                found = here.get((dyad, central))
                rows.append(
                    [
                        *(first["informant"], first["measure"], dyad, central, name, found is not None),
                        *((found or {}).get(part) for part in ("criterion", "type", "reason")),
                        dyad not in one["analyses"][place]["not_analysed"],
                        *_settings(one),
                    ]
                )
    return write_csv([*COMPARED, *SETTINGS], rows)


def _places(analysis: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    return {
        (series["dyad"], one["central"]): one for series in analysis["series"] for one in series["ruptures"]
    }


def _settings(content: dict[str, Any]) -> list[Any]:
    return [content["settings"][name] for name in SETTINGS]
