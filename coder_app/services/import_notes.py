"""What a person should know of a waiting file before it is imported, found by the database."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, select, union_all
from sqlalchemy.orm import Session, aliased

from coder_app.domain.problems import WARNING, Problem
from coder_app.models import Dyad, ImportPlace, ImportScore, Score, TreatmentSession
from coder_app.services.difference import ROUNDING
from coder_app.services.import_compare import KEPT
from coder_app.services.import_rows import ANSWERS, Run

# The usual shortest run of a control chart.
SHORTEST_SERIES = 7
MOST_TOTALS = 1_000
MOST_NAMED = 40
PARENT_ALONE = ("parent alone", "parents alone", "parent only", "parents only")


@dataclass(frozen=True)
class DifferingTotals:
    """Totals of the file that are not what the answers give: how many, and the first of them."""

    n: int
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class SeriesNotes:
    """What the dyads of the file would have after the import: series that say little, and who was there.

    A series is (dyad, informant, number of scores); of many the first are named.
    """

    n_series: int
    n_short: int
    short: list[tuple[str, str, int]]
    n_constant: int
    constant: list[tuple[str, str, int]]
    n_parent_alone: int


def series_from_json(content: dict[str, Any]) -> SeriesNotes:
    """Return the notes that were kept."""
    named = {name: [tuple(one) for one in content[name]] for name in ("short", "constant")}
    return SeriesNotes(**content | named)


def find_differing_totals(db: Session, run: Run, file: str, names: dict[int, str]) -> DifferingTotals:
    """Find the totals of the file that differ from the score of the answers, which stays."""
    computed = _computed(run)
    differing = (
        run.of(ImportScore)
        & (ImportScore.state == KEPT)
        & (func.abs(ImportScore.score - computed) >= ROUNDING)
    )
    query = select(ImportScore.row, ImportScore.measure_key, ImportScore.score, computed.label("computed"))
    rows = db.execute(query.where(differing).order_by(ImportScore.row).limit(MOST_TOTALS))
    warnings = tuple(
        Problem(
            file,
            row.row,
            None,
            f"{row.score:g}",
            f"The total of {names[row.measure_key]} is {row.score:g} here, and {row.computed:g} by the "
            "answers. The score of the answers stays.",
            WARNING,
        )
        for row in rows
    )
    return DifferingTotals(db.scalars(select(func.count()).where(differing)).one(), warnings)


def note_series(db: Session, run: Run) -> SeriesNotes:
    """Look at the series that the dyads of the file would have, stored scores among them."""
    scores = union_all(_waiting(run), _stored(run)).subquery()
    series = (
        select(
            scores.c.dyad,
            scores.c.informant,
            func.count(),
            func.min(scores.c.score) == func.max(scores.c.score),
        )
        .group_by(scores.c.dyad, scores.c.informant, scores.c.measure)
        .order_by(scores.c.dyad, scores.c.informant)
    )
    n_series, short, constant = 0, _Named(), _Named()
    for dyad, informant, n, is_constant in db.execute(series):
        n_series += 1
        if n < SHORTEST_SERIES:
            short.add((dyad, informant, n))
        elif is_constant:
            constant.add((dyad, informant, n))
    alone = select(func.count()).where(
        run.of(ImportPlace),
        not_(_counts(func.coalesce(ImportPlace.attendance, ImportPlace.old_attendance))),
    )
    return SeriesNotes(
        n_series=n_series,
        n_short=short.n,
        short=short.first,
        n_constant=constant.n,
        constant=constant.first,
        n_parent_alone=db.scalars(alone).one(),
    )


class _Named:
    """Counts series and keeps the first of them."""

    def __init__(self) -> None:
        self.n = 0
        self.first: list[tuple[str, str, int]] = []

    def add(self, series: tuple[str, str, int]) -> None:
        """Take one more."""
        self.n += 1
        if self.n <= MOST_NAMED:
            self.first.append(series)


def _waiting(run: Run) -> Select:
    """The totals of the file as they would stand after the import."""
    return (
        select(
            ImportPlace.dyad.label("dyad"),
            ImportScore.informant.label("informant"),
            ImportScore.measure_key.label("measure"),
            ImportScore.score.label("score"),
        )
        .join(ImportPlace, run.with_place(ImportScore))
        .where(
            run.of(ImportScore),
            ImportScore.subscale == "",
            ImportScore.state != KEPT,
            _counts(func.coalesce(ImportPlace.attendance, ImportPlace.old_attendance)),
        )
    )


def _stored(run: Run) -> Select:
    """The stored totals of the same dyads that the import leaves alone."""
    touched = select(ImportScore.score_key).where(
        run.of(ImportScore), ImportScore.score_key.is_not(None), ImportScore.state != KEPT
    )
    dyads = select(ImportPlace.dyad_key).where(run.of(ImportPlace), ImportPlace.dyad_key.is_not(None))
    return (
        select(Dyad.code, Score.informant, Score.measure_id, Score.score)
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Dyad.study_id) & (TreatmentSession.dyad_id == Dyad.id),
        )
        .join(
            Score,
            (Score.study_id == Dyad.study_id) & (Score.treatment_session_id == TreatmentSession.id),
        )
        .where(Dyad.study_id == run.study_id, Dyad.id.in_(dyads))
        .where(Score.subscale == "", Score.id.not_in(touched), _counts(TreatmentSession.attendance))
    )


def _counts(attendance: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Whether a session is one of the series: those with a parent alone leave before numbering."""
    return func.lower(func.coalesce(attendance, "")).not_in(PARENT_ALONE)


def _computed(run: Run) -> ColumnElement[float]:
    """The score that answers give where a waiting total stands: those of the same file, or stored ones."""
    twin = aliased(ImportScore)
    inside = select(twin.score).where(
        twin.import_id == run.import_id,
        twin.run == run.number,
        twin.place == ImportScore.place,
        twin.informant == ImportScore.informant,
        twin.measure_key == ImportScore.measure_key,
        twin.subscale == ImportScore.subscale,
        twin.source == ANSWERS,
    )
    return func.coalesce(inside.scalar_subquery(), ImportScore.old_score)
