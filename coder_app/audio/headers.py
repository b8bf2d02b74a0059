"""How long a recording's own header says it is, so that a copy that broke off is noticed."""

import struct
from typing import BinaryIO

from av.audio.stream import AudioStream

from coder_app.audio.formats import FLAC, M4A, MP3, WAV, AudioFormat, id3_length

UNFINISHED = (0, 0xFFFFFFFF)  # data sizes of a recorder that never closed its file


def declared_seconds(file: BinaryIO, kind: AudioFormat, track: AudioStream) -> float | None:
    """Return the length in the header, or None when there is none that holds for a file cut short.

    FFmpeg's own figure will not do for WAV and most MP3: it is worked out from the bytes that are there.
    """
    if kind is WAV:
        return _wav_seconds(file)
    if kind is MP3:
        return _mp3_seconds(file, track.codec_context.sample_rate)
    if kind in (FLAC, M4A) and track.duration and track.time_base:
        return float(track.duration * track.time_base)
    return None


def _wav_seconds(file: BinaryIO) -> float | None:
    file.seek(12)
    bytes_per_second, long_size = 0, None
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            size = long_size if long_size is not None else size
            return size / bytes_per_second if bytes_per_second and size not in UNFINISHED else None
        body = file.read(min(size, 24))
        if name == b"fmt " and len(body) >= 12:
            bytes_per_second = struct.unpack_from("<I", body, 8)[0]
        elif name == b"ds64" and len(body) >= 16:
            long_size = struct.unpack_from("<Q", body, 8)[0]
        file.seek(size + size % 2 - len(body), 1)
    return None


def _mp3_seconds(file: BinaryIO, rate: int) -> float | None:
    """Read the count of frames that an encoder leaves in the first frame (the Xing or Info header)."""
    file.seek(0)
    file.seek(id3_length(file.read(10)))
    frame = file.read(256)
    place = max(frame.find(b"Xing"), frame.find(b"Info"))
    if place < 4 or len(frame) < place + 12:
        return None
    flags, frames = struct.unpack_from(">II", frame, place + 4)
    samples_per_frame = 1152 if frame[1] >> 3 & 3 == 3 else 576
    return frames * samples_per_frame / rate if flags & 1 and frames else None
