"""How far coders lie apart on each item of each recording, the widest gaps first.

Only recordings that everybody has submitted are shown: whoever prepares a meeting from this list must not
bring up a recording that somebody still has to rate.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CTE, Subquery, func, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.segments import WHOLE
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment
from coder_app.services import gap_rows
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound
from coder_app.services.frames import check_round, name_coders
from coder_app.services.gap_rows import Given, Wide
from coder_app.services.ready import select_allotted, select_open, select_ready
from coder_app.services.selection import Selection
from coder_app.services.study import StudyInstrument, list_instruments


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; nothing narrows nothing. `recording` is a part of recording codes."""

    scale: str = ""
    item: str = ""
    recording: str = ""
    smallest: int = 0


@dataclass(frozen=True)
class Scale:
    """An instrument that the list can be narrowed to, by a key that is its name where names differ."""

    key: str
    instrument: Instrument
    coders: tuple[str, ...]


@dataclass(frozen=True)
class Mark:
    """What one coder gave: a score, or in words why there is none."""

    score: int | None
    reason: str | None


@dataclass(frozen=True)
class Cell:
    """One item of one recording, or of one of its segments; `gap` is None with fewer than two scores."""

    scale: str
    item: str
    recording: str
    segment: int | None
    gap: int | None
    marks: dict[str, Mark]


@dataclass(frozen=True)
class Gaps:
    """A stretch of the list; `counts` says how many cells have each gap, whatever the smallest wanted.

    `n_ready` of `n_allotted` recordings (each once for every scale) were submitted by everybody.
    """

    scales: tuple[Scale, ...]
    cells: tuple[Cell, ...]
    counts: dict[int, int]
    n_too_few: int
    n_ready: int
    n_allotted: int

    def count_from(self, smallest: int) -> int:
        """How many cells differ by so many points or more."""
        return sum(number for gap, number in self.counts.items() if gap >= smallest)

    def n_listed(self, wanted: Wanted) -> int:
        """How many cells the whole list has."""
        return self.count_from(wanted.smallest) + (0 if wanted.smallest > 0 else self.n_too_few)


def list_gaps(
    db: Session, actor: Actor, wanted: Wanted, selection: Selection, *, offset: int, limit: int
) -> Gaps:
    """Return the list from one of its cells on."""
    actor.check_can(Act.SEE_RELIABILITY)
    actor.check_sees(Thing.RATINGS)
    check_round(db, actor, selection)
    versions = list_instruments(db, actor, CODING)
    keys = _keys(versions)
    narrowed = _narrow(versions, keys, wanted)
    ids = [version.id for version in narrowed]
    ready = select_ready(actor, ids, selection).subquery()
    forms = gap_rows.select_forms(ready, wanted.recording)
    wide = gap_rows.select_wide(forms, wanted.item)
    again, of_again = _find_again(db, forms, wanted.item)
    places = _places(versions)
    # The cells that are read one by one may stand anywhere in the order: as many more are read before.
    chosen = [one for one in again if wanted.smallest <= 0 or (one.gap or 0) >= wanted.smallest]
    start = max(0, offset - len(chosen))
    rows = gap_rows.list_wide(db, wide, places, wanted.smallest, (start, offset + limit))
    ordered = sorted([*rows, *chosen], key=lambda one: _order(one, places))
    shown = ordered[offset - start : offset - start + limit]
    once = {one.place for one in shown} - {one.place for one in again}
    given = [*gap_rows.list_given(db, forms, once), *of_again]
    coders = name_coders(db, actor)
    names = {user_id: coder.label for user_id, coder in coders.items()}
    counts = Counter(gap_rows.count_wide(db, wide)) + Counter(one.gap for one in again)
    n_ready, n_allotted = _count_recordings(db, actor, ids, selection, ready)
    return Gaps(
        scales=_scales(db, actor, versions, keys, selection, names),
        cells=_cells(shown, given, {version.id: version.instrument for version in versions}, keys, names),
        counts={gap: counts[gap] for gap in sorted(gap for gap in counts if gap is not None)},
        n_too_few=counts[None],
        n_ready=n_ready,
        n_allotted=n_allotted,
    )


def list_open(db: Session, actor: Actor, selection: Selection) -> dict[str, tuple[str, ...]]:
    """Return by recording code the scales on which somebody still has to submit it."""
    actor.check_can(Act.SEE_RELIABILITY)
    actor.check_sees(Thing.RATINGS)
    keys = _keys(list_instruments(db, actor, CODING))
    found = defaultdict(list)
    for code, version in db.execute(select_open(actor, selection)):
        found[code].append(keys[version])
    return {code: tuple(sorted(scales)) for code, scales in found.items()}


def _keys(versions: list[StudyInstrument]) -> dict[int, str]:
    names = [version.instrument.name for version in versions]
    return {
        one.id: one.instrument.name
        if names.count(one.instrument.name) == 1
        else f"{one.instrument.name} {one.instrument.version}"
        for one in versions
    }


def _narrow(versions: list[StudyInstrument], keys: dict[int, str], wanted: Wanted) -> list[StudyInstrument]:
    found = [one for one in versions if wanted.scale in ("", keys[one.id])]
    if wanted.item:
        found = [one for one in found if one.instrument.find_item(wanted.item)]
    if not found and versions:
        raise NotFound
    return found


def _find_again(db: Session, forms: CTE, item: str) -> tuple[list[Wide], list[Given]]:
    """The gaps of recordings with a form submitted twice, and what was given there."""
    given, codes = gap_rows.list_given_again(db, forms, item)
    scores = defaultdict(list)
    for one in given:
        scores[one.place].extend([] if one.score is None else [one.score])
    wide = [
        Wide(place, codes[place[1]], max(found) - min(found) if len(found) > 1 else None)
        for place, found in scores.items()
    ]
    return wide, given


def _places(versions: list[StudyInstrument]) -> dict[tuple[int, str], int]:
    """The order of all items: by instrument, and as the form has them."""
    pairs = [(version.id, item.code) for version in versions for item in version.instrument.items]
    return {pair: place for place, pair in enumerate(pairs)}


def _order(one: Wide, places: dict[tuple[int, str], int]) -> tuple:
    round_id, _, version, segment, item = one.place
    widest = (1, 0) if one.gap is None else (0, -one.gap)
    return (*widest, places[version, item], one.code.encode(), segment, round_id)


def _cells(
    shown: Iterable[Wide],
    given: Iterable[Given],
    instruments: dict[int, Instrument],
    keys: dict[int, str],
    names: dict[int, str],
) -> tuple[Cell, ...]:
    by_place: dict[gap_rows.Place, dict[str, Mark]] = defaultdict(dict)
    for one in given:
        reason = instruments[one.place[2]].find_reason(one.reason) if one.reason else None
        by_place[one.place][names[one.user_id]] = Mark(one.score, reason.label if reason else one.reason)
    found = []
    for one in shown:
        _, _, version, segment, code = one.place
        label = instruments[version].find_item(code).label
        number = None if segment == WHOLE else segment
        found.append(Cell(keys[version], label, one.code, number, one.gap, by_place[one.place]))
    return tuple(found)


def _scales(
    db: Session,
    actor: Actor,
    versions: list[StudyInstrument],
    keys: dict[int, str],
    selection: Selection,
    names: dict[int, str],
) -> tuple[Scale, ...]:
    coding = select_allotted(actor, [one.id for one in versions], selection)
    query = coding.with_only_columns(Assignment.instrument_version_id, Assignment.user_id).group_by(None)
    of_version = defaultdict(set)
    for version, user_id in db.execute(query.distinct()):
        of_version[version].add(names[user_id])
    return tuple(Scale(keys[one.id], one.instrument, tuple(sorted(of_version[one.id]))) for one in versions)


def _count_recordings(
    db: Session, actor: Actor, versions: list[int], selection: Selection, ready: Subquery
) -> tuple[int, int]:
    allotted = select_allotted(actor, versions, selection).subquery()
    n_ready = select(func.count()).select_from(ready).scalar_subquery()
    n_allotted = select(func.count()).select_from(allotted).scalar_subquery()
    return tuple(db.execute(select(n_ready, n_allotted)).one())
