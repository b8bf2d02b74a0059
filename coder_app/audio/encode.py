"""Writing a cleaned recording: one codec, one rate, mono, and nothing but the sound."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer

from coder_app.audio.sound import RATE

BIT_RATE = 64_000
# Measured against the default coder: docs/decisions/audio.md.
AAC_CODER = "fast"


def describe_encoding() -> dict[str, object]:
    """Return with what recordings are encoded: all that their bytes depend on beside the sound."""
    return {
        "codec": "AAC",
        "coder": AAC_CODER,
        "channels": 1,
        "hertz": RATE,
        "bits per second": BIT_RATE,
        "libavcodec": ".".join(map(str, av.library_versions["libavcodec"])),
    }


class Encoder:
    """An M4A file in the making: bit-exact, without tags, times or the encoder's name."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._written = 0

    def __enter__(self) -> "Encoder":
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
