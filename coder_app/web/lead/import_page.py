"""The page of a waiting file: what it holds, what is wrong with it, and what importing it would do."""

from collections.abc import Sequence
from typing import Any

from flask import current_app, render_template, request, url_for

from coder_app.domain.problems import ERROR, Problem
from coder_app.services import participant_import
from coder_app.services.import_check import Check, Ground
from coder_app.services.import_preview import ScorePreview, get_preview
from coder_app.services.import_reading import Excerpt, Reading
from coder_app.services.import_record import ImportRecord
from coder_app.services.job import JobView
from coder_app.services.staging import Staging
from coder_app.web.access import actor, database

MOST_PROBLEMS = MOST_CHANGES = 200
MOST_UNKNOWN_DYADS = 60
INITIALS = {"child": "C", "therapist": "T", "parent": "P"}
MARKS = {"stored": "", "new": "+", "changed": "≠"}
COLUMNS_ENDPOINT = "alliance.import_columns.columns"

_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte-order mark",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western European)",
    "latin-1": "Latin-1 (Western European)",
}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_KINDS = {"xlsx": "Excel workbook", "sav": "SPSS file"}


def show_job(record: ImportRecord, job: JobView) -> tuple[str, int]:
    """Show how far the work on a large file is."""
    return render_template("lead/import_job.html", record=record, job=job), 202


def show_opening(record: ImportRecord, job: JobView) -> tuple[str, int]:
    """Show that a large file is being opened for its columns."""
    return render_template("lead/import_job.html", record=record, job=job, is_opening=True), 202


def show_failed(record: ImportRecord, job: JobView) -> str:
    """Show that checking a large file ended before it was done."""
    return render_template("lead/import_job.html", record=record, job=job)


def show_participants(record: ImportRecord, staging: Staging, refusal: str | None) -> str:
    """Show a waiting file of participants."""
    preview = participant_import.preview_participants(database(), actor(), record.public_id, staging)
    reading, changes = preview.read.reading, preview.difference.changes
    return render_template(
        "lead/import_preview_participants.html",
        **_common(record, reading, reading.problems, reading.n_warnings, refusal),
        difference=preview.difference,
        covariates=preview.read.covariates,
        columns_url=_columns_url(record),
        n_values=len(preview.read.rows),
        changes=changes[:MOST_CHANGES],
        can_commit=preview.can_commit,
        seen=preview.difference.fingerprint,
    )


def show_scores(record: ImportRecord, ground: Ground, check: Check, refusal: str | None) -> str:
    """Show a waiting file of scores."""
    with database().read() as db:
        preview = get_preview(db, actor(), ground, check, _page_number("changes"), _page_number("dyads"))
    reading = check.reading
    return render_template(
        "lead/import_preview.html",
        **_common(record, reading, check.problems, check.n_warnings, refusal),
        preview=preview,
        counts=check.counts,
        series=check.series,
        changes=preview.changes,
        can_commit=preview.can_commit,
        seen=check.seen,
        columns_url=_columns_url(record),
        read_as=_read_as(reading),
        may_create_dyads=ground.staged.may_create_dyads,
        unknown_dyads=reading.unknown_dyads[:MOST_UNKNOWN_DYADS],
        map_rows=_map_rows(preview),
        informants=[(initial, name) for name, initial in INITIALS.items()],
        rules=[
            (measure.instrument.name, measure.rule)
            for measure in ground.measures
            if measure.instrument.name in reading.scored_measures()
        ],
    )


def _common(
    record: ImportRecord, reading: Reading, problems: Sequence[Problem], n_warnings: int, refusal: str | None
) -> dict[str, Any]:
    numbers = [excerpt.around for excerpt in reading.excerpts if excerpt.around is not None]
    wanted = request.args.get("row", type=int)
    around = wanted if wanted is not None else next(iter(numbers), None)
    return {
        "record": record,
        "reading": reading,
        "refusal": refusal,
        "problems": [_as_row(problem) for problem in problems[:MOST_PROBLEMS]],
        "n_problems": reading.n_errors + n_warnings,
        "n_kept_problems": len(problems),
        "n_errors": reading.n_errors,
        "n_warnings": n_warnings,
        "first": _find_excerpt(reading, None),
        "around": around,
        "excerpt": _find_excerpt(reading, around) if around is not None else None,
        "next_row": next((number for number in numbers if around is not None and number > around), None),
        "encoding": _ENCODINGS.get(reading.encoding, reading.encoding),
        "delimiter": _DELIMITERS.get(reading.delimiter),
        "kind_of_file": _KINDS.get(reading.kind),
    }


def _find_excerpt(reading: Reading, around: int | None) -> Excerpt | None:
    return next((one for one in reading.excerpts if one.around == around), None)


def _as_row(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "sentence": problem.message,
        "severity": "error" if problem.severity == ERROR else "warning",
    }


def _read_as(reading: Reading) -> list[tuple[str, list[str]]]:
    """What the columns of the file were taken as, by what they mean."""
    uses: dict[str, list[str]] = {}
    for column, use in ((reading.mapping or {}).get("columns") or {}).items():
        uses.setdefault(use["role"], []).append(column)
    return list(uses.items())


def _map_rows(preview: ScorePreview) -> list[tuple[str, list[dict[str, Any]]]]:
    """Write each cell of the map: informants' letters, with a mark behind what is new or would change."""
    rows = []
    for dyad, cells in preview.map.rows:
        written = []
        for cell in cells:
            states = dict(cell)
            text = " ".join(
                initial + MARKS[states[name]] for name, initial in INITIALS.items() if name in states
            )
            kinds = set(states.values())
            look = next((kind for kind in ("changed", "new", "stored") if kind in kinds), "none")
            written.append({"text": text or "–", "look": look})
        rows.append((dyad, written))
    return rows


def _columns_url(record: ImportRecord) -> str | None:
    if COLUMNS_ENDPOINT not in current_app.view_functions:
        return None
    return url_for(COLUMNS_ENDPOINT, study=actor().study_public_id, import_id=record.public_id)


def _page_number(name: str) -> int:
    return max(1, request.args.get(name, 1, type=int))
