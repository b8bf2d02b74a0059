"""Cleaning the recordings of a folder, with news for whoever waits."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coder_app.domain.masking import draw_order
from coder_app.services.actor import Tools
from coder_app.services.job import Progress
from coder_app.services.recording_found import Found, Wanted

if TYPE_CHECKING:
    from coder_app.audio.clean import CleanResult
    from coder_app.audio.store import Store

CHILDREN = 2
SECONDS_BETWEEN_REPORTS = 1.0


@dataclass(frozen=True)
class Cleaned:
    """A recording whose cleaned sound lies in the store's temporary folder."""

    wanted: Wanted
    target: Path
    result: "CleanResult"


def clean_all(found: Found, store: "Store", tools: Tools, progress: Progress) -> list[Cleaned]:
    """Decode and encode every recording anew, in an order that tells nothing; note each that fails."""
    from coder_app.audio.pool import clean_many
    from coder_app.audio.probe import AudioProblem

    wanted = [found.wanted[place] for place in draw_order(len(found.wanted), tools.token_bytes)]
    targets = [store.temporary_path() for _ in wanted]
    jobs = [([file.path for file in one.files], target) for one, target in zip(wanted, targets, strict=True)]
    reports = _Reports(progress, len(jobs))
    cleaned = []
    for one, target, outcome in zip(
        wanted, targets, clean_many(jobs, CHILDREN, reports.answered, reports.beat), strict=True
    ):
        if isinstance(outcome, AudioProblem):
            found.add(one.files[outcome.place], outcome.sentence)
        else:
            cleaned.append(Cleaned(one, target, outcome))
    return cleaned


class _Reports:
    """Reports what is done, and in between often enough to hear that the import was stopped."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total = progress, total
        self._done, self._last = 0, time.monotonic()

    def answered(self, done: int, total: int) -> None:
        """Report what is done."""
        self._done, self._last = done, time.monotonic()
        self._progress(done, total)

    def beat(self) -> bool:
        """Report again after a second without news; never asks to cancel, a stop is raised."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_REPORTS:
            self.answered(self._done, self._total)
        return False
