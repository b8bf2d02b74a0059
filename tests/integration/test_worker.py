"""The worker runs what waits, says how it ended, and never says what a source was called."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from coder_app import worker
from coder_app.models import Job
from coder_app.services import job
from coder_app.services.errors import Refused


class Handler:
    """Stands in for the long work."""

    def __init__(self) -> None:
        self.calls = []
        self.work = lambda progress: "Done."

    def run(self, database, tools, settings, work, progress):
        self.calls.append(work)
        return self.work(progress)


@pytest.fixture
def handler(monkeypatch) -> Handler:
    handler = Handler()
    monkeypatch.setattr(worker, "_handler", lambda kind: handler.run)
    return handler


@pytest.fixture
def asked(world, database):
    lead = world.study()
    with database.write() as db:
        public_id = job.ask_for(db, lead, "compute", {"kind": "x"})
    return lead, public_id


def run(database, tools, settings, asked):
    lead, public_id = asked
    assert worker.run_next(database, tools, settings)
    with database.read() as db:
        return job.get_job(db, lead, public_id)


def lose_worker(database, tools):
    """Let the running work's last sign of life be long ago."""
    with database.write() as db:
        db.execute(
            update(Job)
            .where(Job.state == "running")
            .values(heartbeat_at=tools.clock() - job.LOST_AFTER - timedelta(minutes=1))
        )


def test_there_is_nothing_to_do_without_a_job(database, tools, settings):
    assert worker.run_next(database, tools, settings) is False


def test_work_is_done_once_and_shows_its_sentence(database, tools, settings, handler, asked):
    def work(progress):
        progress(1, 4)
        return "Computed."

    handler.work = work
    ended = run(database, tools, settings, asked)
    assert (ended.state, ended.message, ended.done, ended.total) == ("done", "Computed.", 1, 4)
    assert worker.run_next(database, tools, settings) is False
    assert [work.arguments for work in handler.calls] == [{"kind": "x"}]


def test_a_refusal_is_shown_in_its_own_words(database, tools, settings, handler, asked):
    def work(progress):
        raise Refused("The folder has errors.")

    handler.work = work
    ended = run(database, tools, settings, asked)
    assert (ended.state, ended.message) == ("failed", "The folder has errors.")


def test_neither_the_page_nor_the_log_repeats_the_words_of_an_error(
    database, tools, settings, handler, asked, capfd
):
    def work(progress):
        raise OSError(2, "No such file", "/incoming/D007_session03.wav")

    handler.work = work
    ended = run(database, tools, settings, asked)
    assert ended.state == "failed" and "D007" not in ended.message
    said = capfd.readouterr().err
    assert "FileNotFoundError at" in said and "test_worker.py" in said
    assert "D007" not in said


def test_work_that_is_stopped_hears_of_it_at_its_next_report(database, tools, settings, handler, asked):
    lead, public_id = asked

    def work(progress):
        progress(0, 2)
        with database.write() as db:
            job.ask_to_stop(db, lead, public_id)
        progress(1, 2)
        return "Not reached."

    handler.work = work
    ended = run(database, tools, settings, asked)
    assert (ended.state, ended.message) == ("stopped", "Stopped; nothing was changed.")


def test_work_that_rarely_reports_is_kept_alive(database, tools, settings, handler, asked, monkeypatch):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.05)
    beats = []

    def work(progress):
        for _ in range(40):
            with database.read() as db:
                beats.append(db.scalar(select(Job.heartbeat_at)))
            if beats[-1] > beats[0]:
                break
            time.sleep(0.05)
        return "Done."

    handler.work = work
    assert run(database, tools, settings, asked).state == "done"
    assert beats[-1] > beats[0]


def test_work_of_a_worker_that_died_is_begun_again_and_that_of_a_living_one_is_not(
    database, tools, settings, handler, asked
):
    with database.write() as db:
        job.take_next(db, tools.clock())
    assert worker.run_next(database, tools, settings) is False
    lose_worker(database, tools)
    assert run(database, tools, settings, asked).state == "done"


def test_work_over_which_workers_keep_dying_is_given_up_after_three_retries(
    database, tools, settings, handler, asked
):
    class Killed(BaseException):
        """Stands for a process that is killed."""

    def dies(progress):
        raise Killed

    handler.work = dies
    for _ in range(1 + job.MOST_RETRIES):
        with pytest.raises(Killed):
            worker.run_next(database, tools, settings)
        lose_worker(database, tools)
    lead, public_id = asked
    with database.write() as db:
        behind = job.ask_for(db, lead, "compute", {"kind": "y"})
    handler.work = lambda progress: "Computed."

    assert worker.run_next(database, tools, settings)
    assert [work.arguments["kind"] for work in handler.calls] == ["x", "x", "x", "x", "y"]
    with database.read() as db:
        given_up, done = (job.get_job(db, lead, one) for one in (public_id, behind))
    assert (given_up.state, given_up.is_open) == ("failed", False)
    assert given_up.message.startswith("The program that does the work ended 4 times before it was done")
    assert done.state == "done"
    assert worker.run_next(database, tools, settings) is False

    with database.write() as db:
        assert job.ask_for(db, lead, "compute", {"kind": "x"}) != public_id
    assert worker.run_next(database, tools, settings)


def test_looking_for_work_changes_nothing(database, tools, asked):
    lead, public_id = asked
    with database.read() as db:
        assert job.is_any_waiting(db, tools.clock())
        assert job.get_job(db, lead, public_id).state == "waiting"
    with database.write() as db:
        job.take_next(db, tools.clock())
    with database.read() as db:
        assert not job.is_any_waiting(db, tools.clock())


def test_the_handlers_that_are_named_exist():
    for kind in worker.HANDLERS:
        assert callable(worker._handler(kind))


def test_a_worker_that_slept_too_long_cannot_end_what_another_has_taken_over(world, database, tools):
    lead = world.study()
    with database.write() as db:
        public_id = job.ask_for(db, lead, "compute", {})
        slow = job.take_next(db, tools.clock())
    later = tools.clock() + 2 * job.LOST_AFTER
    with database.write() as db:
        quick = job.take_next(db, later)
    assert quick.id == slow.id
    with database.write() as db:
        job.finish(db, slow, later, "failed", "Too late.")
        with pytest.raises(job.Stopped):
            job.report(db, slow, later, 1, 2)
        assert job.get_job(db, lead, public_id).state == "running"
        job.finish(db, quick, later, "done")
        assert job.get_job(db, lead, public_id).state == "done"
