"""Recordings made for a test, and the boxes of an M4A file."""

import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from coder_app.audio.sound import RATE
from coder_app.demo.speech import speech, write_recording

EXTENSIONS = ("wav", "flac", "mp3", "m4a", "ogg")
TELLING_TAGS = {
    "title": "canary-D007-session-09",
    "artist": "canary-therapist-T14",
    "date": "2018-05-17",
    "comment": "canary-recorded-for-D007",
    "creation_time": "2018-05-17T15:00:00.000000Z",
}
CONTAINERS = (b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"udta", b"meta")


def recording(folder: Path, extension: str, seconds: float = 3, name: str = "recording", **tags: str) -> Path:
    """Write speech from a constant seed and return its path."""
    path = folder / f"{name}.{extension}"
    write_recording(path, speech(seconds, seed=5), tags)
    return path


def pcm_wav(path: Path, channels: np.ndarray, rate: int = 16_000) -> Path:
    """Write int16 samples of the shape (samples, channels) as WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(channels.astype("<i2").tobytes())
    return path


def video(path: Path, with_sound: bool) -> Path:
    """Write a second of pictures, with or without a voice."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width = pictures.height = 32
        pictures.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", rate=RATE, layout="mono") if with_sound else None
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if sound is not None:
            samples = np.sin(np.arange(RATE) * 0.05, dtype=np.float32).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate = RATE
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def decoded(path: Path) -> np.ndarray:
    """Decode a mono recording to floats at the rate of cleaned recordings."""
    parts = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in container.decode(container.streams.audio[0]):
            frame.pts = None
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(parts) / 32768


def boxes(content: bytes, path: tuple[bytes, ...] = ()) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    """Yield (path, body) of every box of an M4A file, parents before their children."""
    position = 0
    while position < len(content):
        size, name = struct.unpack_from(">I4s", content, position)
        body = content[position + 8 : position + size]
        yield (*path, name), body
        if name in CONTAINERS:
            # `meta` opens with a version of four bytes.
            yield from boxes(body[4:] if name == b"meta" else body, (*path, name))
        position += size
