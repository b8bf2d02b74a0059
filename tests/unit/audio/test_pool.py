import json
import subprocess
import sys
import threading
import time
from io import StringIO

import pytest

from coder_app.audio import child, guard, pool
from coder_app.audio.clean import CleanResult, CleanSettings, clean_recording
from coder_app.audio.pool import BROKEN, STOPPED, TOO_SLOW, clean_many
from coder_app.audio.probe import AudioProblem
from tests.unit.audio.sounds import recording

# A child that dies or hangs at some names, as a decoder may at some bytes.
TREACHEROUS = """
import os, sys, time
sys.path.append(sys.argv[1])
from coder_app.audio import child
honest = child.clean_recording
def treacherous(sources, target, settings, beat):
    beat(len(sources) - 1, 0.0)
    source = sources[-1]
    if source.stem.startswith("kills"):
        target.write_bytes(b"half a recording")
        os._exit(9)
    if source.stem.startswith("hangs"):
        target.write_bytes(b"half a recording")
        time.sleep(600)
    if source.stem.startswith("meets"):
        # Done only when both are being worked on.
        target.touch()
        while len(list(target.parent.glob("*.out"))) < 2:
            time.sleep(0.05)
    return honest(sources, target, settings, beat)
child.clean_recording = treacherous
child.main()
"""


@pytest.fixture
def treacherous(monkeypatch):
    command = [sys.executable, "-I", "-c", TREACHEROUS, str(guard.PROJECT)]
    monkeypatch.setattr(guard, "command", lambda: command)


def jobs_of(folder, *sources):
    return [([source], folder / f"{index}.out") for index, source in enumerate(sources)]


def test_outcomes_come_in_the_order_of_the_jobs_and_a_bad_file_fails_alone(tmp_path):
    (tmp_path / "empty.wav").touch()
    long, short = (recording(tmp_path, "wav", seconds, name=str(seconds)) for seconds in (20, 1))
    jobs = jobs_of(tmp_path, long, tmp_path / "empty.wav", short)
    seen = []
    first, problem, last = clean_many(jobs, progress=lambda done, total: seen.append((done, total)))
    assert (first.duration, last.duration) == (20, 1)
    assert isinstance(problem, AudioProblem) and problem.sentence == "The file is empty."
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [target.exists() for _, target in jobs] == [True, False, True]


def test_a_child_gives_what_the_function_gives(tmp_path):
    source = recording(tmp_path, "mp3", title="tagged")
    (through_child,) = clean_many(jobs_of(tmp_path, source))
    assert through_child == clean_recording([source], tmp_path / "direct")
    assert (tmp_path / "0.out").read_bytes() == (tmp_path / "direct").read_bytes()


def test_settings_reach_the_child(tmp_path):
    source = recording(tmp_path, "wav", seconds=5)
    (problem,) = clean_many(jobs_of(tmp_path, source), settings=CleanSettings(max_seconds=3.6))
    assert "longer than" in problem.sentence


def test_names_in_any_script_reach_the_child(tmp_path):
    source = recording(tmp_path, "wav", name="Sitzung fünf – ребёнок\nzwei")
    (result,) = clean_many(jobs_of(tmp_path, source))
    assert isinstance(result, CleanResult)


def test_no_jobs_start_no_child(monkeypatch):
    monkeypatch.setattr(guard, "command", lambda: pytest.fail("a child was started"))
    assert clean_many([]) == []


@pytest.mark.usefixtures("treacherous")
def test_a_file_that_kills_its_child_fails_alone_and_leaves_nothing(tmp_path):
    sources = [recording(tmp_path, "wav", 1, name) for name in ("a", "kills1", "b", "kills2", "kills3", "c")]
    jobs = jobs_of(tmp_path, *sources)
    outcomes = clean_many(jobs)
    assert [isinstance(outcome, CleanResult) for outcome in outcomes] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    assert {str(outcomes[index]) for index in (1, 3, 4)} == {BROKEN}
    assert [target.exists() for _, target in jobs] == [True, False, True, False, False, True]


@pytest.mark.usefixtures("treacherous")
def test_a_part_that_kills_its_child_fails_its_recording_and_is_told_by_its_place(tmp_path):
    good, kills, other = (recording(tmp_path, "wav", 1, name) for name in ("a", "kills", "b"))
    jobs = [((good, kills), tmp_path / "0.out"), ((other, good), tmp_path / "1.out")]
    problem, joined = clean_many(jobs, workers=1)
    assert (str(problem), problem.place) == (BROKEN, 1)
    assert joined.duration == 2
    assert [target.exists() for _, target in jobs] == [False, True]


def test_a_bad_part_is_told_by_its_place_through_the_child(tmp_path):
    (tmp_path / "empty.wav").touch()
    (problem,) = clean_many([((recording(tmp_path, "wav", 1), tmp_path / "empty.wav"), tmp_path / "0.out")])
    assert (problem.sentence, problem.place) == ("The file is empty.", 1)


@pytest.mark.usefixtures("treacherous")
def test_a_file_at_which_the_child_hangs_is_given_up(tmp_path):
    sources = [recording(tmp_path, "wav", 1, name) for name in ("hangs", "a")]
    jobs = jobs_of(tmp_path, *sources)
    first, second = clean_many(jobs, workers=1, stall_seconds=4)
    assert str(first) == TOO_SLOW
    assert second.duration == 1
    assert not jobs[0][1].exists()


@pytest.mark.usefixtures("treacherous")
def test_two_workers_work_at_once(tmp_path):
    jobs = jobs_of(tmp_path, *[recording(tmp_path, "wav", 1, name) for name in ("meets1", "meets2")])
    assert [outcome.duration for outcome in clean_many(jobs, workers=2, stall_seconds=30)] == [1, 1]


@pytest.mark.usefixtures("treacherous")
def test_stopping_ends_the_children_at_once_and_keeps_what_is_done(tmp_path):
    sources = [recording(tmp_path, "wav", 1, name) for name in ("a", "hangs", "b")]
    jobs = jobs_of(tmp_path, *sources)
    done = []
    begun = time.monotonic()
    outcomes = clean_many(jobs, 1, lambda count, _: done.append(count), lambda: bool(done))
    assert time.monotonic() - begun < 30
    assert isinstance(outcomes[0], CleanResult)
    assert [str(outcome) for outcome in outcomes[1:]] == [STOPPED, STOPPED]
    assert [target.exists() for _, target in jobs] == [True, False, False]


def test_callbacks_run_in_the_caller_s_thread(tmp_path):
    threads = set()
    clean_many(
        jobs_of(tmp_path, recording(tmp_path, "wav", 1)),
        progress=lambda *_: threads.add(threading.current_thread()),
        cancelled=lambda: threads.add(threading.current_thread()),
    )
    assert threads == {threading.current_thread()}


def test_an_error_in_a_callback_leaves_no_child_behind(tmp_path, monkeypatch):
    started = []

    class Noted(guard.GuardedChild):
        def __init__(self, messages):
            super().__init__(messages)
            started.append(self._process)

    monkeypatch.setattr(pool, "GuardedChild", Noted)
    sources = [recording(tmp_path, "wav", 1, name) for name in "ab"]
    with pytest.raises(ZeroDivisionError):
        clean_many(jobs_of(tmp_path, *sources), progress=lambda *_: 1 / 0)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_a_child_that_cannot_start_is_no_fault_of_the_recordings(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "command", lambda: [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(RuntimeError, match="does not start"):
        clean_many(jobs_of(tmp_path, recording(tmp_path, "wav", 1)))


def test_neither_the_environment_nor_the_folder_decides_what_the_child_imports(tmp_path, monkeypatch):
    (tmp_path / "av.py").write_text("raise SystemExit('imported from the wrong place')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (result,) = clean_many(jobs_of(tmp_path, recording(tmp_path, "wav", 1)))
    assert isinstance(result, CleanResult)


def test_the_child_imports_only_what_it_needs():
    script = (
        "import sys; sys.path.append(sys.argv[1]); import coder_app.audio.child;"
        "print(*sorted({'flask', 'sqlalchemy', 'pandas', 'scipy', 'pingouin'} & set(sys.modules)))"
    )
    command = [sys.executable, "-I", "-c", script, str(guard.PROJECT)]
    assert (
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip() == ""
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
def test_the_child_bounds_itself():
    script = """
import resource, sys
sys.path.append(sys.argv[1])
from coder_app.audio import limits
limits.restrict()
limits.allow_another_file()
kinds = (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)
print([resource.getrlimit(kind)[0] for kind in kinds])
print(resource.getrlimit(resource.RLIMIT_CPU)[0])
if sys.platform == "linux":
    try:
        bytearray(2 << 30)
    except MemoryError:
        print("refused")
"""
    command = [sys.executable, "-I", "-c", script, str(guard.PROJECT)]
    limits, cpu, *memory = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert json.loads(limits) == [512 << 20, 64, 0]
    assert 0 < int(cpu) <= 1900
    assert memory == (["refused"] if sys.platform == "linux" else [])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "Decoding the file takes more memory than a recording may."),
        (OSError(28, "No space left on device"), "The recording could not be converted (OSError)."),
        (AudioProblem("The file is empty."), "The file is empty."),
    ],
)
def test_the_child_answers_foreseeable_trouble_with_a_sentence(monkeypatch, error, sentence):
    def fail(*_):
        raise error

    monkeypatch.setattr(child, "clean_recording", fail)
    job = {"sources": ["a"], "target": "b", "settings": {}}
    assert child.answer(job, StringIO()) == {"problem": sentence, "place": 0}


def test_a_long_recording_shows_that_it_is_alive(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "SECONDS_PER_BEAT", 0)
    job = {"sources": [str(recording(tmp_path, "wav", 3))], "target": str(tmp_path / "out"), "settings": {}}
    said = StringIO()
    child.answer(job, said)
    assert [json.loads(line)["beat"] for line in said.getvalue().splitlines()][-1] == 3
