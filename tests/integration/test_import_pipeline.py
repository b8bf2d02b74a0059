"""Files of scores on their way into a study: cut short, scored, mapped, compared, and kept in the trail."""

import io
import re
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from coder_app import worker
from coder_app.config import PROJECT
from coder_app.domain.scoring import ITEM_MEAN, PERSON_MEAN
from coder_app.models import (
    Answers,
    Audit,
    AuditPayload,
    Dyad,
    Import,
    ImportAnswers,
    ImportPlace,
    ImportScore,
    Job,
    Score,
    Scoring,
    TreatmentSession,
)
from coder_app.services import audit, csv_import, import_changes, import_job, import_mapping, import_rows, job
from coder_app.services.errors import Refused
from coder_app.services.import_check import check_file, find_check, find_ground
from coder_app.services.import_preview import get_preview
from coder_app.services.import_record import refuse_while_scores_come_in
from coder_app.services.scoring import get_measure
from coder_app.services.staging import Staging
from tests.integration.test_import_pages import choose, look, press, text_of
from tests.makers.alliance import PARTICIPANTS, RUPTURE_STUDY, SCORES_LONG, import_csv

ALLIANCE = RUPTURE_STUDY / "alliance"
LONG = "dyad,session,informant,measure,score\n"
ITEMS = "dyad,session,informant,measure," + ",".join(f"item_{n:02}" for n in range(1, 13)) + "\n"
WAITING = (ImportPlace, ImportAnswers, ImportScore)


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


def stage(database, lead, staging, text: str) -> str:
    """Let a file wait and return the public id of its import."""
    return csv_import.stage(database, lead, "scores", "file.csv", io.BytesIO(text.encode()), staging)


def stage_file(database, lead, staging, path) -> str:
    """Let a file of the reference study wait and return the public id of its import."""
    return csv_import.stage(database, lead, "scores", path.name, io.BytesIO(path.read_bytes()), staging)


def preview_of(database, lead, staging, public_id: str, **pages):
    """Check a file and return its preview."""
    check_file(database, lead, public_id, staging)
    with database.read() as db:
        ground = find_ground(db, lead, public_id)
        return get_preview(db, lead, ground, find_check(staging, ground), **pages)


def scores_of(database, **wanted) -> dict[tuple[str, int, str, str], float]:
    """Return the stored scores by dyad, session, informant and part."""
    query = (
        select(Dyad.code, TreatmentSession.number, Score.informant, Score.subscale, Score.score)
        .join(TreatmentSession, TreatmentSession.dyad_id == Dyad.id)
        .join(Score, Score.treatment_session_id == TreatmentSession.id)
        .filter_by(**wanted)
    )
    with database.read() as db:
        return {tuple(row[:4]): row[4] for row in db.execute(query)}


def many(n: int, score: int = 30) -> str:
    """Return a long table of so many dyads with twelve scores each."""
    rows = [f"D{dyad},{number},child,TASC,{score}\n" for dyad in range(n) for number in range(1, 13)]
    return LONG + "".join(rows)


class PowerCut(BaseException):
    """The process ends here."""


def cut_after(monkeypatch, target, name: str, calls: int) -> None:
    """End the process at a call of a function, once."""
    original, left = getattr(target, name), [calls]

    def called(*arguments, **options):
        left[0] -= 1
        if left[0] == 0:
            raise PowerCut
        return original(*arguments, **options)

    monkeypatch.setattr(target, name, called)


def test_a_worker_that_dies_while_it_reads_or_compares_leaves_nothing_and_another_begins_again(
    database, lead, staging, tools, settings, monkeypatch
):
    monkeypatch.setattr(import_rows, "CHUNK", 20)
    public_id = stage(database, lead, staging, many(10))
    with database.write() as db:
        import_job.ask_check(db, lead, public_id)
    for target, name, calls in (
        (import_rows, "_write_places", 3),
        (import_rows, "score_values", 90),
        ("coder_app.services.import_compare", "_find_scores", 2),
    ):
        with monkeypatch.context() as patch:
            module = import_rows if target is import_rows else __import__(target, fromlist=["_"])
            cut_after(patch, module, name, calls)
            with pytest.raises(PowerCut):
                worker.run_next(database, tools, settings)
        assert count(database, Dyad, TreatmentSession, Score) == (0, 0, 0)
        assert count(database, ImportPlace)[0] > 0
        with database.write() as db:
            long_ago = tools.clock() - job.LOST_AFTER - timedelta(minutes=1)
            db.execute(update(Job).where(Job.state == "running").values(heartbeat_at=long_ago))
    assert worker.run_next(database, tools, settings)
    assert count(database, *WAITING) == (120, 0, 120)
    csv_import.commit(database, lead, public_id, staging)
    assert count(database, Dyad, TreatmentSession, Score, *WAITING) == (10, 120, 120, 0, 0, 0)


def test_a_cut_before_the_end_of_the_last_transaction_imports_nothing_and_one_after_it_everything(
    database, lead, staging, monkeypatch
):
    public_id = stage(database, lead, staging, many(3))
    seen = preview_of(database, lead, staging, public_id).check.seen
    with monkeypatch.context() as patch:
        cut_after(patch, csv_import, "record_changes", 1)
        with pytest.raises(PowerCut):
            csv_import.commit(database, lead, public_id, staging, seen)
    assert count(database, Dyad, TreatmentSession, Score) == (0, 0, 0)
    with monkeypatch.context() as patch:
        cut_after(patch, csv_import, "remove_all", 1)
        with pytest.raises(PowerCut):
            csv_import.commit(database, lead, public_id, staging, seen)
    assert count(database, Dyad, TreatmentSession, Score, ImportScore) == (3, 36, 36, 36)
    csv_import.commit(database, lead, public_id, staging, seen)
    import_rows.tidy(database)
    assert count(database, Score, *WAITING) == (36, 0, 0, 0)
    again = stage(database, lead, staging, many(4))
    seen = preview_of(database, lead, staging, again).check.seen
    with database.write() as db:
        db.execute(delete(ImportScore).where(ImportScore.row == 45))
    with pytest.raises(Refused, match="changed since"):
        csv_import.commit(database, lead, again, staging, seen)
    assert preview_of(database, lead, staging, again).check.counts["values"] == 48
    csv_import.commit(database, lead, again, staging)
    assert count(database, Score) == (48,)
    with database.read() as db:
        assert audit.check_chain(db, lead.study_id).broken_at is None


# A worker that kills its own process with SIGKILL at a call of a function: nothing runs after that.
KILLED = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.services import import_rows
from coder_app.services.actor import Tools
from coder_app.worker import run_next
folder, url, module, name, left = sys.argv[1:]
import_rows.CHUNK, left = 20, int(left)
module = import_module(f"coder_app.services.{module}")
original = getattr(module, name)

def call(*arguments, **options):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **options)

setattr(module, name, call)
run_next(Database(url), Tools(), Settings(Path(folder), url, b"0" * 32))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_worker_that_is_killed_anywhere_leaves_nothing_half_imported_and_nothing_is_lost(
    database, lead, staging, tools, settings
):
    if not database.is_sqlite:
        pytest.skip("the same on PostgreSQL, and slow")

    def kill(module: str, name: str, calls: int) -> None:
        command = [sys.executable, "-c", KILLED, str(settings.data_dir), settings.database_url]
        ended = subprocess.run([*command, module, name, str(calls)], cwd=PROJECT, timeout=120)
        assert ended.returncode == -signal.SIGKILL
        assert count(database, Dyad, TreatmentSession, Score) == (0, 0, 0)
        with database.write() as db:
            lost = tools.clock() - job.LOST_AFTER - timedelta(minutes=1)
            db.execute(update(Job).where(Job.state == "running").values(heartbeat_at=lost))

    public_id = stage(database, lead, staging, many(10))
    with database.write() as db:
        import_job.ask_check(db, lead, public_id)
    kill("import_rows", "_write_places", 3)
    assert count(database, *WAITING) == (40, 0, 40)
    kill("import_compare", "_find_scores", 2)
    assert worker.run_next(database, tools, settings)
    with database.read() as db:
        seen = find_check(staging, find_ground(db, lead, public_id)).seen
    with database.write() as db:
        import_job.ask_import(db, lead, public_id, seen)
    kill("csv_import", "record_changes", 1)
    assert worker.run_next(database, tools, settings)
    assert count(database, Dyad, TreatmentSession, Score, *WAITING) == (10, 120, 120, 0, 0, 0)
    with database.read() as db:
        assert db.scalars(select(Job.state).order_by(Job.id)).all() == ["done", "done"]
        assert audit.check_chain(db, lead.study_id).broken_at is None


def test_a_file_that_is_discarded_while_it_is_checked_is_let_go(database, lead, staging, monkeypatch):
    monkeypatch.setattr(import_rows, "CHUNK", 20)
    public_id = stage(database, lead, staging, many(10))
    original = import_rows._write_places

    def discard_meanwhile(db, places):
        db.execute(update(Import).values(state="discarded"))
        original(db, places)

    monkeypatch.setattr(import_rows, "_write_places", discard_meanwhile)
    with pytest.raises(Refused, match="over"):
        check_file(database, lead, public_id, staging)
    import_rows.tidy(database)
    assert count(database, Score, *WAITING) == (0, 0, 0, 0)


def test_while_scores_are_written_others_save_on_postgresql_and_what_they_change_is_heeded(
    database, lead, staging, monkeypatch
):
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    one, other = (stage(database, lead, staging, many(n)) for n in (3, 4))
    seen = [preview_of(database, lead, staging, public_id).check.seen for public_id in (one, other)]
    original, threads = csv_import.store, ThreadPoolExecutor(2)

    def save() -> str:
        with database.write() as db:
            audit.record(db, lead, "save", None, answer=3)
        with pytest.raises(Refused, match="imported or computed"), database.write() as db:
            refuse_while_scores_come_in(db, lead)
        csv_import.discard(database, lead, one, staging)
        return "saved"

    def store_meanwhile(*arguments) -> None:
        original(*arguments)
        monkeypatch.setattr(csv_import, "store", original)
        assert threads.submit(save).result(10) == "saved"
        meanwhile.append(threads.submit(csv_import.commit, database, lead, other, staging, seen[1]))
        assert count(database, Score) == (0,)

    meanwhile: list[Future[None]] = []
    monkeypatch.setattr(csv_import, "store", store_meanwhile)
    with threads:
        with pytest.raises(Refused, match="changed since"):
            csv_import.commit(database, lead, one, staging, seen[0])
        meanwhile[0].result(10)
    assert count(database, Dyad, Score) == (4, 48)
    with database.read() as db:
        assert audit.check_chain(db, lead.study_id).broken_at is None


def test_every_old_value_is_in_the_trail_in_entries_of_bounded_size(database, lead, staging, monkeypatch):
    monkeypatch.setattr(import_changes, "MOST_IN_ENTRY", 10)
    import_csv(database, lead, staging, "scores", many(3).encode())
    public_id = import_csv(database, lead, staging, "scores", many(3, score=31).encode())
    with database.read() as db:
        same = (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq)
        query = select(Audit.act, AuditPayload.payload).join(Audit, same).where(Audit.subject == public_id)
        entries = [
            (act, payload) for act, payload in db.execute(query.order_by(Audit.seq)) if "stage" not in act
        ]
        assert audit.check_chain(db, lead.study_id).broken_at is None
    assert [act for act, _ in entries] == ["import scores", *["import scores, continued"] * 3]
    assert [payload.get("part") for _, payload in entries] == [None, 2, 3, 4]
    old = [tuple(one) for _, payload in entries for one in payload["overwritten"]]
    assert old == [
        (f"D{dyad}", number, "TASC, child", 30.0, 31.0) for dyad in range(3) for number in range(1, 13)
    ]
    assert entries[0][1]["overwritten_values"] == 36


@pytest.mark.parametrize(
    "name", ["scores_wide.csv", "scores_wide.xlsx", "scores_wide.sav", "scores_long_excel_nl.csv"]
)
def test_all_formats_import_to_the_same_scores(database, lead, staging, name):
    import_csv(database, lead, staging, "participants", PARTICIPANTS)
    import_csv(database, lead, staging, "scores", SCORES_LONG)
    stored = scores_of(database)
    public_id = stage_file(database, lead, staging, ALLIANCE / name)
    preview = preview_of(database, lead, staging, public_id)
    counts = preview.check.counts
    assert (preview.can_commit, counts["values"], counts["new"]) == (True, 1847, 0)
    if "excel_nl" not in name:
        assert preview.changes_nothing
    csv_import.commit(database, lead, public_id, staging, preview.check.seen)
    assert scores_of(database) == pytest.approx(stored, abs=0.005)


def test_missing_answers_are_filled_in_by_the_rule_and_counted(database, lead, staging):
    public_id = stage_file(database, lead, staging, ALLIANCE / "items_long_missing_excel_nl.csv")
    preview = preview_of(database, lead, staging, public_id)
    counts = preview.check.counts
    assert (counts["questionnaires"], counts["imputed"], counts["unscored"]) == (1847, 17, 0)
    assert counts["computed"] == counts["computed_new"] == 1847 + 3 * 925
    therapist = {group.subscale: group for group in preview.groups if group.informant == "therapist"}
    assert set(therapist) == {"", "bond", "goals", "tasks"}
    assert therapist[""].n_imputed == counts["imputed_in"] <= 17
    csv_import.commit(database, lead, public_id, staging, preview.check.seen)
    assert (count(database, Answers, Score)) == (1847, 1847 + 3 * 925)
    with database.read() as db:
        summary = db.scalars(select(Import.summary)).one()
        filled = db.scalar(select(func.sum(Score.n_imputed)).where(Score.subscale == ""))
    assert summary["rules"]["WAI-S"]["missing"] == PERSON_MEAN
    assert (summary["imputed"], filled) == (17, 17)


def test_a_total_never_replaces_the_score_of_answers_and_a_differing_one_is_named(database, lead, staging):
    answers = "3,3,3,3,3,3,3,3,3,3,3,"
    import_csv(
        database, lead, staging, "scores", (LONG + "D1,1,child,TASC,40\nD1,2,child,TASC,36\n").encode()
    )
    items = ITEMS + f"D1,1,child,TASC,{answers}3\nD1,2,child,TASC,{answers}3\nD1,3,child,TASC,{answers}4\n"
    by_answers = preview_of(database, lead, staging, stage(database, lead, staging, items))
    assert [(c.session, c.what, c.old, c.new) for c in by_answers.changes] == [(1, "TASC, child", 40.0, 36.0)]
    assert by_answers.check.counts["settled"] == 1
    import_csv(database, lead, staging, "scores", items.encode())
    totals = LONG + "D1,1,child,TASC,40\nD1,2,child,TASC,36\nD1,3,child,TASC,37\nD1,4,child,TASC,38\n"
    preview = preview_of(database, lead, staging, stage(database, lead, staging, totals))
    [warning] = preview.check.totals
    assert (warning.row, warning.value, warning.severity) == (2, "40", "warning")
    assert "40 here, and 36 by the answers" in warning.message
    counts = preview.check.counts
    assert (counts["new"], counts["kept"], counts["changed"], counts["overwritten_values"]) == (1, 3, 0, 0)
    import_csv(database, lead, staging, "scores", totals.encode())
    assert list(scores_of(database).values()) == [36.0, 36.0, 37.0, 38.0]
    # A file with both: the same holds within it.
    both = ITEMS[:-1] + ",total\n" + f"D2,1,child,TASC,{answers}3,41\n"
    preview = preview_of(database, lead, staging, stage(database, lead, staging, both))
    [warning] = preview.check.totals
    assert (warning.row, warning.value) == (2, "41")


def test_answers_that_are_added_later_are_scored_together_with_the_stored_ones(database, lead, staging):
    first = ITEMS + "D1,1,child,TASC," + "2,2,2,2,2,2,,,,,,\n"
    public_id = import_csv(database, lead, staging, "scores", first.encode())
    with database.read() as db:
        assert db.scalars(select(Import.summary).where(Import.public_id == public_id)).one()["unscored"] == 1
    assert scores_of(database) == {}
    import_csv(
        database, lead, staging, "scores", (ITEMS + "D1,1,child,TASC," + ",,,,,,4,4,4,4,4,4\n").encode()
    )
    assert scores_of(database) == {("D1", 1, "child", ""): 36.0}


def test_where_others_answers_fill_in_a_missing_one_they_count_and_the_worker_scores_theirs_anew(
    database, lead, staging, tools, settings
):
    with database.write() as db:
        db.add(
            Scoring(
                study_id=lead.study_id,
                measure_id=get_measure(db, lead, "TASC").id,
                missing=ITEM_MEAN,
                least_answered=0.5,
                reversed=[],
                changed_by=lead.user_id,
                changed_at=lead.now(),
            )
        )
    gap = ITEMS + "D1,1,child,TASC,,2,2,2,2,2,2,2,2,2,2,2\nD2,1,child,TASC,2,2,2,2,2,2,2,2,2,2,2,2\n"
    import_csv(database, lead, staging, "scores", gap.encode())
    assert scores_of(database)["D1", 1, "child", ""] == 24.0
    while worker.run_next(database, tools, settings):
        pass
    more = ITEMS + "D3,1,child,TASC,4,2,2,2,2,2,2,2,2,2,2,2\nD4,1,child,TASC,,2,2,2,2,2,2,2,2,2,2,2\n"
    import_csv(database, lead, staging, "scores", more.encode())
    assert scores_of(database)["D4", 1, "child", ""] == 25.0
    while worker.run_next(database, tools, settings):
        pass
    assert scores_of(database)["D1", 1, "child", ""] == 25.0


def test_the_preview_names_series_that_say_little_and_maps_what_is_there_new_and_changed(
    database, lead, staging, monkeypatch
):
    stored = LONG + "".join(f"A,{number},child,TASC,30\n" for number in range(1, 7))
    import_csv(database, lead, staging, "scores", stored.encode())
    rows = ["dyad,session,informant,measure,score,attendance\n"]
    rows += ["A,6,child,TASC,31,child\n", "A,7,child,TASC,30,child\n", "A,7,therapist,WAI-S,4,child\n"]
    rows += [f"B,{number},child,TASC,30,child\n" for number in range(1, 8)]
    rows += ["C,1,child,TASC,30,parent alone\n", "C,2,child,TASC,30,child\n"]
    preview = preview_of(database, lead, staging, stage(database, lead, staging, "".join(rows)))
    series = preview.check.series
    assert (series.n_parent_alone, series.n_series) == (1, 4)
    assert series.short == [("A", "therapist", 1), ("C", "child", 1)]
    assert series.constant == [("B", "child", 7)]
    cells = {dyad: dict(zip(preview.map.sessions, own, strict=True)) for dyad, own in preview.map.rows}
    assert cells["A"][5] == (("child", "stored"),)
    assert cells["A"][6] == (("child", "changed"),)
    assert cells["A"][7] == (("child", "new"), ("therapist", "new"))
    assert cells["C"][3] == ()
    monkeypatch.setattr("coder_app.services.import_preview.DYADS_A_PAGE", 2)
    again = preview_of(database, lead, staging, preview.ground.staged.record.public_id, map_page=2)
    assert ([dyad for dyad, _ in again.map.rows], again.map.n_pages) == (["C"], 2)


def test_a_large_file_is_checked_and_imported_by_the_worker_with_its_progress_on_the_page(
    database, lead, tools, settings, browser_of, monkeypatch
):
    monkeypatch.setattr(import_mapping, "MOST_BYTES", 10)
    monkeypatch.setattr(import_job, "MOST_VALUES", 10)
    browser = browser_of(lead.viewer)
    answer = choose(browser, lead, "scores", many(4))
    for _ in range(2):
        waiting = browser.get(answer.location)
        assert waiting.status_code == 202
        assert "data-job=" in waiting.get_data(as_text=True)
    assert count(database, Job) == (1,)
    assert worker.run_next(database, tools, settings)
    page = look(browser, answer)
    assert "Import 48 scores of 4 dyads" in text_of(page)
    assert "C+ C+ C+" in text_of(page)
    for _ in range(2):
        assert press(browser, answer.location, page).status_code == 303
    assert browser.get(answer.location).status_code == 202
    assert count(database, Job, Score) == (2, 0)
    while worker.run_next(database, tools, settings):
        pass
    assert "Imported 48 scores of 4 dyads" in text_of(browser.get(answer.location).get_data(as_text=True))
    assert count(database, Score, *WAITING) == (48, 0, 0, 0)


def test_what_two_people_import_at_once_is_shown_to_the_second_with_what_has_changed(
    database, lead, staging, tools, settings, browser_of, monkeypatch
):
    monkeypatch.setattr(import_job, "MOST_VALUES", 0)
    browser = browser_of(lead.viewer)
    answer = choose(browser, lead, "scores", LONG + "D1,1,child,TASC,40\n")
    page = look(browser, answer)
    press(browser, answer.location, page)
    import_csv(database, lead, staging, "scores", (LONG + "D1,1,child,TASC,30\n").encode())
    while worker.run_next(database, tools, settings):
        pass
    page = text_of(look(browser, answer))
    assert "Nothing was imported What is stored has changed since" in page
    assert "D1 1 TASC, child 30 40" in page
    assert re.search(r"Import 1 score of 1 dyad\b", page)


def test_a_file_that_is_too_large_is_refused_in_a_sentence(lead, browser_of, settings, monkeypatch):
    monkeypatch.setattr(csv_import, "MOST_BYTES", 1_000_000)
    answer = choose(browser_of(lead.viewer), lead, "scores", "x" * 1_000_001)
    assert answer.status_code == 422
    assert "The file is larger than 1 MB. Split it into parts." in answer.get_data(as_text=True)
    assert not any(settings.staging_dir.iterdir())
