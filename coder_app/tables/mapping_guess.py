"""Guesses what the columns of a file of scores mean; each guess says why, and whether it is sure."""

from collections.abc import Collection
from collections.abc import Mapping as Measures
from dataclasses import dataclass, replace

from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.problems import has_errors
from coder_app.tables.guess_places import Guessed, PlaceGuesser, why_left_out
from coder_app.tables.guess_values import (
    find_missing_codes,
    guess_items_by_contents,
    guess_measure,
    guess_score_by_contents,
    guess_values_by_name,
)
from coder_app.tables.mapping import (
    INFORMANT,
    LEFT_OUT,
    MEASURE,
    NO_SESSION,
    OWN,
    SCORE,
    SESSION,
    WORDED,
    Mapping,
    Use,
    fold_words,
)
from coder_app.tables.mapping_check import check_mapping
from coder_app.tables.mapping_contents import FirstRows, look_at
from coder_app.tables.mapping_names import CERTAIN, informant_in_name
from coder_app.tables.mapping_words import find_words
from coder_app.tables.text import TextTable

_SURE_EVENT = "redcap_event_name"


@dataclass(frozen=True)
class Guess:
    """What the columns of a file probably mean.

    `mapping` holds all that is proposed, for a person to confirm; `sure` what needs nobody. `columns` has
    every column of the file. `words` are those to be matched, with what is proposed; `reasons` say why for
    what has no column (informant, measure, missing); `doubts` name what a person should look at.
    """

    mapping: Mapping
    sure: Mapping
    columns: dict[str, Guessed]
    words: dict[str, dict[str, str | None]]
    reasons: dict[str, str]
    doubts: tuple[str, ...]

    @property
    def is_sure(self) -> bool:
        """Whether the file can be read as it was guessed without asking anybody."""
        return not self.doubts


def guess_mapping(
    table: TextTable, measures: Measures[str, Instrument], dyads: Collection[str] = ()
) -> Mapping:
    """Return what is sure of the guess, for who asks nobody."""
    return guess(table, measures, dyads).sure


def guess(table: TextTable, measures: Measures[str, Instrument], dyads: Collection[str] = ()) -> Guess:
    """Guess by names of columns, and by what stands in them where names say nothing."""
    measures = {name: one for name, one in measures.items() if one.kind == ALLIANCE}
    rows = look_at(table)
    columns = _guess_columns(table, rows, measures, dyads)
    uses = {column: guess.use for column, guess in columns.items() if guess.use.role != LEFT_OUT}
    mapping = Mapping(uses, sheet=table.sheet)
    reasons: dict[str, str] = {}
    mapping = _add_measure(mapping, rows, measures, table.file, reasons)
    mapping, is_own_sure = _add_informant(mapping, table.file, reasons)
    if codes := find_missing_codes(uses, rows, _in_question(mapping, measures)):
        mapping = replace(mapping, missing=codes)
        reasons["missing"] = "these lie off the scale and often stand for no answer"
    words = find_words(table, {role: c for role in WORDED if (c := mapping.find(role))}, measures)
    sure_words = _sure_words(mapping, words)
    mapping = replace(mapping, words=fold_words(_proposed(words)))
    sure = Mapping(
        columns={column: use for column, use in uses.items() if columns[column].is_sure},
        informant=mapping.informant if is_own_sure else None,
        words=fold_words(sure_words),
        sheet=table.sheet,
    )
    open_words = {role: own for role, own in words.items() if role not in sure_words}
    doubts = _find_doubts(columns, open_words, mapping, sure, table, measures)
    return Guess(mapping, sure, columns, words, reasons, doubts)


def _guess_columns(
    table: TextTable, rows: FirstRows, measures: Measures[str, Instrument], dyads: Collection[str]
) -> dict[str, Guessed]:
    places = PlaceGuesser(table, rows, measures, dyads)
    places.guess_by_names()
    free = [column for column in table.columns if column not in places.found]
    values = guess_values_by_name(free, rows, measures)
    values = _settle_layout(places, values)
    if not values and places.column_of(SCORE) is None:
        values = guess_items_by_contents(free, rows, measures)
    is_named = bool(values) and places.column_of(SCORE) is None
    is_named = is_named and all(guess.use.measure for guess in values.values())
    if is_named:
        places.forget(MEASURE)
    is_wide = bool(values) and all(guess.use.session is not None for guess in values.values())
    places.guess_by_contents(values, needs_session=not is_wide, needs_measure=not is_named)
    if not values and places.column_of(SCORE) is None and places.column_of(SESSION):
        free = [column for column in free if column not in places.found]
        values = guess_score_by_contents(free, rows, measures)
    found = places.found | values
    return {
        column: found.get(column) or why_left_out(column, rows.contents[column]) for column in table.columns
    }


def _settle_layout(places: PlaceGuesser, values: dict[str, Guessed]) -> dict[str, Guessed]:
    """A file is long or wide: a column of sessions and columns named by session exclude each other."""
    session, score = places.column_of(SESSION), places.column_of(SCORE)
    by_session = {column for column, guess in values.items() if guess.use.session is not None}
    is_certain = score is not None and score.casefold() in CERTAIN[SCORE]
    if not by_session:
        return values
    sure_wide = any(values[column].is_sure for column in by_session)
    if is_certain or (session is not None and (places.found[session].is_sure or not sure_wide)):
        return {column: guess for column, guess in values.items() if column not in by_session}
    if session is not None:
        del places.found[session]
    if score is not None:
        del places.found[score]
    return {column: guess for column, guess in values.items() if column in by_session}


def _add_measure(
    mapping: Mapping,
    rows: FirstRows,
    measures: Measures[str, Instrument],
    file: str,
    reasons: dict[str, str],
) -> Mapping:
    values = mapping.values()
    unnamed = {column: use for column, use in values.items() if use.measure is None}
    if not unnamed or mapping.find(MEASURE):
        return mapping
    found = guess_measure(unnamed, rows, measures, file)
    if found is None:
        return mapping
    reasons[MEASURE] = found[1]
    return replace(mapping, measure=found[0])


def _in_question(mapping: Mapping, measures: Measures[str, Instrument]) -> dict[str, list[Instrument]]:
    """The measures that each column of scores or answers may be of."""
    found = {}
    for column, use in mapping.values().items():
        name = use.measure or (None if mapping.find(MEASURE) else mapping.measure)
        found[column] = [measures[name]] if name in measures else list(measures.values())
    return found


def _add_informant(mapping: Mapping, file: str, reasons: dict[str, str]) -> tuple[Mapping, bool]:
    """Whose scores these are where no column says so, and whether that is sure."""
    values = mapping.values().values()
    if not values or mapping.find(INFORMANT) or all(use.informant for use in values):
        return mapping, False
    if who := informant_in_name(file):
        reasons[INFORMANT] = f"the name of the file, {file}, says {who}"
        return replace(mapping, informant=who), False
    names_measures = all(use.measure for use in values)
    if names_measures:
        reasons[INFORMANT] = "no column says who it was, and each measure is made for one informant"
        is_wide = mapping.find(SESSION) is None and all(use.session is not None for use in values)
        return replace(mapping, informant=OWN), is_wide
    if mapping.measure:
        reasons[INFORMANT] = f"no column says who it was, and {mapping.measure} is made for one informant"
        return replace(mapping, informant=OWN), False
    return mapping, False


def _proposed(words: dict[str, dict[str, str | None]]) -> dict[str, dict[str, str]]:
    """Of events of REDCap those without a number are probably no treatment sessions."""
    return {
        role: {
            text: value if value is not None else NO_SESSION
            for text, value in own.items()
            if value is not None or role == SESSION
        }
        for role, own in words.items()
    }


def _sure_words(mapping: Mapping, words: dict[str, dict[str, str | None]]) -> dict[str, dict[str, str]]:
    """Only what REDCap itself numbered needs nobody: session_3_arm_1."""
    own = words.get(SESSION, {})
    column = mapping.find(SESSION)
    if not own or column is None or column.casefold() != _SURE_EVENT or None in own.values():
        return {}
    is_named = all(text.casefold().startswith(("session", "sessie")) for text in own)
    return {SESSION: {text: value for text, value in own.items() if value}} if is_named else {}


def _find_doubts(
    columns: dict[str, Guessed],
    words: dict[str, dict[str, str | None]],
    mapping: Mapping,
    sure: Mapping,
    table: TextTable,
    measures: Measures[str, Instrument],
) -> tuple[str, ...]:
    doubts = [column for column, guess in columns.items() if not guess.is_sure]
    doubts += [f"words of {mapping.find(role)}" for role in words]
    doubts += ["the measure"] if mapping.measure else []
    doubts += ["the informant"] if mapping.informant and not sure.informant else []
    doubts += ["codes for missing"] if mapping.missing else []
    if not doubts and has_errors(check_mapping(sure, table, measures)):
        doubts.append("what the file lacks")
    return tuple(doubts)


def describe_use(use: Use) -> str:
    """Write what a column is taken as."""
    parts = [use.role]
    if use.item is not None:
        parts[0] = f"item {use.item}"
    if use.measure:
        parts.append(f"of {use.measure}")
    if use.session is not None:
        parts.append(f"session {use.session}")
    if use.informant:
        parts.append(f"by the {use.informant}")
    return ", ".join(parts)
