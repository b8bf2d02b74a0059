"""A recording's sound as one stream of samples, whatever it was recorded with."""

from collections.abc import Iterator

import av
import numpy as np
from av.container import InputContainer

from coder_app.audio.probe import AudioProblem

RATE = 32_000  # Hz
BLOCK_SAMPLES = RATE


class Sound:
    """A recording as int16 samples, mono, at RATE, in constant memory; parts are read one after another."""

    def __init__(self, max_seconds: float) -> None:
        self._most = int(max_seconds * RATE)
        self.samples = 0
        self.damaged = 0

    @property
    def seconds(self) -> float:
        """Length of what has been decoded of all parts."""
        return self.samples / RATE

    def blocks(self, container: InputContainer) -> Iterator[np.ndarray]:
        """Yield all samples of the next part in blocks of about a second."""
        waiting, held = [], 0
        for samples in self._resampled(container):
            waiting.append(samples)
            held += len(samples)
            self.samples += len(samples)
            if self.samples > self._most:
                raise AudioProblem(f"The recording is longer than {self._most / RATE / 3600:g} hours.")
            if held >= BLOCK_SAMPLES:
                yield np.concatenate(waiting)
                waiting, held = [], 0
        if held:
            yield np.concatenate(waiting)

    def _resampled(self, container: InputContainer) -> Iterator[np.ndarray]:
        resampler, shape = None, None
        for frame in self._frames(container):
            # Some streams change their rate or channels on the way, and a resampler serves only one kind.
            if shape != (kind := (frame.format.name, frame.layout.name, frame.sample_rate)):
                yield from _drained(resampler)
                resampler, shape = av.AudioResampler(format="s16", layout="mono", rate=RATE), kind
            frame.pts = None
            yield from (part.to_ndarray()[0] for part in resampler.resample(frame))
        yield from _drained(resampler)

    def _frames(self, container: InputContainer) -> Iterator[av.AudioFrame]:
        track = container.streams.audio[0]
        track.codec_context.thread_count = 1
        packets = container.demux(track)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except av.InvalidDataError:
                self.damaged += 1
                continue
            except (av.FFmpegError, EOFError):
                self.damaged += 1
                return
            for frame in frames:
                yield _averaged(frame) if frame.layout.nb_channels > 2 else frame


def _averaged(frame: av.AudioFrame) -> av.AudioFrame:
    """Mix three or more channels evenly: FFmpeg drops the third as if from a subwoofer."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if frame.format.name.startswith("u8"):
        samples = samples.astype(np.float32) / 128 - 1
    elif np.issubdtype(samples.dtype, np.integer):
        samples = samples.astype(np.float64) / -float(np.iinfo(samples.dtype).min)
    mixed = samples.mean(axis=0, dtype=np.float64).astype(np.float32).reshape(1, -1)
    mono = av.AudioFrame.from_ndarray(mixed, format="fltp", layout="mono")
    mono.sample_rate = frame.sample_rate
    return mono


def _drained(resampler: av.AudioResampler | None) -> Iterator[np.ndarray]:
    if resampler is not None:
        yield from (part.to_ndarray()[0] for part in resampler.resample(None))
