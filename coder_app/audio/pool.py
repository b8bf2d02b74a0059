"""Cleaning many recordings in a few guarded child processes: a file that kills its child fails alone."""

import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from coder_app.audio.clean import DEFAULT_SETTINGS, CleanResult, CleanSettings
from coder_app.audio.guard import GuardedChild
from coder_app.audio.mute import MuteSettings
from coder_app.audio.probe import AudioProblem

STALL_SECONDS = 60.0
FILE_SECONDS = 3600.0
TICK_SECONDS = 0.2

BROKEN = "The recording made the program that reads it fail; the file is damaged or no recording."
TOO_SLOW = "Reading the recording took too long and was given up."
STOPPED = "The import was stopped before this recording was done."

Job = tuple[Sequence[Path], Path]
Outcome = CleanResult | AudioProblem


def clean_many(
    jobs: Sequence[Job],
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
    settings: CleanSettings | MuteSettings = DEFAULT_SETTINGS,
    stall_seconds: float = STALL_SECONDS,
) -> list[Outcome]:
    """Clean each (sources, target) and return its CleanResult or AudioProblem, in the order of the jobs.

    With MuteSettings each is a cleaned recording whose stretches are muted.

    `progress(done, total)` and `cancelled()` are called in the caller's thread. A job that fails or is
    stopped leaves no target. RuntimeError when the child process cannot start at all.
    """
    batch = _Batch(jobs, settings, stall_seconds)
    try:
        batch.start(min(workers, len(jobs)))
        while batch.running:
            if cancelled():
                batch.stop()
                break
            if batch.step():
                progress(batch.done, len(jobs))
    finally:
        batch.close()
    return batch.outcomes()


class _Batch:
    """The jobs that wait, the children at work, and what came of it."""

    def __init__(
        self, jobs: Sequence[Job], settings: CleanSettings | MuteSettings, stall_seconds: float
    ) -> None:
        self._jobs = jobs
        self._settings = settings
        self._stall_seconds = stall_seconds
        self._waiting = deque(range(len(jobs)))
        self._outcomes: dict[int, Outcome] = {}
        self._messages: queue.Queue = queue.Queue()
        self._children: list[GuardedChild] = []

    @property
    def running(self) -> bool:
        """Whether any recording is still to be answered."""
        return len(self._outcomes) < len(self._jobs)

    @property
    def done(self) -> int:
        """Recordings answered, for better or worse."""
        return len(self._outcomes)

    def start(self, workers: int) -> None:
        """Start the children; they ask for work when they are ready."""
        for _ in range(workers):
            self._children.append(GuardedChild(self._messages))

    def step(self) -> bool:
        """Take one message or look for children that hang; True when a recording was answered."""
        before = self.done
        try:
            child, message = self._messages.get(timeout=TICK_SECONDS)
        except queue.Empty:
            pass
        else:
            if child in self._children:
                self._take(child, message)
        for child in [child for child in self._children if self._hangs(child)]:
            self._lose(child, TOO_SLOW)
        return self.done > before

    def stop(self) -> None:
        """Give up: what is not answered yet is answered as stopped."""
        self.close()
        for index in range(len(self._jobs)):
            if index not in self._outcomes:
                self._answer(index, AudioProblem(STOPPED))

    def close(self) -> None:
        """End all children."""
        for child in self._children:
            child.kill()
            if child.job is not None:
                self._jobs[child.job][1].unlink(missing_ok=True)
        self._children = []

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes in the order of the jobs."""
        return [self._outcomes[index] for index in range(len(self._jobs))]

    def _take(self, child: GuardedChild, message: dict | None) -> None:
        child.heard = time.monotonic()
        if message is None:
            self._lose(child, BROKEN)
        elif "beat" in message:
            child.place = message["place"]
        else:
            if child.job is not None:
                self._answer(child.job, _outcome(message))
            self._feed(child)

    def _feed(self, child: GuardedChild) -> None:
        child.job = self._waiting.popleft() if self._waiting else None
        if child.job is not None:
            sources, target = self._jobs[child.job]
            child.send(sources, target, self._settings)

    def _hangs(self, child: GuardedChild) -> bool:
        now = time.monotonic()
        busy = child.job is not None or not child.ready
        return busy and (now - child.heard > self._stall_seconds or now - child.fed > FILE_SECONDS)

    def _lose(self, child: GuardedChild, sentence: str) -> None:
        """Fail the recording that a child was at, and replace the child while there is work."""
        child.kill()
        self._children.remove(child)
        if not child.ready:
            raise RuntimeError("the process that reads recordings does not start")
        if child.job is not None:
            self._answer(child.job, AudioProblem(sentence, child.place))
        if self._waiting:
            self.start(1)

    def _answer(self, index: int, outcome: Outcome) -> None:
        if isinstance(outcome, AudioProblem):
            self._jobs[index][1].unlink(missing_ok=True)
        self._outcomes[index] = outcome


def _outcome(message: dict) -> Outcome:
    if "result" not in message:
        return AudioProblem(message["problem"], message["place"])
    result = message["result"]
    return CleanResult(**result | {name: tuple(result[name]) for name in ("part_sha256s", "warnings")})
