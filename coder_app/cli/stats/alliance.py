"""Alliance scores from whatever file holds them: long or wide, totals or items, text, Excel or SPSS."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coder_app.analysis.results import StatsError
from coder_app.analysis.series import COLUMNS
from coder_app.cli.stats.reading import DELIMITERS, name_file, parse_frame, read_bytes
from coder_app.domain.instruments import ALLIANCE, MEAN, Instrument, bundled_instruments
from coder_app.domain.problems import ERROR, Problem, ProblemLog
from coder_app.domain.scoring import ITEM_MEAN, Rule, default_rule, part_name

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.scoring import Scored
    from coder_app.tables.score_cells import ScoreRow, SessionRow
    from coder_app.tables.scores_items import AnswersRow

OPTIONAL = ("date", "attendance", "subscale", "n_imputed", "source")
NUMERIC = ("session", "score", "n_imputed")
KEY = ("dyad", "session", "informant", "measure")
_HEADER_BYTES = 2**16


@dataclass(frozen=True)
class AllianceFile:
    """The scores of a file, long; how they were made of answers (None: totals); and what to look at."""

    frame: "pd.DataFrame"
    scoring: dict[str, Any] | None
    warnings: tuple[str, ...]


def read_alliance(path: str, missing: str, least_answered: float) -> AllianceFile:
    """Read a file of alliance scores, or raise StatsError naming the first thing that is wrong.

    Long text with the columns of `series.COLUMNS` may hold any informant and measure; every other file is
    read as the import of a study reads it, and must hold the bundled measures.
    """
    name, raw = name_file(path), read_bytes(path)
    if set(COLUMNS) <= set(_first_row(raw)):
        return AllianceFile(_read_long(name, raw), None, ())
    return _read_any(name, raw, missing, least_answered)


def find_mean_items(measures: Iterable[str]) -> dict[str, int]:
    """Number of items of each measure and subscale that ships with the package and is scored as a mean."""
    means = [one for one in _measures().values() if one.scoring == MEAN]
    parts = {part_name(one, part.code): len(part.items) for one in means for part in one.subscales}
    wholes = {name: len(one.items) for name in measures for one in means if one.answers_to(name)}
    return {name: parts[name] for name in measures if name in parts} | wholes


def _measures() -> dict[str, Instrument]:
    return {name: one for name, one in bundled_instruments().items() if one.kind == ALLIANCE}


def _first_row(raw: bytes) -> list[str]:
    """Return the header of a text file; of any other file something that is none."""
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    first = re.split("[\r\n]", raw[:_HEADER_BYTES].decode(encoding, errors="replace"), maxsplit=1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    return [cell.strip().strip('"').strip() for cell in first.split(delimiter)]


def _read_long(name: str, raw: bytes) -> "pd.DataFrame":
    return parse_frame(name, raw, COLUMNS, OPTIONAL, NUMERIC, KEY)


def _read_any(name: str, raw: bytes, missing: str, least_answered: float) -> AllianceFile:
    from coder_app.tables.files import open_table_file
    from coder_app.tables.mapping_guess import guess_mapping
    from coder_app.tables.scores import ScoresReader
    from coder_app.tables.text import CSV, TableError

    try:
        table = open_table_file(raw, name)
    except TableError as error:
        if b"\0" not in raw:
            # A text that is no table is told in the words of long files.
            _read_long(name, raw)
        raise StatsError(_tell(error.problems)) from error
    measures = _measures()
    mapping = guess_mapping(table, measures)
    if mapping.layout is None and table.kind == CSV:
        _read_long(name, raw)
    log = ProblemLog(name)
    reader = ScoresReader(table, mapping, measures, None, log)
    rows = list(reader)
    problems = log.in_order()
    if log.n_errors:
        raise StatsError(_tell(problems))
    if not rows:
        raise StatsError(f"{name}: no scores under the header")
    warnings = tuple(map(_tell_one, problems))
    if not mapping.has_items:
        records = [_record(row, row.score) for row in rows]
        return AllianceFile(_frame(records, reader.sessions), None, warnings)
    records, scoring = _score(rows, measures, missing, least_answered)
    return AllianceFile(_frame(records, reader.sessions), scoring, warnings)


def _score(
    rows: list["AnswersRow"], measures: dict[str, Instrument], missing: str, least_answered: float
) -> tuple[list[tuple], dict[str, Any]]:
    """Score questionnaires by the rule for missing answers, each informant and measure apart."""
    groups: dict[tuple[str, str], list[AnswersRow]] = {}
    for row in rows:
        groups.setdefault((row.informant, row.measure), []).append(row)
    scored: dict[int, Scored] = {}
    for (_, measure), own in groups.items():
        rule = Rule(default_rule(measures[measure]).reversed, missing, least_answered)
        scored |= zip(map(id, own), _score_group(measures[measure], rule, own), strict=True)
    found = [scored[id(row)] for row in rows]
    records = [_record(row, one.score, one.n_imputed) for row, one in zip(rows, found, strict=True)]
    return records, {
        "missing": missing,
        "least_answered": least_answered,
        "n_scores_with_imputed_answers": sum(one.n_imputed > 0 for one in found),
        "n_not_scored": sum(one.score is None for one in found),
    }


def _score_group(measure: Instrument, rule: Rule, rows: list["AnswersRow"]) -> list["Scored"]:
    from coder_app.analysis.scoring import find_item_means, score_answers

    answers = [row.answers for row in rows]
    means = find_item_means(answers, [row.session for row in rows]) if rule.missing == ITEM_MEAN else None
    return score_answers(measure, rule, answers, means)


def _record(row: "ScoreRow | AnswersRow", score: float | None, n_imputed: int = 0) -> tuple:
    return row.dyad, row.session, row.informant, row.measure, score, row.attendance, n_imputed


def _frame(records: list[tuple], sessions: list["SessionRow"]) -> "pd.DataFrame":
    """Put sessions without a score, of which only the attendance is known, beside the dyad's scores."""
    import pandas as pd

    own = {record[0]: record for record in reversed(records)}
    silent = [
        (one.dyad, one.session, *own[one.dyad][2:4], None, one.attendance, 0)
        for one in sessions
        if one.dyad in own
    ]
    frame = pd.DataFrame([*records, *silent], columns=[*COLUMNS, "attendance", "n_imputed"])
    return frame.astype({"score": float})


def _tell(problems: tuple[Problem, ...]) -> str:
    """Name the first error, and how many follow."""
    errors = [problem for problem in problems if problem.severity == ERROR]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return _tell_one(errors[0]) + more


def _tell_one(problem: Problem) -> str:
    place = problem.file
    if problem.row is not None:
        place += f", row {problem.row}"
    if problem.column is not None:
        place += f", column {problem.column}"
    return f"{place}: {problem.message}"
