"""Importing a folder of recordings: every problem is named before, and all of it comes in or nothing."""

import re
import shutil
import wave

import pytest
from sqlalchemy import func, select, update

from coder_app.audio import pool
from coder_app.audio.clean import clean_recording
from coder_app.audio.store import Store
from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Audit, AuditPayload, Import, Job, Recording, Segment, TreatmentSession
from coder_app.models.key import RecordingKey
from coder_app.services import job, recording, recording_import, recording_import_view, recording_job
from coder_app.services.errors import Refused
from coder_app.services.recording_leftovers import only_import
from coder_app.services.staging import Staging
from tests.makers.recording import Imports, add_dyads, add_sound, make_folder, write_manifest

ROWS = [("D001_s01.wav", "D001", 1), ("D001_s02.flac", "D001", 2), ("D002_s01.mp3", "D002", 1)]


@pytest.fixture
def imports(world, database, settings) -> Imports:
    lead = world.study()
    add_dyads(database, lead, {"D001": (1, 2, 3), "D002": (1, 2)})
    return Imports(database, settings, lead)


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "chosen", ROWS)


def rows_of(imports, model):
    with imports.database.read() as db:
        rows = list(db.scalars(select(model).order_by(model.id)).all())
        db.expunge_all()
    return rows


def count(imports, model) -> int:
    with imports.database.read() as db:
        return db.scalar(select(func.count()).select_from(model))


def files_in_store(imports):
    root = imports.settings.store_dir
    return sorted(path for path in root.rglob("*") if path.is_file())


def assert_nothing_came_in(imports):
    for model in (Recording, RecordingKey, Segment):
        assert count(imports, model) == 0
    assert files_in_store(imports) == []
    assert not any(session.recorded for session in rows_of(imports, TreatmentSession))


def messages(preview):
    return [(p["row"], p["column"], p["value"], p["message"]) for p in preview.problems]


def test_a_folder_comes_in_with_codes_keys_whole_segments_and_one_act_in_the_trail(imports, folder):
    ended = imports.run(folder)

    assert (ended.state, ended.message) == ("done", "Imported 3 recordings.")
    recordings, keys = rows_of(imports, Recording), rows_of(imports, RecordingKey)
    assert len({row.code for row in recordings}) == len({row.storage_name for row in recordings}) == 3
    assert {key.recording_id for key in keys} == {row.id for row in recordings}
    store = Store(imports.settings.store_dir)
    for row, segment in zip(recordings, rows_of(imports, Segment), strict=True):
        assert store.size(row.storage_name) == row.size
        assert (segment.recording_id, segment.number, segment.start_ms) == (row.id, 0, 0)
        assert segment.end_ms == row.duration_ms
        assert row.duration_ms == pytest.approx(1000, abs=60)
    recorded = {(s.dyad_id, s.number) for s in rows_of(imports, TreatmentSession) if s.recorded}
    assert len(recorded) == 3
    assert [act.act for act in rows_of(imports, Audit)][-1] == "import recordings"


def test_nothing_of_the_source_is_left_in_the_database_or_the_data_folder(imports, folder):
    public_id = imports.start(folder)
    imports.check(public_id)
    imports.bring_in(public_id)

    assert imports.staging.ids() == ()
    kept = [value for row in rows_of(imports, Import) for value in (row.file_name, str(row.summary))]
    kept += [str(row.payload) for row in rows_of(imports, AuditPayload)]
    kept += [f"{row.arguments} {row.message}" for row in rows_of(imports, Job)]
    assert not re.search(r"D00|s0\d|\.wav|chosen|canary", " ".join(kept))
    assert not any(b"canary" in path.read_bytes() for path in files_in_store(imports))


def test_the_order_of_rows_and_files_does_not_follow_the_manifest(imports, tmp_path):
    rows = [(f"{number:02}.wav", "D001", number) for number in range(1, 9)]
    imports.run(make_folder(tmp_path / "many", rows))

    with imports.database.read() as db:
        numbers = dict(db.execute(select(TreatmentSession.id, TreatmentSession.number)).all())
    keys = rows_of(imports, RecordingKey)
    in_order = [numbers[key.treatment_session_id] for key in sorted(keys, key=lambda k: k.recording_id)]
    assert sorted(in_order) == list(range(1, 9)) != in_order
    store = Store(imports.settings.store_dir)
    names = {row.id: row.storage_name for row in rows_of(imports, Recording)}
    by_age = sorted(keys, key=lambda k: store.path_of(names[k.recording_id]).stat().st_mtime_ns)
    assert [numbers[key.treatment_session_id] for key in by_age] != list(range(1, 9))


def test_a_session_that_only_the_manifest_has_is_added_with_a_warning(imports, tmp_path):
    public_id = imports.start(make_folder(tmp_path / "new", [("a.wav", "D002", 7)]))
    preview = imports.check(public_id)
    assert (preview.n_errors, preview.n_warnings) == (0, 1)
    assert "no alliance score of session 7" in preview.problems[0]["message"]
    assert imports.bring_in(public_id).state == "done"
    assert [s.number for s in rows_of(imports, TreatmentSession) if s.recorded] == [7]


def test_a_practice_recording_does_not_count_its_session_as_recorded(imports, tmp_path):
    folder = tmp_path / "practice"
    add_sound(folder, "a.wav", seed=1)
    write_manifest(folder, ["a.wav,D001,1,practice,"])
    imports.run(folder)
    assert [row.use for row in rows_of(imports, Recording)] == ["practice"]
    assert not any(session.recorded for session in rows_of(imports, TreatmentSession))


def test_every_problem_of_a_folder_is_named_at_once_and_keeps_it_out(imports, folder):
    (folder / "text.wav").write_text("ffconcat version 1.0\nfile D001_s01.wav\n")
    (folder / "empty.mp3").touch()
    (folder / "stray.wav").write_bytes((folder / "D001_s01.wav").read_bytes() + b"x")
    shutil.copy(folder / "D001_s01.wav", folder / "copy.wav")
    (folder / "D002_s01.mp3").rename(folder / "mislabelled.wav")
    write_manifest(
        folder,
        [
            "D001_s01.wav,D001,1,study,",
            "text.wav,D001,2,study,",
            "empty.mp3,D001,3,study,",
            "absent.wav,D002,1,study,",
            "D001_s02.flac,D999,1,study,",
            "copy.wav,D002,2,study,",
            "mislabelled.wav,D002,1,study,",
        ],
    )
    public_id = imports.start(folder)
    preview = imports.check(public_id)

    found = messages(preview)
    assert [row for row, *_ in found if row] == sorted(row for row, *_ in found[: preview.n_errors]) + sorted(
        row for row, *_ in found[preview.n_errors :] if row
    )
    said = {row: message for row, _, _, message in found}
    assert "not a recording" in said[3]
    assert "is empty" in said[4]
    assert "no file absent.wav" in said[5]
    assert "no session of a dyad D999" in said[6]
    assert "same sound as D001_s01.wav in row 2" in said[7]
    assert "The name says WAV, but the file is MP3" in said[8]
    assert any("stray.wav has no row" in message for message in said.values())
    assert (preview.n_errors, preview.n_warnings) == (5, 2)
    with imports.database.write() as db, pytest.raises(Refused, match="free of errors"):
        recording_import.ask_import(db, imports.lead, imports.staging, public_id)
    assert_nothing_came_in(imports)


def make_parts(folder, rows, *, first_seed=1):
    """Make a folder of different recordings (file, dyad, session, part) with a manifest."""
    for seed, (name, *_) in enumerate(rows, start=first_seed):
        add_sound(folder, name, seed=seed)
    write_manifest(folder, [f"{name},{dyad},{number},study,{part}" for name, dyad, number, part in rows])
    return folder


PARTS = [("b.wav", "D001", 1, 2), ("a.flac", "D001", 1, 1), ("x.mp3", "D002", 1, ""), ("c.wav", "D001", 1, 3)]


def problems_of(imports, public_id):
    preview = recording_import_view.find_preview(imports.staging, public_id)
    return [(p["row"], p["value"], p["message"]) for p in preview.problems]


def test_two_recordings_of_one_session_need_parts(imports, tmp_path):
    folder = make_parts(tmp_path / "parts", [("a.wav", "D001", 1, ""), ("b.wav", "D001", 1, "")])
    assert "has 2 recordings" in imports.check(imports.start(folder)).problems[0]["message"]


def test_parts_of_one_session_are_joined_into_one_recording_in_their_order(imports, tmp_path):
    folder = make_parts(tmp_path / "parts", PARTS)
    public_id = imports.start(folder)
    preview = imports.check(public_id)
    counts = preview.counts
    assert (preview.n_errors, counts["files"], counts["recordings"]) == (0, 4, 2)
    assert (counts["joined_files"], counts["joined_recordings"]) == (3, 1)
    assert imports.bring_in(public_id).message == "Imported 2 recordings."

    long, short = sorted(rows_of(imports, Recording), key=lambda row: -row.duration_ms)
    assert (long.duration_ms, short.duration_ms) == (pytest.approx(3000, abs=60), pytest.approx(1000, abs=60))
    joined = clean_recording([folder / name for name in ("a.flac", "b.wav", "c.wav")], tmp_path / "joined")
    store = Store(imports.settings.store_dir)
    assert store.path_of(long.storage_name).read_bytes() == (tmp_path / "joined").read_bytes()
    assert store.peaks(long.storage_name) == joined.peaks
    assert [row.end_ms for row in rows_of(imports, Segment) if row.recording_id == long.id] == [
        long.duration_ms
    ]
    keys = {row.recording_id: row for row in rows_of(imports, RecordingKey)}
    assert keys[long.id].content_sha256 == joined.content_sha256
    assert tuple(keys[long.id].part_sha256s) == joined.part_sha256s
    assert keys[short.id].part_sha256s == []
    assert sum(row.recorded for row in rows_of(imports, TreatmentSession)) == 2


def test_nothing_under_a_code_tells_that_its_recording_was_joined(imports, tmp_path):
    folder = make_parts(tmp_path / "parts", PARTS)
    whole = (folder / "c.wav").read_bytes()
    (folder / "c.wav").write_bytes(whole[: len(whole) // 2])
    imports.run(folder)
    [done] = [row for row in rows_of(imports, Import) if row.state == "done"]
    assert done.summary["warnings"] == 1
    [(check,)] = [row.checks for row in rows_of(imports, Recording) if row.checks]
    assert "cut short" in check
    assert not re.search(r"part|joined|file|c\.wav", f"{done.summary} {check}")


def test_a_bad_part_fails_its_whole_session_and_is_named(imports, tmp_path):
    folder = make_parts(tmp_path / "parts", PARTS)
    with wave.open(str(folder / "b.wav"), "wb") as no_sound:
        no_sound.setparams((1, 2, 16_000, 0, "NONE", ""))
    public_id = imports.start(folder)
    assert imports.check(public_id).n_errors == 0
    assert imports.bring_in(public_id).state == "failed"
    assert problems_of(imports, public_id) == [(2, "b.wav", "The file holds no sound that can be decoded.")]
    assert_nothing_came_in(imports)

    (folder / "b.wav").write_text("no sound at all")
    [problem] = imports.check(public_id).problems
    assert (problem["row"], problem["value"], problem["severity"]) == (2, "b.wav", "error")


def test_the_same_parts_are_recognised_and_skipped(imports, tmp_path):
    folder = make_parts(tmp_path / "parts", PARTS)
    imports.run(folder)
    (folder / "a.flac").rename(folder / "renamed.flac")
    write_manifest(
        folder,
        [
            "renamed.flac,D001,1,study,1",
            "b.wav,D001,1,study,2",
            "c.wav,D001,1,study,3",
            "x.mp3,D002,1,study,",
        ],
    )
    assert imports.run(folder).message == "Imported 0 recordings. 2 recordings were there already."
    assert count(imports, Recording) == 2


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["a.flac,D001,1,study,1", "b.wav,D001,1,study,2"], "fewer, more or other parts"),
        (["a.flac,D001,1,study,"], "fewer, more or other parts"),
        (
            ["b.wav,D001,1,study,1", "a.flac,D001,1,study,2", "c.wav,D001,1,study,3"],
            "fewer, more or other parts, or in another order",
        ),
        (
            [
                "a.flac,D001,1,study,1",
                "b.wav,D001,1,study,2",
                "c.wav,D001,1,study,3",
                "new.wav,D001,1,study,4",
            ],
            "fewer, more or other parts",
        ),
        (["new.wav,D001,1,study,"], "another recording of this treatment session"),
    ],
)
def test_other_parts_of_a_recorded_session_are_an_error_that_says_so(imports, tmp_path, lines, said):
    folder = make_parts(tmp_path / "parts", PARTS)
    imports.run(folder)
    add_sound(folder, "new.wav", seed=77)
    write_manifest(folder, lines)
    public_id = imports.start(folder)
    imports.check(public_id)
    assert imports.bring_in(public_id).state == "failed"
    [problem] = [p for p in problems_of(imports, public_id) if p[0]]
    assert said in problem[2]
    assert count(imports, Recording) == 2


def test_a_part_that_is_known_from_elsewhere_is_named(imports, tmp_path):
    folder = make_parts(tmp_path / "parts", PARTS)
    imports.run(folder)
    add_sound(folder, "new.wav", seed=77)
    write_manifest(folder, ["new.wav,D001,2,study,1", "b.wav,D001,2,study,2"])
    public_id = imports.start(folder)
    imports.check(public_id)
    imports.bring_in(public_id)
    [problem] = [p for p in problems_of(imports, public_id) if p[0]]
    assert problem[:2] == (3, "b.wav") and "of another treatment session" in problem[2]


def test_the_same_sound_within_parts_and_beside_them_is_found_by_decoding(imports, tmp_path):
    folder = tmp_path / "parts"
    for name, seed in (("a.flac", 1), ("b.flac", 1), ("c.flac", 2), ("d.flac", 2)):
        add_sound(folder, name, seed=seed, title=name)
    write_manifest(
        folder,
        ["a.flac,D001,1,study,1", "b.flac,D001,1,study,2", "c.flac,D001,2,study,", "d.flac,D001,1,study,3"],
    )
    public_id = imports.start(folder)
    assert imports.check(public_id).n_errors == 0
    imports.bring_in(public_id)
    assert [
        (row, value, message.split(".flac in row ")[0])
        for row, value, message in problems_of(imports, public_id)
    ] == [
        (3, "b.flac", "b.flac holds the same sound as a"),
        (5, "d.flac", "d.flac holds the same sound as c"),
    ]
    assert_nothing_came_in(imports)


def test_a_manifest_in_latin_1_with_semicolons_is_read_with_a_warning(imports, folder):
    lines = "file;dyad;session;remark\n" + "".join(f"{n};{d};{s};früh\n" for n, d, s in ROWS)
    (folder / "manifest.csv").write_bytes(lines.encode("latin-1"))
    preview = imports.check(imports.start(folder))
    assert preview.n_errors == 0
    assert any("not UTF-8" in p["message"] and p["row"] == 2 for p in preview.problems)


def test_a_folder_without_a_manifest_or_a_study_without_dyads_is_said_in_one_problem(
    imports, folder, world, database, settings
):
    (folder / "manifest.csv").rename(folder / "liste.ods")
    assert "no manifest" in imports.check(imports.start(folder)).problems[0]["message"]
    (folder / "liste.ods").rename(folder / "manifest.csv")
    empty = Imports(database, settings, world.study("Empty", lead="Other"))
    [problem] = empty.check(empty.start(folder)).problems
    assert "Import participants or alliance scores first" in problem["message"]


def test_a_recording_that_only_decoding_finds_damaged_is_named_and_nothing_comes_in(imports, folder):
    whole = (folder / "D001_s02.flac").read_bytes()
    with wave.open(str(folder / "D001_s02.flac"), "wb") as no_sound:
        no_sound.setparams((1, 2, 16_000, 0, "NONE", ""))
    public_id = imports.start(folder)
    assert imports.check(public_id).n_errors == 0
    ended = imports.bring_in(public_id)
    assert (ended.state, ended.message) == (
        "failed",
        "Not every recording could be read. Nothing was imported.",
    )
    preview = recording_import_view.find_preview(imports.staging, public_id)
    assert preview.from_import
    assert [(p["row"], p["value"]) for p in preview.problems if p["severity"] == "error"] == [
        (3, "D001_s02.flac")
    ]
    assert_nothing_came_in(imports)

    (folder / "D001_s02.flac").write_bytes(whole)
    assert imports.check(public_id).n_errors == 0
    assert imports.bring_in(public_id).state == "done"


def test_the_same_sound_with_other_tags_is_found_by_decoding(imports, tmp_path):
    folder = tmp_path / "retagged"
    add_sound(folder, "a.flac", seed=1, title="one")
    add_sound(folder, "b.flac", seed=1, title="another title")
    write_manifest(folder, ["a.flac,D001,1,study,", "b.flac,D002,1,study,"])
    public_id = imports.start(folder)
    assert imports.check(public_id).n_errors == 0
    assert imports.bring_in(public_id).state == "failed"
    [problem] = recording_import_view.find_preview(imports.staging, public_id).problems
    assert problem["message"].startswith("b.flac holds the same sound as a.flac in row 2.")
    assert_nothing_came_in(imports)


def test_what_is_there_already_is_skipped_with_a_count(imports, folder, tmp_path):
    imports.run(folder)
    before = {row.id: row.storage_name for row in rows_of(imports, Recording)}
    add_sound(folder, "D002_s02.wav", seed=20)
    write_manifest(folder, [f"{n},{d},{s},study," for n, d, s in [*ROWS, ("D002_s02.wav", "D002", 2)]])
    public_id = imports.start(folder)
    assert imports.check(public_id).counts["recorded"] == 3
    ended = imports.bring_in(public_id)
    assert ended.message == "Imported 1 recording. 3 recordings were there already."
    after = {row.id: row.storage_name for row in rows_of(imports, Recording)}
    assert before.items() < after.items() and len(after) == 4
    assert len([path for path in files_in_store(imports) if path.suffix == ".m4a"]) == 4


@pytest.mark.parametrize(
    ("seed", "session", "said"),
    [(50, 1, "another recording of this treatment session"), (1, 3, "of another treatment session")],
)
def test_another_sound_of_a_recorded_session_and_a_known_sound_elsewhere_are_errors(
    imports, folder, tmp_path, seed, session, said
):
    imports.run(folder)
    n_files = len(files_in_store(imports))
    other = tmp_path / "other"
    add_sound(other, "x.wav", seed=seed)
    write_manifest(other, [f"x.wav,D001,{session},study,"])
    public_id = imports.start(other)
    imports.check(public_id)
    assert imports.bring_in(public_id).state == "failed"
    [problem] = recording_import_view.find_preview(imports.staging, public_id).problems
    assert said in problem["message"]
    assert count(imports, Recording) == 3
    assert len(files_in_store(imports)) == n_files


def test_an_import_that_is_stopped_leaves_nothing_and_can_be_begun_again(imports, folder, monkeypatch):
    public_id = imports.start(folder)
    imports.check(public_id)
    real = pool.clean_many

    def stopped_half_way(jobs, workers, progress, cancelled):
        done = real(jobs[:2], workers, lambda done, total: None, cancelled)
        with imports.database.write() as db:
            job.ask_to_stop(db, imports.lead, imports.job_of(public_id).public_id)
        progress(2, 3)
        return done

    monkeypatch.setattr(pool, "clean_many", stopped_half_way)
    ended = imports.bring_in(public_id)
    assert (ended.state, ended.message) == ("stopped", "Stopped; nothing was changed.")
    assert_nothing_came_in(imports)
    monkeypatch.undo()
    assert imports.bring_in(public_id).state == "done"


def test_a_failure_while_writing_leaves_nothing(imports, folder, monkeypatch):
    public_id = imports.start(folder)
    imports.check(public_id)

    def fails(*_, **__):
        raise OSError("/secret/D001_s01.wav")

    monkeypatch.setattr(recording_job, "add_recordings", fails)
    ended = imports.bring_in(public_id)
    assert ended.state == "failed"
    assert "D001" not in ended.message
    assert_nothing_came_in(imports)


def test_what_a_killed_worker_left_is_removed_by_the_next_import_and_nothing_else_is(
    imports, folder, monkeypatch, tmp_path
):
    imports.run(make_folder(tmp_path / "first", [("x.wav", "D001", 3)], first_seed=40))
    kept = files_in_store(imports)
    public_id = imports.start(folder)
    imports.check(public_id)

    class Killed(BaseException):
        """Stands for a process that ends without running any of its finally blocks."""

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(recording_job, "add_recordings", killed)
        patch.setattr(recording_job, "remove_drawn", lambda *_: None)
        with pytest.raises(Killed):
            imports.bring_in(public_id)
    (imports.settings.store_dir / "tmp" / "half.m4a").write_bytes(b"half")
    assert len(files_in_store(imports)) == len(kept) + 7

    # The worker that starts next finds the job, whose heart has stopped.
    with imports.database.write() as db:
        db.execute(Job.__table__.update().values(heartbeat_at=imports.lead.now().replace(year=2020)))
    imports.work()
    assert imports.job_of(public_id).message == "Imported 3 recordings."
    assert len(files_in_store(imports)) == len(kept) + 6
    assert set(kept) <= set(files_in_store(imports))


def test_what_a_crash_after_the_commit_left_in_staging_goes_when_the_next_worker_starts(
    imports, folder, monkeypatch, tmp_path
):
    class Killed(BaseException):
        """Stands for a process that ends before it has removed what was sent."""

    def killed(*_):
        raise Killed

    other = imports.start(make_folder(tmp_path / "other", [("x.wav", "D001", 3)], first_seed=40))
    public_id = imports.start(folder)
    imports.check(public_id)
    with monkeypatch.context() as patch:
        patch.setattr(Staging, "discard", killed)
        with pytest.raises(Killed):
            imports.bring_in(public_id)
    assert count(imports, Recording) == 3
    assert set(imports.staging.ids()) == {public_id, other}

    recording_job.tidy(imports.database, imports.settings)
    assert imports.staging.ids() == (other,)
    with imports.database.write() as db:
        db.execute(Job.__table__.update().values(heartbeat_at=imports.lead.now().replace(year=2020)))
    imports.work()
    assert imports.job_of(public_id).message == "This import is over already."
    assert count(imports, Recording) == 3
    assert not imports.check(other).n_errors


def test_tidying_keeps_the_files_of_imports_that_are_not_over(imports, folder):
    begun = {state: imports.start(folder) for state in ("staged", "running", "done", "failed", "discarded")}
    with imports.database.write() as db:
        for state, public_id in begun.items():
            db.execute(update(Import).where(Import.public_id == public_id).values(state=state))
    with only_import(imports.settings):
        recording_job.tidy(imports.database, imports.settings)
        assert len(imports.staging.ids()) == 5
    recording_job.tidy(imports.database, imports.settings)
    assert set(imports.staging.ids()) == {begun["staged"], begun["running"]}


def test_a_file_that_ended_the_last_check_is_named_and_read_again_at_the_next(imports, folder, monkeypatch):
    from coder_app.audio import probe

    class Killed(BaseException):
        """Stands for a crash of the process."""

    def crashes(path):
        raise Killed

    public_id = imports.start(folder)
    with monkeypatch.context() as patch:
        patch.setattr(probe, "probe_recording", crashes)
        with pytest.raises(Killed):
            imports.check(public_id)
    with imports.database.write() as db:
        db.execute(Job.__table__.update().values(heartbeat_at=imports.lead.now().replace(year=2020)))
    imports.work()
    [problem] = recording_import_view.find_preview(imports.staging, public_id).problems
    assert problem["value"] == "D001_s01.wav" and "ended while it read" in problem["message"]
    assert imports.check(public_id).n_errors == 0


def test_no_recording_comes_in_once_coding_is_locked(imports, folder, world):
    from coder_app.domain.phases import Phase
    from coder_app.services import study

    public_id = imports.start(folder)
    for phase in (Phase.CODING, Phase.LOCKED):
        with imports.database.write() as db:
            study.move_to(db, world.again(imports.lead), phase)
    lead = world.again(imports.lead)
    with imports.database.write() as db, pytest.raises(Refused, match="locked"):
        recording_import.ask_check(db, lead, imports.staging, public_id)


def test_only_a_lead_who_does_not_code_sees_recordings_one_by_one(imports, folder, world):
    from tests.makers.coding import add_assignment, add_round

    imports.run(folder)
    lead = imports.lead
    with imports.database.read() as db:
        listed = recording.list_recordings(db, lead)
        totals = recording.count_recordings(db, lead)
    assert [entry.code for entry in listed] == sorted(entry.code for entry in listed)
    assert (totals.n_study, totals.n_practice, totals.hours) == (3, 0, 0)

    with imports.database.write() as db:
        from coder_app.services import people

        people.add_role(db, lead.tools, lead.study_id, lead.viewer, Role.CODER)
        round_id = add_round(db, lead)
        add_assignment(db, lead, round_id, rows_of(imports, Recording)[0].id, "CIRS", "m-m", 0)
    coding_lead = world.again(lead)
    with imports.database.read() as db:
        with pytest.raises(Hidden):
            recording.list_recordings(db, coding_lead)
        totals = recording.count_recordings(db, coding_lead)
    assert (totals.n_study, totals.hours) == (3, None)
