"""Runs long work from the jobs table, one piece at a time."""

import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.services import job, repeat_giving
from coder_app.services.actor import Tools
from coder_app.services.errors import Refused

# Imported when first needed: they load the libraries that make the work long.
HANDLERS = {
    "recordings": "coder_app.services.recording_job:run",
    "mute": "coder_app.services.mute_job:run",
    "scores": "coder_app.services.import_job:run",
    "scoring": "coder_app.services.rescoring:run",
    "compute": "coder_app.services.snapshot:run",
}
IDLE_SECONDS = 0.5
BEAT_SECONDS = 15.0
GIVE_OUT_EVERY, TRY_AGAIN_AFTER = timedelta(days=1), timedelta(minutes=10)
BROKEN = "Something went wrong; the error was written to the log."


def run_next(database: Database, tools: Tools, settings: Settings) -> bool:
    """Run one waiting piece of work to its end; return False when none is waiting."""
    # Looked for without a writing transaction first: an idle worker must not make saves wait.
    with database.read() as db:
        if not job.is_any_waiting(db, tools.clock()):
            return False
    with database.write() as db:
        work = job.take_next(db, tools.clock())
    if work is None:
        return False
    state, message = _run(database, tools, settings, work)
    with database.write() as db:
        job.finish(db, work, tools.clock(), state, message)
    return True


def run_forever(database: Database, tools: Tools, settings: Settings) -> None:
    """Run work as it comes, and once a day give out repeats; a database that is briefly away is awaited."""
    give_out_at = tools.clock()
    while True:
        try:
            busy = run_next(database, tools, settings)
        except Exception as error:
            _log(error, "the worker")
            busy = False
        if not busy:
            give_out_at = _give_out(database, tools, give_out_at)
            time.sleep(IDLE_SECONDS)


def give_out_repeats(database: Database, tools: Tools, when: datetime) -> datetime:
    """Once it is time, give coders what is due to come back; return when to do so next."""
    if tools.clock() < when:
        return when
    with database.read() as db:
        studies = repeat_giving.list_studies(db)
    for study_id in studies:
        with database.write() as db:
            repeat_giving.give_due(db, tools, study_id)
    return tools.clock() + GIVE_OUT_EVERY


def _give_out(database: Database, tools: Tools, when: datetime) -> datetime:
    try:
        return give_out_repeats(database, tools, when)
    except Exception as error:
        _log(error, "giving out repeats")
        return tools.clock() + TRY_AGAIN_AFTER


def _run(database: Database, tools: Tools, settings: Settings, work: job.Work) -> tuple[str, str | None]:
    """Return how the work ended and the sentence to show; nothing that it raises gets past here."""
    progress = _Progress(database, tools, work)
    try:
        handler = _handler(work.kind)
        with progress.kept_alive():
            return "done", handler(database, tools, settings, work, progress)
    except job.Stopped:
        return "stopped", "Stopped; nothing was changed."
    except Refused as refusal:
        return "failed", str(refusal)
    except Exception as error:
        _log(error, f"work of the kind {work.kind}")
        return "failed", BROKEN


def _handler(kind: str) -> Callable[..., str | None]:
    module, name = HANDLERS[kind].split(":")
    return getattr(import_module(module), name)


class _Progress:
    """Reports how far the work is, and that it is alive while it has nothing to report."""

    def __init__(self, database: Database, tools: Tools, work: job.Work) -> None:
        self._database, self._tools, self._work = database, tools, work
        self._last = (0, 0)
        self._lock = threading.Lock()

    def __call__(self, done: int, total: int) -> None:
        with self._lock:
            self._last = (done, total)
            with self._database.write() as db:
                job.report(db, self._work, self._tools.clock(), done, total)

    @contextmanager
    def kept_alive(self):
        """Beat from a thread, so that work which reports rarely is not taken for dead and run twice."""
        ended = threading.Event()
        thread = threading.Thread(target=self._beat_until, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat_until(self, ended: threading.Event) -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                self(*self._last)
            except job.Stopped:
                continue  # the work itself hears of it at its next report
            except Exception as error:
                _log(error, "the worker's heartbeat")


def _log(error: Exception, where: str) -> None:
    """Say what failed and where in our code; the error's own words may name files of the source."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    print(f"coder_app: {where} failed: {type(error).__name__} at {' > '.join(frames)}", file=sys.stderr)
