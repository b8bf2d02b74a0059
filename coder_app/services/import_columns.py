"""The step at which a person says what the columns of a waiting file mean, without the database."""

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from coder_app.domain.problems import ERROR, Problem
from coder_app.services.import_columns_facts import (
    CHOSEN,
    GUESSED,
    KEPT,
    Choices,
    ColumnRow,
    ColumnsStep,
    WordRow,
)
from coder_app.services.import_columns_read import (
    ROWS_SHOWN,
    check,
    decided,
    find_words_of,
    guess_of,
    head_of,
    open_for_page,
    read_mapping,
    try_on,
)
from coder_app.services.import_mapping import KeptMapping, MappingGround, fitting

if TYPE_CHECKING:
    from coder_app.services.import_columns_facts import AnyMapping
    from coder_app.tables.mapping import Mapping
    from coder_app.tables.mapping_groups import Goal, Group
    from coder_app.tables.mapping_guess import Guess
    from coder_app.tables.participant_mapping import ParticipantGuess, ParticipantMapping
    from coder_app.tables.text import TextTable

MOST_EXAMPLES = 3


def look(
    ground: MappingGround,
    choices: Choices | None = None,
    kept_id: str | None = None,
    sheet: str | None = None,
    *,
    from_guess: bool = False,
) -> ColumnsStep:
    """Return the step as it stands: what was chosen, a kept mapping, or the guess.

    `kept_id` names a kept mapping to start from; without one, a mapping that fits exactly is proposed.
    Raise TableError for what is no table, NotLookedAt for what the worker has to open first.
    """
    if from_guess:
        ground = replace(ground, chosen=None)
    stored = read_mapping(ground.chosen) if ground.chosen else None
    wanted = choices.sheet if choices else sheet or (stored.sheet if stored else None)
    table = open_for_page(ground, wanted)
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
            if mapping.sheet in table.sheets and mapping.sheet != table.sheet and sheet is None:
                return look(ground, kept_id=start.public_id, sheet=mapping.sheet)
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
    found = {} if ground.is_participants else find_words_of(mapping, table, ground)
    head = head_of(table)
    read, covariates, problems, n_errors = try_on(ground, head, decided(ground, mapping, table))
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
        n_mapping_errors=sum(problem.severity == ERROR for problem in check(ground, mapping, table)),
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
