"""Guesses which columns hold scores or answers, of which measure and treatment session."""

import re
from collections import defaultdict
from collections.abc import Mapping as Measures
from dataclasses import replace

from coder_app.domain.instruments import Instrument
from coder_app.tables.guess_places import Guessed
from coder_app.tables.mapping import ITEM, SCORE, Use
from coder_app.tables.mapping_contents import Contents, FirstRows
from coder_app.tables.mapping_names import Named, parse_value_column
from coder_app.tables.score_cells import MISSING_CODES

_MOST_CODES = 4
_DIGITS = re.compile(r"[0-9]+")
_LAST_NUMBER = re.compile(r"^(.*?)([0-9]{1,3})$")


def guess_values_by_name(
    columns: list[str], rows: FirstRows, measures: Measures[str, Instrument]
) -> dict[str, Guessed]:
    """Return the columns whose names say that they hold scores, answers or the date of a session."""
    found: dict[str, Guessed] = {}
    for column in columns:
        named = parse_value_column(column, measures)
        if named is None:
            continue
        contents = rows.contents[column]
        if named.use.is_value and not named.is_sure and contents.n_filled and contents.share_of_numbers < 0.5:
            continue
        found[column] = _settle(column, named, contents, measures)
    return _without_lone_marks(found)


def guess_items_by_contents(
    columns: list[str], rows: FirstRows, measures: Measures[str, Instrument]
) -> dict[str, Guessed]:
    """Return columns that are numbered like the items of a measure and hold answers on its scale: Q1_1."""
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for column in columns:
        if matched := _LAST_NUMBER.match(column):
            groups[matched[1].casefold()].append((int(matched[2]), column))
    found: dict[str, Guessed] = {}
    for own in groups.values():
        numbers = [number for number, _ in own]
        fitting = [
            measure
            for measure in measures.values()
            if numbers == list(range(1, len(measure.items) + 1))
            and all(_is_answers(rows.contents[column], measure) for _, column in own)
        ]
        if not fitting:
            continue
        taken = {guess.use.measure for guess in found.values()}
        measure = next((one for one in _nearest(fitting, rows, own) if one.name not in taken), None)
        if measure is None:
            continue
        why = f"its {len(own)} columns are numbered like the items of {measure.name} and fit its scale"
        for number, column in own:
            found[column] = Guessed(Use(ITEM, measure.name, item=number), why, False)
    return found


def guess_score_by_contents(
    columns: list[str], rows: FirstRows, measures: Measures[str, Instrument]
) -> dict[str, Guessed]:
    """Return the last column whose numbers fit the totals of a measure."""
    for column in reversed(columns):
        contents = rows.contents[column]
        if len(contents.filled) < 3:
            continue
        for measure in measures.values():
            if contents.lies_in(measure.lowest_total, measure.highest_total):
                lowest, highest = measure.lowest_total, measure.highest_total
                why = f"its numbers lie between {lowest} and {highest}, as totals of {measure.name} do"
                return {column: Guessed(Use(SCORE), why, False)}
    return {}


def guess_measure(
    uses: dict[str, Use], rows: FirstRows, measures: Measures[str, Instrument], file: str
) -> tuple[str, str] | None:
    """Return the measure of a file that does not name it, and why."""
    named = parse_value_column(file.rsplit(".", 1)[0], measures)
    if named and named.use.measure in measures:
        return named.use.measure, "the name of the file says so"
    fitting = [measure for measure in measures.values() if _fits(uses, rows, measure)]
    if len(fitting) == 1:
        what = "answers" if any(use.role == ITEM for use in uses.values()) else "scores"
        return fitting[0].name, f"the {what} fit the scale of {fitting[0].name} alone"
    return None


def find_missing_codes(
    uses: dict[str, Use], rows: FirstRows, measures: dict[str, list[Instrument]]
) -> tuple[str, ...]:
    """Return numbers by which questionnaires often mark a missing answer, off the scale of every measure."""
    codes: dict[str, None] = {}
    for column, own in measures.items():
        is_item = uses[column].role == ITEM
        scales = [(m.lowest, m.highest) if is_item else (m.lowest_total, m.highest_total) for m in own]
        for text in rows.contents[column].filled:
            number = _as_number(text)
            if number in MISSING_CODES and not any(low <= number <= high for low, high in scales):
                codes[text] = None
    return tuple(codes) if len(codes) <= _MOST_CODES else ()


def _settle(column: str, named: Named, contents: Contents, measures: Measures[str, Instrument]) -> Guessed:
    """Where the name has a number without a word for it, the cells say whether items or sessions count."""
    use = named.use
    measure = measures.get(use.measure or "")
    if named.loose and use.item is not None and use.session is None and measure is not None:
        if not _is_answers(contents, measure) and contents.lies_in(
            measure.lowest_total, measure.highest_total
        ):
            use = Use(SCORE, measure.name, use.informant, session=use.item)
            why = f"its name has a number, and its cells are totals of {measure.name}"
            return Guessed(use, why, False)
        return Guessed(use, f"its name has a number, and its cells are answers to {measure.name}", False)
    what = {ITEM: f"item {use.item}", SCORE: "a score"}.get(use.role, f"the {use.role}")
    of = f" of {use.measure}" if use.measure else ""
    session = f", session {use.session}" if use.session is not None else ""
    return Guessed(use, f"its name, {column}, says {what}{of}{session}", named.is_sure)


def _without_lone_marks(found: dict[str, Guessed]) -> dict[str, Guessed]:
    """One column v1 or t3 alone is no item and no session; a row of them may be."""
    kept = {}
    stems: dict[str, int] = defaultdict(int)
    for column in found:
        stems[_DIGITS.sub("#", column.casefold())] += 1
    for column, guess in found.items():
        is_bare = guess.use.measure is None and not guess.is_sure and guess.use.is_value
        if is_bare and guess.use.informant is None and stems[_DIGITS.sub("#", column.casefold())] < 3:
            continue
        kept[column] = guess
    return kept


def _is_answers(contents: Contents, measure: Instrument) -> bool:
    if not contents.n_filled:
        return True
    on_scale = contents.share(
        lambda text: _as_number(text) in measure.scores or _as_number(text) in MISSING_CODES
    )
    return on_scale >= 0.9


def _nearest(fitting: list[Instrument], rows: FirstRows, own: list[tuple[int, str]]) -> list[Instrument]:
    """First the measure whose scale the answers fill: 1 to 4 is TASC's rather than half of a longer one."""
    highest = max((max(rows.contents[c].numbers(), default=0) for _, c in own), default=0)
    return sorted(fitting, key=lambda measure: (measure.highest < highest, measure.highest - highest))


def _fits(uses: dict[str, Use], rows: FirstRows, measure: Instrument) -> bool:
    items = [use.item for use in uses.values() if use.role == ITEM]
    if items and max(items) > len(measure.items):
        return False
    for column, use in uses.items():
        contents = rows.contents[column]
        if use.role == ITEM and not _is_answers(contents, measure):
            return False
        if use.role == SCORE and contents.n_filled:
            on_scale = contents.share(
                lambda text: (
                    (number := _as_number(text)) in MISSING_CODES
                    or measure.lowest_total <= number <= measure.highest_total
                )
            )
            if on_scale < 0.9:
                return False
    return True


def _as_number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")


def without_sessions(guess: Guessed) -> Guessed:
    """Return the guess for a file in which a column has the session of each row."""
    return replace(guess, use=replace(guess.use, session=None))
