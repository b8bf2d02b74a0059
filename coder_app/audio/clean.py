"""Decoding a recording and encoding it anew, so that nothing of its source but the sound is left.

Runs in a guarded child process: see pool.clean_many.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer

from coder_app.audio.formats import FLAC, WAV
from coder_app.audio.peaks import PeakMeter
from coder_app.audio.probe import AudioProblem, Probe, open_recording
from coder_app.audio.sound import RATE, Sound

BIT_RATE = 64_000
# Measured against the default coder: docs/decisions/audio.md.
AAC_CODER = "fast"


@dataclass(frozen=True)
class CleanSettings:
    """The longest recording that is taken, decoded, in seconds."""

    max_seconds: float = 6 * 3600


DEFAULT_SETTINGS = CleanSettings()


@dataclass(frozen=True)
class CleanResult:
    """A cleaned recording: `duration` in seconds, `size` in bytes, and how to tell it from others.

    `sha256` is of the cleaned file and `source_sha256` of the source; `content_sha256`, of the decoded sound,
    is the same for the same sound under two names, with other tags, or in another lossless container.
    """

    duration: float
    size: int
    sha256: str
    source_sha256: str
    content_sha256: str
    peaks: bytes
    warnings: tuple[str, ...]


def clean_recording(
    source: Path,
    target: Path,
    settings: CleanSettings = DEFAULT_SETTINGS,
    beat: Callable[[float], None] = lambda seconds: None,
) -> CleanResult:
    """Write the sound of `source` to `target` as M4A, mono; `beat` is told the seconds done as they pass.

    Raises AudioProblem, and leaves no target, when the source cannot be used.
    """
    try:
        with open_recording(source) as (container, probe):
            sound = Sound(container, settings.max_seconds)
            meter, content = PeakMeter(RATE), hashlib.sha256()
            with _Encoder(target) as encoder:
                for block in sound.blocks():
                    content.update(block.tobytes())
                    meter.feed(block)
                    encoder.write(block)
                    beat(sound.seconds)
        if not sound.samples:
            raise AudioProblem("The file holds no sound that can be decoded.")
        peaks = meter.finish()
        return CleanResult(
            duration=sound.seconds,
            size=target.stat().st_size,
            sha256=_sha256(target),
            source_sha256=_sha256(source),
            content_sha256=content.hexdigest(),
            peaks=peaks,
            warnings=(*probe.warnings, *_shortcomings(sound, probe, peaks)),
        )
    except BaseException:
        target.unlink(missing_ok=True)
        raise


class _Encoder:
    """An M4A file in the making: bit-exact, without tags, times or the encoder's name."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._written = 0

    def __enter__(self) -> "_Encoder":
        os.close(os.open(self._target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        self._container: OutputContainer = av.open(
            str(self._target.resolve()),
            "w",
            format="ipod",
            container_options={"movflags": "+faststart", "fflags": "+bitexact"},
        )
        options = {"aac_coder": AAC_CODER, "flags": "+bitexact"}
        self._stream = self._container.add_stream("aac", rate=RATE, layout="mono", options=options)
        self._stream.bit_rate = BIT_RATE
        self._stream.codec_context.thread_count = 1
        return self

    def write(self, block: np.ndarray) -> None:
        """Encode the next int16 samples."""
        planar = (block.astype(np.float32) / 32768).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._written
        self._written += len(block)
        self._container.mux(self._stream.encode(frame))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._written:
            self._container.mux(self._stream.encode(None))
        self._container.close()


def _shortcomings(sound: Sound, probe: Probe, peaks: bytes) -> Iterator[str]:
    if probe.seconds and sound.seconds < probe.seconds - _slack(probe):
        yield (
            f"The header says {probe.seconds:.1f} s, but only {sound.seconds:.1f} s could be decoded: "
            "the file is cut short or damaged."
        )
    elif sound.damaged:
        yield f"The recording is damaged in {sound.damaged} places; they are left out."
    if not any(peaks):
        yield "The recording is silent from beginning to end."


def _slack(probe: Probe) -> float:
    """Return by how many seconds an intact recording may be shorter than its header says."""
    # Coders with loss pad their ends, and M4A counts what an edit has cut away.
    return 0.05 + probe.seconds / 1000 if probe.format in (WAV, FLAC) else max(1.0, probe.seconds / 100)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
