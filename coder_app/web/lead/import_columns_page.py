"""The words of the step at which a person says what the columns of a file mean."""

from typing import Any

from coder_app.domain.instruments import INFORMANTS, Instrument
from coder_app.domain.problems import ERROR
from coder_app.services.import_columns_facts import ColumnRow, ColumnsStep

Options = list[tuple[str, str]]
Groups = list[tuple[str, Options]]

LEAVE_OUT = ("", "Leave out")
_PLACES = [
    ("dyad", "Dyad"),
    ("session", "Treatment session (number)"),
    ("date", "Date of the session"),
    ("informant", "Informant"),
    ("measure", "Measure"),
    ("attendance", "Attendance (child, parent)"),
]
_PARTICIPANTS = [("dyad", "Dyad"), ("number", "Number"), ("word", "Word"), LEAVE_OUT]
_WORDS = {
    "session": "Words for treatment sessions",
    "informant": "Words for informants",
    "measure": "Words for measures",
    "attendance": "Words for who attended",
}
_ATTENDANCES = ("child", "child and parent", "parent alone")
_SOURCES = {"guessed": "guessed", "kept": "as kept", "chosen": "as chosen"}


def words_of(step: ColumnsStep) -> dict[str, Any]:
    """Return what the template needs beside the step itself."""
    is_participants = step.ground.is_participants
    measures = step.measures
    return {
        "is_participants": is_participants,
        "options": {row.place: _options(row, measures, is_participants) for row in step.rows},
        "names": {row.place: name_of(row) for row in step.rows},
        "informant_options": [("", "As below"), *((who, who.capitalize()) for who in INFORMANTS)],
        "file_informants": [
            ("", "Not said yet"),
            ("own", "Each measure’s own informant"),
            *((who, f"The {who}, in every row") for who in INFORMANTS),
        ],
        "file_measures": [("", "Not said yet"), *((name, f"{name}, in every row") for name in measures)],
        "word_titles": _WORDS,
        "word_options": {
            "informant": [("", "Not said"), *((who, who.capitalize()) for who in INFORMANTS)],
            "measure": [("", "Not said"), *((name, name) for name in measures)],
            "attendance": [("", "Not said"), *((who, who.capitalize()) for who in _ATTENDANCES)],
        },
        "own_informants": ", ".join(f"{name}: {one.informant}" for name, one in measures.items()),
        "problems": [
            {
                "file": problem.file,
                "row": problem.row,
                "column": problem.column,
                "value": problem.value,
                "sentence": problem.message,
                "severity": "error" if problem.severity == ERROR else "warning",
            }
            for problem in step.problems
        ],
        "n_unsure": sum(bool(row.why) and not row.is_sure for row in step.rows),
        "n_words": sum(bool(row.proposed) or not row.value for rows in step.words.values() for row in rows),
        "source": _SOURCES[step.source],
    }


def name_of(row: ColumnRow) -> str:
    """Write one column, or the first and the last of several."""
    if len(row.columns) == 1:
        return row.columns[0]
    return f"{row.columns[0]} … {row.columns[-1]}"


def _options(row: ColumnRow, measures: dict[str, Instrument], is_participants: bool) -> Groups:
    if is_participants:
        return [("", list(_PARTICIPANTS))]
    if row.numbered:
        return _numbered(row, measures)
    options: Groups = [
        ("", [LEAVE_OUT]),
        ("Whose row it is", list(_PLACES)),
        (
            "Scores",
            [("score", "Score"), *((f"score:{name}", f"Score of {name}") for name in measures)],
        ),
    ]
    most = max((len(measure.items) for measure in measures.values()), default=0)
    options.append(
        ("Answers, of the row’s measure", [(f"item:{n}", f"Item {n}") for n in range(1, most + 1)])
    )
    for name, measure in measures.items():
        numbers = range(1, len(measure.items) + 1)
        own = [(f"item:{n}:{name}", f"Item {n} of {name}") for n in numbers]
        options.append((f"Answers to {name}", own))
    return _with_present(options, row.goes_to)


def _numbered(row: ColumnRow, measures: dict[str, Instrument]) -> Groups:
    said = {
        "items": ("items", "The number is the item"),
        "sessions": ("scores", "The number is the session"),
        "sessions-items": ("items", "First the session, then the item"),
        "items-sessions": ("items", "First the item, then the session"),
    }
    groups: Groups = [("", [LEAVE_OUT])]
    for choice in row.numbered:
        if choice not in said:
            continue
        what, how = said[choice]
        own = [(f"{choice}:{name}", f"{name} {what}") for name in measures]
        groups.append((how, [*own, (choice, f"{what.capitalize()} of the row’s measure")]))
    if "dates" in row.numbered:
        groups[-1][1].extend([("dates", "Dates of sessions"), ("attendances", "Attendance of sessions")])
    groups.append(("", [("apart", "Each column on its own")]))
    return _with_present(groups, row.goes_to)


def _with_present(groups: Groups, goes_to: str) -> Groups:
    """A measure that the study has not cannot be offered, but what the name says must be seen."""
    if goes_to in {value for _, options in groups for value, _ in options}:
        return groups
    name = goes_to.split(":")[-1]
    return [*groups, ("", [(goes_to, f"{name}, which is no measure of the study")])]
