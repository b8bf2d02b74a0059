"""Columns that differ in a number alone, as one thing to decide about: tasc_i01 to tasc_i12."""

import re
from collections import defaultdict
from dataclasses import dataclass

from coder_app.tables.mapping import ATTENDANCE, DATE, ITEM, LEFT_OUT, PLACES, SCORE, Use

FEWEST = 3
# What a group of numbered columns can hold, by what its numbers count.
ITEMS, SESSIONS, DATES, ATTENDANCES = "items", "sessions", "dates", "attendances"
SESSIONS_ITEMS, ITEMS_SESSIONS = "sessions-items", "items-sessions"
APART = "apart"
_NUMBERS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Group:
    """One column, or several whose names differ in one or two numbers."""

    columns: tuple[str, ...]
    # For each column its numbers that differ between the columns; empty for a single one.
    numbers: tuple[tuple[int, ...], ...] = ()

    @property
    def n_numbers(self) -> int:
        """How many numbers tell the columns apart: 0, 1 or 2."""
        return len(self.numbers[0]) if self.numbers else 0

    @property
    def choices(self) -> tuple[str, ...]:
        """What the numbers may count."""
        return {1: (ITEMS, SESSIONS, DATES, ATTENDANCES), 2: (SESSIONS_ITEMS, ITEMS_SESSIONS)}.get(
            self.n_numbers, ()
        )


@dataclass(frozen=True)
class Goal:
    """What a group is taken as, in the words of a form: "dyad", "score:TASC", "item:3:TASC", "items:TASC"."""

    goes_to: str = ""
    informant: str = ""
    session: str = ""


def group_columns(
    columns: tuple[str, ...], uses: dict[str, Use], apart: frozenset[str] = frozenset()
) -> list[Group]:
    """Return the columns in the order of the file, those together that one choice can describe.

    Groups whose first column is in `apart` are shown column by column.
    """
    by_form: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for column in columns:
        by_form[tuple(_NUMBERS.split(column.casefold())[::2])].append(column)
    found: list[Group] = []
    for own in by_form.values():
        found += _split(own, uses, apart)
    places = {column: place for place, column in enumerate(columns)}
    return sorted(found, key=lambda group: places[group.columns[0]])


def make_group(columns: tuple[str, ...]) -> Group | None:
    """Return columns as a group, None where they differ in more than one or two numbers."""
    if len(columns) == 1:
        return Group(columns)
    forms = {tuple(_NUMBERS.split(column.casefold())[::2]) for column in columns}
    if len(forms) != 1:
        return None
    numbers = [tuple(int(text[:9]) for text in _NUMBERS.findall(column)) for column in columns]
    differing = [place for place in range(len(numbers[0])) if len({own[place] for own in numbers}) > 1]
    if len(differing) not in (1, 2):
        return None
    return Group(columns, tuple(tuple(own[place] for place in differing) for own in numbers))


def describe(group: Group, uses: dict[str, Use]) -> Goal | None:
    """Return what a group is taken as, None where its columns differ in more than their numbers."""
    own = [uses.get(column, Use(LEFT_OUT)) for column in group.columns]
    if group.n_numbers == 0:
        return _describe_one(own[0])
    if all(use.role == LEFT_OUT for use in own):
        return Goal()
    for choice in group.choices:
        first = own[0]
        goal = Goal(
            f"{choice}:{first.measure}" if first.measure else choice,
            first.informant or "",
            str(first.session) if choice == ITEMS and first.session is not None else "",
        )
        if realise(group, goal) == dict(zip(group.columns, own, strict=True)):
            return goal
    return None


def realise(group: Group, goal: Goal) -> dict[str, Use]:
    """Return what each column of a group is taken as; raise ValueError for what no form offers."""
    if not group.n_numbers:
        return {group.columns[0]: _realise_one(goal)}
    if not goal.goes_to:
        return dict.fromkeys(group.columns, Use(LEFT_OUT))
    choice, _, measure = goal.goes_to.partition(":")
    if choice not in group.choices:
        raise ValueError(goal.goes_to)
    informant, session = goal.informant or None, int(goal.session) if goal.session else None
    found = {}
    for column, numbers in zip(group.columns, group.numbers, strict=True):
        if choice in (DATES, ATTENDANCES):
            use = Use(DATE if choice == DATES else ATTENDANCE, session=numbers[0])
        elif choice == ITEMS:
            use = Use(ITEM, measure or None, informant, session, numbers[0])
        elif choice == SESSIONS:
            use = Use(SCORE, measure or None, informant, numbers[0])
        else:
            at, item = numbers if choice == SESSIONS_ITEMS else numbers[::-1]
            use = Use(ITEM, measure or None, informant, at, item)
        found[column] = use
    return found


def _split(columns: list[str], uses: dict[str, Use], apart: frozenset[str]) -> list[Group]:
    """One group if one choice describes it, else groups that share all numbers but the last, else columns."""
    if len(columns) >= FEWEST and (group := _as_group(columns, uses, apart)):
        return [group]
    by_start: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        by_start[re.sub(r"[0-9]+(?=[^0-9]*$)", "#", column.casefold())].append(column)
    found = []
    for own in by_start.values():
        smaller = len(own) < len(columns) and len(own) >= FEWEST and _as_group(own, uses, apart)
        found += [smaller] if smaller else [Group((column,)) for column in own]
    return found


def _as_group(columns: list[str], uses: dict[str, Use], apart: frozenset[str]) -> Group | None:
    if columns[0] in apart:
        return None
    group = make_group(tuple(columns))
    return group if group is not None and describe(group, uses) is not None else None


def _describe_one(use: Use) -> Goal:
    if use.role == LEFT_OUT:
        return Goal()
    parts = [use.role]
    if use.role == ITEM:
        parts.append(str(use.item))
    if use.measure:
        parts.append(use.measure)
    session = str(use.session) if use.session is not None else ""
    return Goal(":".join(parts), use.informant or "", session)


def _realise_one(goal: Goal) -> Use:
    role, *rest = goal.goes_to.split(":")
    session = int(goal.session) if goal.session else None
    if not role:
        return Use(LEFT_OUT)
    if role in PLACES and not rest:
        return Use(role, session=session if role in (DATE, ATTENDANCE) else None)
    if role == SCORE and len(rest) <= 1:
        return Use(SCORE, rest[0] if rest else None, goal.informant or None, session)
    if role == ITEM and 1 <= len(rest) <= 2:
        return Use(ITEM, rest[1] if rest[1:] else None, goal.informant or None, session, int(rest[0]))
    raise ValueError(goal.goes_to)
