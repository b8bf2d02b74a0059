"""The step at which a person says what the columns of a waiting file mean, without the database."""

from collections.abc import Mapping as Texts
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import ERROR, Problem, ProblemLog
from coder_app.services.import_mapping import KeptMapping, MappingGround, fitting
from coder_app.services.import_record import PARTICIPANTS

if TYPE_CHECKING:
    from coder_app.tables.mapping import Mapping
    from coder_app.tables.mapping_groups import Goal, Group
    from coder_app.tables.mapping_guess import Guess
    from coder_app.tables.participant_mapping import ParticipantGuess, ParticipantMapping
    from coder_app.tables.text import TextTable

    AnyMapping = Mapping | ParticipantMapping

ROWS_SHOWN, ROWS_TRIED = 5, 200
MOST_PROBLEMS, MOST_EXAMPLES = 20, 3
GUESSED, KEPT, CHOSEN = "guessed", "kept", "chosen"


@dataclass(frozen=True)
class Choices:
    """What a person chose on the page: by the place of a group's first column, and by role for words."""

    sheet: str | None = None
    goals: Texts[int, tuple[str, str, str]] = field(default_factory=dict)
    members: Texts[int, tuple[int, ...]] = field(default_factory=dict)
    apart: frozenset[int] = frozenset()
    words: Texts[str, Texts[str, str]] = field(default_factory=dict)
    informant: str = ""
    measure: str = ""
    missing: str = ""


@dataclass(frozen=True)
class ColumnRow:
    """One line of the table of columns: a column, or several that differ in a number alone."""

    place: int
    columns: tuple[str, ...]
    places: tuple[int, ...]
    label: str | None
    examples: tuple[str, ...]
    goes_to: str
    informant: str
    session: str
    why: str | None
    is_sure: bool
    # How many problems of the first rows stand in it.
    n_problems: int
    # What its numbers may count, empty for a single column.
    numbered: tuple[str, ...]
    n_numbers: int

    @property
    def holds_values(self) -> bool:
        """Whether scores or answers are taken from it."""
        return self.goes_to.split(":")[0] in ("score", "item", "items", "sessions", *_BOTH)

    @property
    def may_have_session(self) -> bool:
        """Whether one treatment session of its own can be named for it."""
        return self.goes_to.split(":")[0] in ("score", "item", "items", "date", "attendance")


_BOTH = ("sessions-items", "items-sessions")


@dataclass(frozen=True)
class WordRow:
    """A word of the file that a person matches."""

    text: str
    label: str | None
    value: str
    proposed: str | None
    # Whether it was said before, by a person or by what was kept.
    is_said: bool


@dataclass(frozen=True)
class ReadRow:
    """What the mapping makes of one score or questionnaire of the first rows."""

    row: int
    dyad: str
    session: int | None
    date: str | None
    informant: str | None
    measure: str | None
    score: str
    attendance: str | None


@dataclass(frozen=True)
class ColumnsStep:
    """All that the page shows."""

    ground: MappingGround
    mapping: "AnyMapping"
    source: str
    source_name: str | None
    n_rows: int
    kind: str
    sheet: str | None
    sheets: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[int, tuple[str, ...]], ...]
    rows: tuple[ColumnRow, ...]
    words: dict[str, tuple[WordRow, ...]]
    word_columns: dict[str, str]
    reasons: dict[str, str]
    read: tuple[ReadRow, ...]
    covariates: tuple[str, ...]
    problems: tuple[Problem, ...]
    n_errors: int
    n_mapping_errors: int
    kept: tuple[KeptMapping, ...]
    apart: frozenset[int]

    @property
    def measures(self) -> dict[str, Instrument]:
        """The study's measures by name."""
        return self.ground.staged.instruments

    @property
    def has_values(self) -> bool:
        """Whether any column holds scores or answers."""
        return any(row.holds_values for row in self.rows)

    @property
    def needs_informant(self) -> bool:
        """Whether no column says whose the scores are."""
        return not any(row.goes_to == "informant" for row in self.rows)

    @property
    def needs_measure(self) -> bool:
        """Whether scores have no column that says of which measure they are."""
        bare = [row for row in self.rows if row.holds_values and not _measure_in(row.goes_to)]
        return bool(bare) and not any(row.goes_to == "measure" for row in self.rows)


def open_file(ground: MappingGround, sheet: str | None) -> "TextTable":
    """Open the waiting file; raise TableError for what is no table."""
    from coder_app.tables.files import open_table_file

    return open_table_file(ground.path, ground.staged.record.file_name, sheet)


def read_mapping(content: dict[str, Any]) -> "AnyMapping":
    """Return the mapping that was written down; raise ValueError for what is none."""
    from coder_app.tables.mapping import mapping_from_json
    from coder_app.tables.participant_mapping import participant_mapping_from_json

    is_participants = content.get("kind") == PARTICIPANTS
    return participant_mapping_from_json(content) if is_participants else mapping_from_json(content)


def write_mapping(mapping: "AnyMapping") -> dict[str, Any]:
    """Return a mapping as types that JSON knows."""
    from coder_app.tables.mapping import Mapping, mapping_as_json
    from coder_app.tables.participant_mapping import participant_mapping_as_json

    return mapping_as_json(mapping) if isinstance(mapping, Mapping) else participant_mapping_as_json(mapping)


def guess_of(ground: MappingGround, table: "TextTable") -> "Guess | ParticipantGuess":
    """Return what the columns probably mean."""
    from coder_app.tables.mapping_guess import guess
    from coder_app.tables.participant_mapping import guess_participants

    if ground.is_participants:
        return guess_participants(table)
    return guess(table, ground.staged.instruments, ground.staged.dyads)


def is_usable(ground: MappingGround, table: "TextTable", content: dict[str, Any]) -> bool:
    """Whether a kept mapping can be used on this file as it is: nothing is missing, no word is new."""
    from coder_app.domain.problems import has_errors

    mapping = read_mapping(content)
    if has_errors(_check(ground, mapping, table)):
        return False
    if ground.is_participants:
        return True
    found = _find_words(mapping.fitted(table.columns), table, ground)
    return all(mapping.word(role, text) is not None for role, own in found.items() for text in own)


def look(
    ground: MappingGround,
    choices: Choices | None = None,
    kept_id: str | None = None,
    sheet: str | None = None,
    *,
    from_guess: bool = False,
) -> ColumnsStep:
    """Return the step as it stands: what was chosen, a kept mapping, or the guess; raise TableError.

    `kept_id` names a kept mapping to start from; without one, a mapping that fits exactly is proposed.
    """
    if from_guess:
        ground = replace(ground, chosen=None)
    stored = read_mapping(ground.chosen) if ground.chosen else None
    wanted = choices.sheet if choices else sheet or (stored.sheet if stored else None)
    table = open_file(ground, wanted)
    guess = guess_of(ground, table)
    kept = tuple(fitting(ground, table.columns))
    source, name = CHOSEN, None
    if choices is not None:
        mapping = _realise(ground, table, guess, choices)
    else:
        start = next((one for one in kept if one.public_id == kept_id), None)
        if start is None and stored is None and not sheet and not from_guess:
            start = next((one for one in kept if one.fit == "exactly"), None)
        if start is not None:
            mapping, source, name = read_mapping(start.content), KEPT, start.name
        elif stored is not None and (sheet is None or sheet == stored.sheet):
            mapping = stored
        else:
            mapping, source = guess.mapping, GUESSED
    mapping = replace(mapping.fitted(table.columns), sheet=table.sheet)
    apart = _apart(choices) if choices else frozenset()
    return _describe(ground, table, guess, mapping, source, name, kept, apart)


def _apart(choices: Choices) -> frozenset[int]:
    """The places of columns that are shown one by one, since somebody asked for it."""
    asked = {place for place, goal in choices.goals.items() if goal[0] == "apart"}
    return choices.apart | asked


def _describe(
    ground: MappingGround,
    table: "TextTable",
    guess: "Guess | ParticipantGuess",
    mapping: "AnyMapping",
    source: str,
    name: str | None,
    kept: tuple[KeptMapping, ...],
    apart: frozenset[int],
) -> ColumnsStep:
    cells = tuple(islice(table.iter_rows(), ROWS_SHOWN))
    found = {} if ground.is_participants else _find_words(mapping, table, ground)
    head = _head(table)
    read, covariates, problems, n_errors = _try(ground, head, _decided(ground, mapping, table))
    return ColumnsStep(
        ground=ground,
        mapping=mapping,
        source=source,
        source_name=name,
        n_rows=table.n_rows,
        kind=table.kind,
        sheet=table.sheet,
        sheets=table.sheets,
        names=table.columns,
        cells=cells,
        rows=tuple(_list_rows(ground, head, guess, mapping, source, problems, apart)),
        words={role: _list_words(role, own, mapping, table) for role, own in found.items()},
        word_columns={role: mapping.find(role) for role in found},
        reasons={} if ground.is_participants or source != GUESSED else guess.reasons,
        read=read,
        covariates=covariates,
        problems=problems,
        n_errors=n_errors,
        n_mapping_errors=sum(problem.severity == ERROR for problem in _check(ground, mapping, table)),
        kept=kept,
        apart=apart,
    )


def _list_rows(
    ground: MappingGround,
    table: "TextTable",
    guess: "Guess | ParticipantGuess",
    mapping: "AnyMapping",
    source: str,
    problems: tuple[Problem, ...],
    apart: frozenset[int],
) -> list[ColumnRow]:
    from coder_app.tables.mapping_groups import describe

    rows = []
    for group in _groups(ground, table, mapping, apart):
        place = table.columns.index(group.columns[0])
        goal = (
            _participant_goal(group, mapping) if ground.is_participants else describe(group, mapping.columns)
        )
        guessed = guess.columns[group.columns[0]]
        is_guess = source == GUESSED or (source == CHOSEN and _same(group, guess, mapping, ground))
        examples = islice(dict.fromkeys(filter(None, table.texts(group.columns[0]))), MOST_EXAMPLES)
        named = sum(problem.column in group.columns for problem in problems)
        rows.append(
            ColumnRow(
                *(place, group.columns, tuple(map(table.columns.index, group.columns))),
                *(table.labels.get(group.columns[0]), tuple(examples)),
                *(goal.goes_to, goal.informant, goal.session),
                why=guessed.why if is_guess else None,
                is_sure=all(guess.columns[column].is_sure for column in group.columns),
                n_problems=named,
                numbered=group.choices,
                n_numbers=group.n_numbers,
            )
        )
    return rows


def _groups(
    ground: MappingGround, table: "TextTable", mapping: "AnyMapping", apart: frozenset[int]
) -> "list[Group]":
    from coder_app.tables.mapping_groups import Group, group_columns

    if ground.is_participants:
        return [Group((column,)) for column in table.columns]
    names = frozenset(table.columns[place] for place in apart if place < len(table.columns))
    return group_columns(table.columns, mapping.columns, names)


def _participant_goal(group: "Group", mapping: "ParticipantMapping") -> "Goal":
    from coder_app.tables.mapping_groups import Goal

    role = mapping.columns.get(group.columns[0], "")
    return Goal("" if role == "left out" else role)


def _same(
    group: "Group", guess: "Guess | ParticipantGuess", mapping: "AnyMapping", ground: MappingGround
) -> bool:
    """Whether columns are taken as they were guessed."""
    if ground.is_participants:
        column = group.columns[0]
        return mapping.columns.get(column) == guess.mapping.columns.get(column)
    return all(
        (mapping.columns.get(column) or guess.columns[column].use) == guess.columns[column].use
        for column in group.columns
    )


def _realise(
    ground: MappingGround, table: "TextTable", guess: "Guess | ParticipantGuess", choices: Choices
) -> "AnyMapping":
    """Return the mapping that the form describes; raise ValueError for what no form offers."""
    from coder_app.tables.mapping import Mapping, fold_words
    from coder_app.tables.mapping_groups import APART, Goal, make_group, realise
    from coder_app.tables.participant_mapping import LEFT_OUT, ROLES, ParticipantMapping

    if ground.is_participants:
        roles = {}
        for place, column in enumerate(table.columns):
            role = choices.goals.get(place, ("", "", ""))[0] or LEFT_OUT
            if role not in ROLES:
                raise ValueError(role)
            roles[column] = role
        return ParticipantMapping(roles, table.sheet)
    uses = {}
    for place, goal in choices.goals.items():
        members = choices.members.get(place, (place,))
        columns = tuple(table.columns[at] for at in members)
        if goal[0] == APART:
            uses |= {column: guess.columns[column].use for column in columns}
            continue
        group = make_group(columns)
        if group is None:
            raise ValueError(columns[0])
        uses |= realise(group, Goal(*goal))
    words = {
        role: {text: value for text, value in own.items() if value or role == "session"}
        for role, own in choices.words.items()
    }
    return Mapping(
        columns={column: uses[column] for column in table.columns if column in uses},
        informant=choices.informant or None,
        measure=choices.measure or None,
        words=fold_words(words),
        missing=tuple(dict.fromkeys(choices.missing.replace(";", " ").split())),
        sheet=table.sheet,
    )


def _find_words(
    mapping: "Mapping", table: "TextTable", ground: MappingGround
) -> dict[str, dict[str, str | None]]:
    from coder_app.tables.mapping import WORDED
    from coder_app.tables.mapping_words import find_words

    columns = {role: column for role in WORDED if (column := mapping.find(role)) in table.columns}
    return find_words(table, columns, ground.staged.instruments)


def _list_words(
    role: str, own: dict[str, str | None], mapping: "Mapping", table: "TextTable"
) -> tuple[WordRow, ...]:
    """The words with what they are taken as: what was said before, else what is proposed."""
    labels = table.value_labels.get(mapping.find(role) or "", {})
    rows = []
    for text, proposed in own.items():
        said = mapping.word(role, text)
        value = proposed or "" if said is None else said
        rows.append(WordRow(text, labels.get(text), value, proposed, said is not None))
    return tuple(rows)


def _check(ground: MappingGround, mapping: "AnyMapping", table: "TextTable") -> tuple[Problem, ...]:
    from coder_app.tables.mapping_check import check_mapping
    from coder_app.tables.participant_mapping import check_participants

    if ground.is_participants:
        return check_participants(mapping, table)
    return check_mapping(mapping, table, ground.staged.instruments)


def _decided(ground: MappingGround, mapping: "AnyMapping", table: "TextTable") -> "AnyMapping":
    """The page shows of every column what becomes of it, so that none is left out unseen."""
    from coder_app.tables.mapping import LEFT_OUT, Use

    out = LEFT_OUT if ground.is_participants else Use(LEFT_OUT)
    return replace(mapping, columns=dict.fromkeys(table.columns, out) | mapping.columns)


def _head(table: "TextTable") -> "TextTable":
    """The first rows as a table of their own, which is quick to try a mapping on."""
    from coder_app.tables.packed import PackedRows

    packed = PackedRows()
    packed.add(list(islice(table.iter_rows(), ROWS_TRIED)))
    return replace(table, packed=packed, places=None)


def _try(
    ground: MappingGround, head: "TextTable", mapping: "AnyMapping"
) -> tuple[tuple[ReadRow, ...], tuple[str, ...], tuple[Problem, ...], int]:
    """Read the first rows as the mapping says, and what is wrong with them."""
    if ground.is_participants:
        from coder_app.tables.participants import list_participants

        table = list_participants(head, mapping)
        rows = [
            ReadRow(row.row, row.dyad, None, None, None, None, _list_values(row.covariates), None)
            for row in table.rows[:ROWS_SHOWN]
        ]
        log = ProblemLog(head.file)
        log.extend(table.problems)
        return tuple(rows), table.covariates, table.problems[:MOST_PROBLEMS], log.n_errors
    from coder_app.tables.scores import ScoresReader

    log = ProblemLog(head.file)
    known = None if ground.staged.may_create_dyads else ground.staged.dyads
    reader = ScoresReader(head, mapping, ground.staged.instruments, known, log)
    rows = list(reader)
    first = [_as_read(row, ground.staged.instruments) for row in rows[: 2 * ROWS_SHOWN]]
    return tuple(first), (), log.in_order()[:MOST_PROBLEMS], log.n_errors


def _as_read(row: Any, measures: dict[str, Instrument]) -> ReadRow:
    if hasattr(row, "answers"):
        n_items = len(measures[row.measure].items)
        score = f"{len(row.answers)} of {n_items} answers"
    else:
        score = f"{row.score:g}"
    return ReadRow(
        *(row.row, row.dyad, row.session, row.date, row.informant, row.measure, score, row.attendance)
    )


def _list_values(covariates: Texts[str, str | float]) -> str:
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in covariates.items()
    )


def _measure_in(goes_to: str) -> bool:
    """Whether a choice names its measure: score:TASC, item:3:TASC, items:TASC."""
    parts = goes_to.split(":")
    return len(parts) > (2 if parts[0] == "item" else 1)


def unreadable() -> type[Exception]:
    """Return what is raised for a file that is no table."""
    from coder_app.tables.text import TableError

    return TableError
