"""Silencing stretches of a cleaned recording, so that nothing that is said in them can be brought back.

Runs in a guarded child process, as cleaning does: see pool.clean_many with MuteSettings.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coder_app.audio.clean import DEFAULT_SETTINGS, Beat, CleanResult
from coder_app.audio.encode import Encoder
from coder_app.audio.peaks import PeakMeter
from coder_app.audio.probe import AudioProblem, open_recording
from coder_app.audio.sound import RATE, Sound
from coder_app.domain.stretches import Stretch, StretchError, check_stretches

FRAME_SAMPLES = 1024
# AAC's frames overlap: traces of what was loud inside a stretch lie up to two frames outside of it.
MARGIN_SAMPLES = 2 * FRAME_SAMPLES
FADE_SAMPLES = RATE // 100


@dataclass(frozen=True)
class MuteSettings:
    """The stretches that become silent, as (start, end) in milliseconds."""

    stretches: Sequence[tuple[int, int]]


def mute_recording(
    sources: Sequence[Path],
    target: Path,
    settings: MuteSettings,
    beat: Beat = lambda place, seconds: None,
) -> CleanResult:
    """Write the one cleaned recording in `sources` to `target`, as long as it was, the stretches silent.

    Silence begins MARGIN_SAMPLES before a stretch and ends as much after it, with a fade outside of that.
    Raises AudioProblem, and leaves no target, when the source or a stretch cannot be used.
    """
    (source,) = sources
    try:
        with Encoder(target) as encoder:
            muting = _Muting(encoder)
            muting.run(source, settings, beat)
        return muting.result(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


class Silence:
    """The loudness of each sample: 1 outside, 0 in the stretches, and a ramp between."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._spans = [
            (_sample(one.start_ms) - MARGIN_SAMPLES, _sample(one.end_ms) + MARGIN_SAMPLES)
            for one in stretches
        ]

    def applied(self, block: np.ndarray, first: int) -> np.ndarray:
        """Return int16 samples of which `first` is the place of the first, with the stretches silent."""
        last = first + len(block)
        touching = [
            span for span in self._spans if span[0] - FADE_SAMPLES < last and first < span[1] + FADE_SAMPLES
        ]
        if not touching:
            return block
        places, loudness = np.arange(first, last), np.ones(len(block))
        for start, end in touching:
            ramp = np.interp(
                places, (start - FADE_SAMPLES, start, end - 1, end - 1 + FADE_SAMPLES), (1, 0, 0, 1)
            )
            np.minimum(loudness, ramp, out=loudness)
        return np.rint(block * loudness).astype(np.int16)


class _Muting:
    """One recording on its way from its old to its new file."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._meter, self._content = PeakMeter(RATE), hashlib.sha256()
        self._written = 0

    def run(self, source: Path, settings: MuteSettings, beat: Beat) -> None:
        """Write all of the source's samples."""
        sound = Sound(DEFAULT_SETTINGS.max_seconds + 1)
        with open_recording(source) as (container, probe):
            length = _length(probe.seconds)
            silence = Silence(_checked(settings, length))
            for block in sound.blocks(container):
                # The last frame is filled up with silence, which the header does not count.
                block = silence.applied(block[: length - self._written], self._written)
                self._write(block)
                beat(0, self._written / RATE)
        if sound.damaged or self._written < length:
            raise AudioProblem(
                "The recording in the store is damaged, so it cannot be muted; import it again."
            )

    def result(self, target: Path) -> CleanResult:
        """Return what came of it, once the encoder has closed the target."""
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        content = self._content.hexdigest()
        return CleanResult(
            duration=self._written / RATE,
            size=target.stat().st_size,
            sha256=digest,
            content_sha256=content,
            part_sha256s=(content,),
            peaks=self._meter.finish(),
            warnings=(),
        )

    def _write(self, block: np.ndarray) -> None:
        if len(block):
            self._content.update(block.tobytes())
            self._meter.feed(block)
            self._encoder.write(block)
            self._written += len(block)


def _checked(settings: MuteSettings, length: int) -> tuple[Stretch, ...]:
    try:
        return check_stretches((Stretch(*pair) for pair in settings.stretches), -(-length * 1000 // RATE))
    except StretchError as error:
        raise AudioProblem(str(error)) from error


def _length(seconds: float | None) -> int:
    if not seconds:
        raise AudioProblem("The recording in the store does not say how long it is; import it again.")
    return round(seconds * RATE)


def _sample(milliseconds: int) -> int:
    return milliseconds * RATE // 1000
