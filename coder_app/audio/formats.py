"""Which kind of recording a file is, told from its first bytes and never from its name."""

from dataclasses import dataclass
from pathlib import PurePath

HEAD_BYTES = 4096
READABLE = "WAV, FLAC, MP3, M4A/MP4, AAC, Ogg, AIFF and WebM"


@dataclass(frozen=True)
class AudioFormat:
    """A container that may be read: its word for people, FFmpeg's demuxer, the extensions that claim it."""

    word: str
    demuxer: str
    extensions: tuple[str, ...]


WAV = AudioFormat("WAV", "wav", (".wav", ".wave", ".bwf"))
FLAC = AudioFormat("FLAC", "flac", (".flac",))
OGG = AudioFormat("Ogg", "ogg", (".ogg", ".oga", ".opus"))
MP3 = AudioFormat("MP3", "mp3", (".mp3",))
M4A = AudioFormat("M4A/MP4", "mov", (".m4a", ".mp4", ".m4b", ".mov", ".3gp"))
AAC = AudioFormat("AAC", "aac", (".aac",))
AIFF = AudioFormat("AIFF", "aiff", (".aif", ".aiff", ".aifc"))
WEBM = AudioFormat("WebM", "matroska", (".webm", ".mka", ".mkv"))
FORMATS = (WAV, FLAC, OGG, MP3, M4A, AAC, AIFF, WEBM)
EXTENSIONS = {extension: kind for kind in FORMATS for extension in kind.extensions}


def find_format(head: bytes) -> AudioFormat | None:
    """Return the format whose magic bytes open `head`, or None when it is none that may be read."""
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    if head[4:8] == b"ftyp":
        return M4A
    for magic, kind in ((b"fLaC", FLAC), (b"OggS", OGG), (b"\x1a\x45\xdf\xa3", WEBM)):
        if head.startswith(magic):
            return kind
    # Some recorders leave zeros before the first MPEG frame.
    return _mpeg_format(head.lstrip(b"\0"))


def id3_length(head: bytes) -> int:
    """Return how many bytes an ID3v2 tag at the start takes, 0 without one."""
    if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def claimed_format(name: str) -> AudioFormat | None:
    """Return the format that a file name's extension claims, None when it claims none we know."""
    return EXTENSIONS.get(PurePath(name).suffix.lower())


def _mpeg_format(head: bytes) -> AudioFormat | None:
    """Tell MP3 from raw AAC by the twelve sync bits and the layer that follows them."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:
        return AAC if head[1] & 0xF0 == 0xF0 and head[2] >> 2 & 15 < 13 else None
    rate, bit_rate = head[2] >> 2 & 3, head[2] >> 4
    # Layer III only: the first two bytes of UTF-16 text would pass for layer I.
    return MP3 if layer == 1 and version != 1 and rate != 3 and bit_rate != 15 else None
