"""What the page of a waiting file of scores shows: counts, changes, a map of what is there and new."""

from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, literal, or_, select, union
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import Dyad, ImportPlace, ImportScore, Sample, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.difference import ROUNDING, Change
from coder_app.services.import_changes import iter_changes
from coder_app.services.import_check import Check, Ground
from coder_app.services.import_compare import CHANGED, KEPT, NEW
from coder_app.services.import_rows import ANSWERS, Run

CHANGES_A_PAGE = 200
DYADS_A_PAGE = 30
MOST_SESSIONS = 40
STORED = "stored"


@dataclass(frozen=True)
class Group:
    """What one informant's scores on one measure (or subscale) are, and what importing would do to them."""

    informant: str
    measure: str
    subscale: str
    is_computed: bool
    n: int
    n_new: int
    n_changed: int
    n_rounded: int
    n_kept: int
    n_imputed: int

    @property
    def n_same(self) -> int:
        """How many stay as they are."""
        return self.n - self.n_new - self.n_changed - self.n_kept


@dataclass(frozen=True)
class SessionMap:
    """Dyads by treatment sessions: in each cell the informants with what becomes of their scores."""

    page: int
    n_pages: int
    n_dyads: int
    sessions: tuple[int, ...]
    n_hidden_sessions: int
    rows: tuple[tuple[str, tuple[tuple[tuple[str, str], ...], ...]], ...]


@dataclass(frozen=True)
class ScorePreview:
    """A checked file beside what is stored."""

    check: Check
    ground: Ground
    groups: tuple[Group, ...]
    changes: tuple[Change, ...]
    changes_page: int
    map: SessionMap
    is_frozen: bool

    @property
    def n_change_pages(self) -> int:
        """On how many pages the changes stand."""
        return -(-self.check.counts["overwritten_values"] // CHANGES_A_PAGE)

    @property
    def can_commit(self) -> bool:
        """Whether nothing in the file keeps it out."""
        return not self.check.reading.n_errors

    @property
    def changes_nothing(self) -> bool:
        """Whether everything in the file is stored already."""
        counts = self.check.counts
        doing = ("new", "changed", "computed_new", "overwritten_values", "added", "settled", "new_sessions")
        return not any(counts[name] for name in doing)


def get_preview(
    db: Session, actor: Actor, ground: Ground, check: Check, changes_page: int = 1, map_page: int = 1
) -> ScorePreview:
    """Return a checked file with one page of its changes and one of its map."""
    actor.check_can(Act.IMPORT)
    run, start = check.run, CHANGES_A_PAGE * (changes_page - 1)
    with closing(iter_changes(db, run, ground.names)) as all_changes:
        changes = tuple(islice(all_changes, start, start + CHANGES_A_PAGE))
    return ScorePreview(
        check=check,
        ground=ground,
        groups=_find_groups(db, run, ground.names),
        changes=changes,
        changes_page=changes_page,
        map=_make_map(db, run, map_page),
        is_frozen=is_sample_frozen(db, actor),
    )


def is_sample_frozen(db: Session, actor: Actor) -> bool:
    """Whether there is a sample that new scores do not change any more."""
    return db.scalar(select(Sample.id).where(Sample.study_id == actor.study_id).limit(1)) is not None


def _find_groups(db: Session, run: Run, names: dict[int, str]) -> tuple[Group, ...]:
    row = ImportScore
    is_rounded = func.abs(row.score - row.old_score) < ROUNDING
    query = (
        select(
            row.informant,
            row.measure_key,
            row.subscale,
            row.source,
            func.count().label("n"),
            func.count().filter(row.state == NEW).label("n_new"),
            func.count().filter(row.state == CHANGED).label("n_changed"),
            func.count().filter(row.state == CHANGED, is_rounded).label("n_rounded"),
            func.count().filter(row.state == KEPT).label("n_kept"),
            func.count().filter(row.n_imputed > 0).label("n_imputed"),
        )
        .where(run.of(row))
        .group_by(row.informant, row.measure_key, row.subscale, row.source)
    )
    groups = [
        Group(informant, names[measure], subscale, source == ANSWERS, *counts)
        for informant, measure, subscale, source, *counts in db.execute(query)
    ]
    return tuple(sorted(groups, key=lambda one: (one.is_computed, one.informant, one.measure, one.subscale)))


def _make_map(db: Session, run: Run, page: int) -> SessionMap:
    stored = select(Dyad.code.label("dyad")).where(Dyad.study_id == run.study_id)
    waiting = select(ImportPlace.dyad).where(run.of(ImportPlace), ImportPlace.dyad_key.is_(None))
    dyads = union(stored, waiting).subquery()
    n_dyads = db.scalars(select(func.count()).select_from(dyads)).one()
    n_pages = max(1, -(-n_dyads // DYADS_A_PAGE))
    page = min(max(1, page), n_pages)
    chosen = select(dyads.c.dyad).order_by(dyads.c.dyad).limit(DYADS_A_PAGE)
    shown = list(db.scalars(chosen.offset(DYADS_A_PAGE * (page - 1))))
    cells: dict[tuple[str, int], dict[str, str]] = {}
    for dyad, number, informant, state in (*_stored_cells(db, run, shown), *_waiting_cells(db, run, shown)):
        cells.setdefault((dyad, number), {})[informant] = state if state in (NEW, CHANGED) else STORED
    numbers = sorted({number for _, number in cells})
    sessions = tuple(numbers[:MOST_SESSIONS])
    return SessionMap(
        page=page,
        n_pages=n_pages,
        n_dyads=n_dyads,
        sessions=sessions,
        n_hidden_sessions=len(numbers) - len(sessions),
        rows=tuple(
            (dyad, tuple(tuple(sorted(cells.get((dyad, number), {}).items())) for number in sessions))
            for dyad in shown
        ),
    )


def _stored_cells(db: Session, run: Run, dyads: list[str]) -> list[tuple[str, int, str, str]]:
    query = (
        select(Dyad.code, TreatmentSession.number, Score.informant, literal(STORED))
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Dyad.study_id) & (TreatmentSession.dyad_id == Dyad.id),
        )
        .join(
            Score,
            (Score.study_id == Dyad.study_id) & (Score.treatment_session_id == TreatmentSession.id),
        )
        .where(Dyad.study_id == run.study_id, Dyad.code.in_(dyads), Score.subscale == "")
    )
    return [tuple(row) for row in db.execute(query)]


def _waiting_cells(db: Session, run: Run, dyads: list[str]) -> list[tuple[str, int, str, str]]:
    """What is stored already comes last, so that the one mark of a cell is what changes."""
    query = (
        select(ImportPlace.dyad, ImportPlace.number, ImportScore.informant, ImportScore.state)
        .join(ImportScore, run.with_place(ImportScore))
        .where(
            run.of(ImportPlace),
            ImportPlace.dyad.in_(dyads),
            ImportScore.subscale == "",
            or_(ImportScore.state == NEW, ImportScore.state == CHANGED),
        )
        .order_by(ImportScore.state.desc())
    )
    return [tuple(row) for row in db.execute(query)]
