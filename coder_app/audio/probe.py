"""Opening a recording that nobody vouches for: told by its bytes, read by one demuxer, from one file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

import av
from av.container import InputContainer

from coder_app.audio.formats import (
    HEAD_BYTES,
    READABLE,
    AudioFormat,
    claimed_format,
    find_format,
    id3_length,
)
from coder_app.audio.headers import declared_seconds

# Decoders of sound only: the pictures of a video or a cover are never decoded.
DECODERS = (
    "aac,mp3,mp3float,flac,alac,vorbis,libvorbis,opus,libopus,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,"
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,"
    "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw"
)
SAMPLE_RATES = range(4_000, 768_001)
MOST_CHANNELS = 32


class AudioProblem(Exception):  # noqa: N818 (a finding about a file, not a fault of the program)
    """Why a recording cannot be used, as one sentence for people; who catches it knows the file's name.

    `place` tells which file, from 0, of a recording that several files make up.
    """

    def __init__(self, sentence: str, place: int = 0) -> None:
        super().__init__(sentence)
        self.place = place

    @property
    def sentence(self) -> str:
        """The sentence."""
        return str(self)


@dataclass(frozen=True)
class Probe:
    """What a recording says of itself. `seconds` is None when its header does not say how long it is."""

    format: AudioFormat
    codec: str
    rate: int
    channels: int
    seconds: float | None
    warnings: tuple[str, ...]


def probe_recording(source: Path) -> Probe:
    """Return what the recording holds without decoding it; raise AudioProblem when it cannot be used."""
    with open_recording(source) as (_, probe):
        return probe


@contextmanager
def open_recording(source: Path) -> Iterator[tuple[InputContainer, Probe]]:
    """Open a recording for decoding, with what its header says; raise AudioProblem when it cannot be used."""
    with _ordinary_file(source) as file:
        kind = _format_of(file)
        try:
            container = av.open(
                file,
                format=kind.demuxer,
                container_options={"format_whitelist": kind.demuxer, "codec_whitelist": DECODERS},
                metadata_errors="ignore",
                io_open=_refuse_other_files,
            )
        except (av.FFmpegError, ValueError, EOFError) as error:
            sentence = f"The file begins like {kind.word}, but cannot be read: it is damaged."
            raise AudioProblem(sentence) from error
        with container:
            yield container, _examine(container, file, kind, source.name)


def mislabelling(name: str, kind: AudioFormat) -> str | None:
    """Return a warning when a file name's extension claims another format than the file has."""
    claimed = claimed_format(name)
    if claimed is None or claimed == kind:
        return None
    return f"The name says {claimed.word}, but the file is {kind.word}; it is read as {kind.word}."


@contextmanager
def _ordinary_file(source: Path) -> Iterator[BinaryIO]:
    """Open nothing but an ordinary file: a pipe would never end, a device might not either."""
    try:
        if not S_ISREG(os.stat(source).st_mode):
            raise AudioProblem("This is not an ordinary file.")
        file = source.open("rb")
    except OSError as error:
        raise AudioProblem(f"The file cannot be opened: {error.strerror}.") from error
    with file:
        yield file


def _format_of(file: BinaryIO) -> AudioFormat:
    """Tell the format by magic bytes, behind an ID3 tag where there is one."""
    head = file.read(HEAD_BYTES)
    if not head:
        raise AudioProblem("The file is empty.")
    if skip := id3_length(head):
        file.seek(skip)
        head = file.read(HEAD_BYTES)
    file.seek(0)
    if kind := find_format(head):
        return kind
    raise AudioProblem(f"This is not a recording that can be read. Readable are {READABLE}.")


def _refuse_other_files(url: str, flags: int, options: dict[str, str]) -> None:
    raise PermissionError("a recording may not make another file be read")


def _examine(container: InputContainer, file: BinaryIO, kind: AudioFormat, name: str) -> Probe:
    tracks = container.streams.audio
    if not tracks:
        pictures = bool(container.streams.video)
        raise AudioProblem("The file is a video without sound." if pictures else "The file holds no sound.")
    track = tracks[0]
    if track.codec_context is None or track.codec_context.name not in DECODERS.split(","):
        raise AudioProblem(
            "The sound in this file is coded in a way that cannot be read; convert it to WAV first."
        )
    rate, channels = track.codec_context.sample_rate, track.codec_context.channels
    if rate not in SAMPLE_RATES or not 1 <= channels <= MOST_CHANNELS:
        raise AudioProblem(f"The file claims {channels} channels at {rate} Hz; no speech is recorded so.")
    warnings = [mislabelling(name, kind)]
    if len(tracks) > 1:
        warnings.append(f"The file holds {len(tracks)} sound tracks; only the first is used.")
    position = file.tell()
    seconds = declared_seconds(file, kind, track)
    file.seek(position)
    return Probe(kind, track.codec_context.name, rate, channels, seconds, tuple(filter(None, warnings)))
