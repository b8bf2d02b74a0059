"""How the demo's coders know what they hear: by its waveform, through the door that every coder has.

The sealed key stays shut. The generator remembers the outline of every sound that it made, and a simulated
coder compares the outline of the recording that was handed out with those.
"""

import numpy as np

from coder_app.audio.peaks import PeakMeter
from coder_app.demo.recordings import SourceRecording
from coder_app.demo.speech import SAMPLE_RATE

# In steps of the outline, 255 being full scale: cleaning changes it by one or two, another sound by dozens.
MOST_DIFFERENCE = 10.0


class NotHeard(Exception):  # noqa: N818 - reads as the sentence that it is
    """The recording sounds like none that was made."""


class Memory:
    """The outlines of the sounds that were made."""

    def __init__(self) -> None:
        self._made: list[SourceRecording] = []
        self._outlines: list[np.ndarray] = []

    def remember(self, recording: SourceRecording, sound: np.ndarray) -> None:
        """Keep a sound's outline."""
        meter = PeakMeter(SAMPLE_RATE)
        meter.feed(sound)
        self._made.append(recording)
        self._outlines.append(_as_numbers(meter.finish()))

    def recognise(self, peaks: bytes) -> SourceRecording:
        """Return the recording that a stored outline is of."""
        heard = _as_numbers(peaks)
        differences = [_difference(heard, outline) for outline in self._outlines]
        nearest = int(np.argmin(differences))
        if differences[nearest] > MOST_DIFFERENCE:
            raise NotHeard
        return self._made[nearest]


def _as_numbers(peaks: bytes) -> np.ndarray:
    return np.frombuffer(peaks, np.uint8).astype(np.float64)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean difference of two outlines; coders with loss add a little at the end."""
    if abs(len(one) - len(other)) > 2:
        return float("inf")
    both = min(len(one), len(other))
    return float(np.abs(one[:both] - other[:both]).mean())
