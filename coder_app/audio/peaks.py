"""The waveform's outline: one byte for each tenth of a second."""

import numpy as np

PEAKS_PER_SECOND = 10


class PeakMeter:
    """Collects the largest deflection of each stretch while the samples stream by."""

    def __init__(self, rate: int) -> None:
        self._window = rate // PEAKS_PER_SECOND
        self._rest = np.empty(0, np.int16)
        self._peaks = bytearray()

    def feed(self, samples: np.ndarray) -> None:
        """Take the next int16 samples, in stretches of any length."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // self._window * self._window
        self._rest = samples[whole:].copy()
        self._peaks += _outline(samples[:whole].reshape(-1, self._window))

    def finish(self) -> bytes:
        """Return all peaks, 0 (silence) to 255 (full scale), the unfinished last stretch included."""
        if len(self._rest):
            self._peaks += _outline(self._rest.reshape(1, -1))
            self._rest = np.empty(0, np.int16)
        return bytes(self._peaks)


def _outline(stretches: np.ndarray) -> bytes:
    # int32, because the deflection of -32768 has no int16.
    deflection = np.abs(stretches.astype(np.int32)).max(axis=1, initial=0)
    # Rounded up, so that only true silence is drawn as none.
    return (-(-deflection * 255 // 32768)).astype(np.uint8).tobytes()
