"""Importing alliance scores: what comes in, what changes, and what is refused."""

import csv
import io
import statistics
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select, update

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.models import Audit, AuditPayload, Dyad, Import, Sample, Score, TreatmentSession
from coder_app.services import alliance, csv_import, import_record
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_check import check_file, find_check, find_ground
from coder_app.services.import_preview import get_preview
from coder_app.services.staging import Staging
from tests.makers.alliance import (
    PARTICIPANTS,
    SCORES_LONG,
    SCORES_LONG_NL,
    SCORES_WIDE,
    import_csv,
    import_rupture_study,
)

LONG = b"dyad,session,date,informant,measure,score\n"


@pytest.fixture
def lead(world):
    """The lead of an empty study."""
    return world.study()


@pytest.fixture
def staging(settings, tools):
    """Where files wait."""
    return Staging(settings.staging_dir, tools.token_bytes)


def count(database, *models) -> tuple[int, ...]:
    """Return the numbers of rows."""
    with database.read() as db:
        return tuple(db.scalar(select(func.count()).select_from(model)) for model in models)


def look_at(database, lead, staging, data: bytes):
    """Stage and check a file of scores and return its preview."""
    public_id = csv_import.stage(database, lead, "scores", "file.csv", io.BytesIO(data), staging)
    check_file(database, lead, public_id, staging)
    return preview_of(database, lead, staging, public_id)


def preview_of(database, lead, staging, public_id: str):
    """Return the preview of a file that was checked."""
    with database.read() as db:
        ground = find_ground(db, lead, public_id)
        return get_preview(db, lead, ground, find_check(staging, ground))


def id_of(preview) -> str:
    """Return the public id of the import that a preview is of."""
    return preview.ground.staged.record.public_id


def errors_of(preview):
    """Return what keeps a file out."""
    return [problem for problem in preview.check.problems if problem.severity == "error"]


def last_payload(database, act: str):
    """Return what the trail says about the newest act of this name."""
    with database.read() as db:
        query = (
            select(AuditPayload.payload)
            .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
            .where(Audit.act == act)
            .order_by(Audit.seq.desc())
        )
        return db.scalars(query).first()


def test_the_reference_study_comes_in_whole(database, lead, staging):
    import_rupture_study(database, lead, staging)
    with database.read() as db:
        overview = alliance.get_overview(db, lead)
    assert overview.n_dyads == 89
    assert "child_age" in overview.covariates
    assert sum(group.n for group in overview.groups) == 1847
    assert [(g.informant, g.instrument.name) for g in overview.groups] == [
        ("child", "TASC"),
        ("therapist", "WAI-S"),
    ]


def test_means_and_deviations_are_those_of_all_scores_together(database, lead, staging):
    import_rupture_study(database, lead, staging)
    rows = list(csv.DictReader(SCORES_LONG.read_text().splitlines()))
    with database.read() as db:
        groups = alliance.get_overview(db, lead).groups
    for group in groups:
        values = [float(row["score"]) for row in rows if row["informant"] == group.informant]
        assert group.n == len(values)
        assert group.mean == pytest.approx(statistics.mean(values), rel=1e-12)
        assert group.sd == pytest.approx(statistics.stdev(values), rel=1e-12)
        assert (group.lowest, group.highest) == (min(values), max(values))


def test_a_single_score_has_no_deviation(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    with database.read() as db:
        assert alliance.get_overview(db, lead).groups[0].sd is None


def test_the_wide_table_after_the_long_one_changes_nothing(database, lead, staging):
    import_rupture_study(database, lead, staging)
    before = count(database, Dyad, TreatmentSession, Score)
    preview = look_at(database, lead, staging, SCORES_WIDE.read_bytes())
    assert preview.changes_nothing
    assert preview.check.counts["unchanged"] == 1847
    import_csv(database, lead, staging, "scores", SCORES_WIDE)
    assert count(database, Dyad, TreatmentSession, Score) == before


def test_the_long_table_after_the_wide_one_adds_only_the_dates(database, lead, staging):
    import_csv(database, lead, staging, "participants", PARTICIPANTS)
    import_csv(database, lead, staging, "scores", SCORES_WIDE)
    n_sessions = count(database, TreatmentSession)[0]
    preview = look_at(database, lead, staging, SCORES_LONG.read_bytes())
    counts = preview.check.counts
    assert (counts["new"], counts["changed"], preview.changes) == (0, 0, ())
    assert counts["added"] == n_sessions
    import_csv(database, lead, staging, "scores", SCORES_LONG)
    with database.read() as db:
        query = select(TreatmentSession.held_on).join(Dyad, Dyad.id == TreatmentSession.dyad_id)
        first = db.scalars(query.where(Dyad.code == "D001", TreatmentSession.number == 1)).one()
    assert first == date(2017, 12, 27)


def test_a_dutch_excel_file_comes_in_with_its_decimal_commas(database, lead, staging):
    import_csv(database, lead, staging, "participants", PARTICIPANTS)
    preview = look_at(database, lead, staging, SCORES_LONG_NL.read_bytes())
    assert (preview.check.reading.delimiter, preview.check.reading.decimal_comma) == (";", True)
    assert preview.check.counts["new"] == 1847
    import_csv(database, lead, staging, "scores", SCORES_LONG_NL)
    with database.read() as db:
        lowest, highest = db.execute(select(func.min(Score.score), func.max(Score.score))).one()
    assert 1 <= lowest < 5 < highest <= 48


def test_the_same_file_again_is_all_unchanged(database, lead, staging):
    import_rupture_study(database, lead, staging)
    before = count(database, Dyad, TreatmentSession, Score)
    import_csv(database, lead, staging, "scores", SCORES_LONG)
    assert count(database, Dyad, TreatmentSession, Score) == before
    assert last_payload(database, "import scores") | {"unchanged": 1847, "new": 0, "changed": 0} == (
        last_payload(database, "import scores")
    )


def test_an_import_asked_for_twice_is_done_once(database, lead, staging):
    preview = look_at(database, lead, staging, LONG + b"D1,1,,child,TASC,40\n")
    for _ in range(2):
        csv_import.commit(database, lead, id_of(preview), staging, preview.check.seen)
    assert count(database, Score) == (1,)
    with database.read() as db:
        acts = db.scalars(select(Audit.act).where(Audit.act == "import scores")).all()
    assert len(acts) == 1


def test_a_changed_score_shows_old_and_new_and_the_trail_keeps_the_old_one(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,2018-01-03,child,TASC,40\n")
    data = LONG + b"D1,1,2018-01-04,child,TASC,41.5\nD1,2,,child,TASC,39\n"
    preview = look_at(database, lead, staging, data)
    counts = preview.check.counts
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (1, 1, 0)
    assert [(c.what, c.session, c.old, c.new) for c in preview.changes] == [
        ("TASC, child", 1, 40.0, 41.5),
        ("date", 1, "2018-01-03", "2018-01-04"),
    ]
    public_id = import_csv(database, lead, staging, "scores", data)
    assert last_payload(database, "import scores")["overwritten"] == [
        ["D1", 1, "TASC, child", 40.0, 41.5],
        ["D1", 1, "date", "2018-01-03", "2018-01-04"],
    ]
    with database.read() as db:
        changed = db.execute(
            select(Score.score, Import.public_id)
            .join(Import, Import.id == Score.import_id)
            .where(Score.score == 41.5)
        ).all()
    assert changed == [(41.5, public_id)]


def test_a_missing_score_leaves_a_stored_one_alone(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    preview = look_at(database, lead, staging, LONG + b"D1,1,,child,TASC,NA\nD1,2,,child,TASC,39\n")
    assert preview.check.reading.n_missing == 1
    assert (preview.check.counts["new"], preview.check.counts["changed"]) == (1, 0)
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,\nD1,2,,child,TASC,39\n")
    with database.read() as db:
        assert sorted(db.scalars(select(Score.score))) == [39.0, 40.0]


def test_scores_create_their_dyads_until_participants_are_imported(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    import_csv(database, lead, staging, "scores", LONG + b"D2,1,,child,TASC,40\n")
    assert count(database, Dyad, TreatmentSession, Score) == (2, 2, 2)
    import_csv(database, lead, staging, "participants", b"dyad,child_age\nD1,9\n")
    preview = look_at(database, lead, staging, LONG + b"D2,2,,child,TASC,40\nD3,1,,child,TASC,40\n")
    assert not preview.can_commit
    assert preview.check.reading.unknown_dyads == ["D3"]
    [problem] = errors_of(preview)
    assert (problem.row, problem.column, problem.value) == (3, "dyad", "D3")
    with pytest.raises(Refused):
        csv_import.commit(database, lead, id_of(preview), staging)
    assert count(database, Dyad, TreatmentSession, Score) == (2, 2, 2)


def test_new_dyads_that_differ_in_case_only_are_named(database, lead, staging):
    preview = look_at(database, lead, staging, LONG + b"D1,1,,child,TASC,40\nd1,2,,child,TASC,40\n")
    [problem] = errors_of(preview)
    assert (problem.row, problem.column, problem.value) == (3, "dyad", "d1")
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    [problem] = errors_of(look_at(database, lead, staging, LONG + b"d1,1,,child,TASC,40\n"))
    assert "the study" in problem.message


def test_what_the_person_saw_must_still_hold_when_it_is_imported(database, lead, staging):
    preview = look_at(database, lead, staging, LONG + b"D1,1,,child,TASC,40\n")
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,30\n")
    with pytest.raises(Refused, match="changed since"):
        csv_import.commit(database, lead, id_of(preview), staging)
    check_file(database, lead, id_of(preview), staging)
    with pytest.raises(Refused, match="changed since"):
        csv_import.commit(database, lead, id_of(preview), staging, preview.check.seen)
    with database.read() as db:
        assert db.scalars(select(Score.score)).all() == [30.0]


def test_a_file_that_fails_half_way_through_writing_leaves_nothing(database, lead, staging, monkeypatch):
    preview = look_at(database, lead, staging, SCORES_LONG.read_bytes())
    monkeypatch.setattr(csv_import.audit, "record", _fail)
    with pytest.raises(RuntimeError):
        csv_import.commit(database, lead, id_of(preview), staging)
    assert count(database, Dyad, TreatmentSession, Score) == (0, 0, 0)
    with database.read() as db:
        assert import_record.get_import(db, lead, id_of(preview)).state == "staged"


def _fail(*arguments, **options):
    raise RuntimeError("the power went")


def test_new_scores_leave_a_frozen_sample_alone(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    with database.write() as db:
        db.add(
            Sample(
                study_id=lead.study_id,
                settings={"k": 1},
                data_hash="0" * 64,
                frozen_by=lead.user_id,
                frozen_at=lead.now(),
            )
        )
    preview = look_at(database, lead, staging, LONG + b"D1,1,,child,TASC,41\n")
    assert preview.is_frozen
    assert preview.can_commit
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,41\n")
    with database.read() as db:
        sample = db.scalars(select(Sample)).one()
        assert (sample.settings, sample.data_hash) == ({"k": 1}, "0" * 64)


def test_a_study_neither_sees_nor_changes_the_scores_of_another(database, world, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    other = world.study("Other", lead="Other lead")
    preview = look_at(database, other, staging, LONG + b"D1,1,,child,TASC,30\n")
    assert (preview.check.counts["new"], preview.check.counts["changed"]) == (1, 0)
    with database.read() as db, pytest.raises(NotFound):
        import_record.get_import(db, lead, id_of(preview))
    import_csv(database, other, staging, "scores", LONG + b"D1,1,,child,TASC,30\n")
    with database.read() as db:
        assert [group.mean for group in alliance.get_overview(db, lead).groups] == [40.0]


def test_an_analyst_sees_the_scores_and_imports_nothing(database, world, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    analyst = world.member(lead, "Ana", Role.ANALYST)
    with database.read() as db:
        assert alliance.get_overview(db, analyst).n_dyads == 1
    with pytest.raises(NotAllowed):
        csv_import.stage(database, analyst, "scores", "file.csv", io.BytesIO(b""), staging)


def test_a_session_with_a_recording_keeps_it_when_its_scores_come_in(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    with database.write() as db:
        db.execute(update(TreatmentSession).values(recorded=True))
    data = LONG + b"D1,1,2018-01-03,child,TASC,41\nD1,2,,child,TASC,39\n"
    import_csv(database, lead, staging, "scores", data)
    with database.read() as db:
        sessions = select(TreatmentSession.recorded).order_by(TreatmentSession.number)
        assert db.scalars(sessions).all() == [True, False]


def test_two_files_with_the_same_new_dyads_can_be_imported_at_once(database, lead, staging):
    rows = [f"D{dyad},{session},,child,TASC,40\n" for dyad in range(20) for session in range(1, 11)]
    waiting = [id_of(look_at(database, lead, staging, LONG + "".join(rows).encode())) for _ in range(4)]
    ready = threading.Barrier(len(waiting))

    def bring_in(public_id: str) -> str:
        ready.wait(timeout=20)
        try:
            csv_import.commit(database, lead, public_id, staging)
        except Refused as refusal:
            return str(refusal)
        return "imported"

    with ThreadPoolExecutor(len(waiting)) as pool:
        answers = sorted(pool.map(bring_in, waiting))
    assert answers[-1] == "imported"
    assert all("changed since" in answer for answer in answers[:-1])
    assert count(database, Dyad, TreatmentSession, Score) == (20, 200, 200)
