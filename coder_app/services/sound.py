"""The sound of a recording as an answer to a listener: a capped range, and the waveform as numbers."""

from collections.abc import Iterable
from dataclasses import dataclass

from coder_app.audio.ranges import Unsatisfiable, parse_range
from coder_app.audio.store import Store

__all__ = ["AudioReply", "Store", "read_audio", "read_peaks"]


@dataclass(frozen=True)
class AudioReply:
    """Status, headers and bytes of one answer; nothing in it names, dates or sizes the source."""

    status: int
    headers: dict[str, str]
    chunks: Iterable[bytes]


def read_audio(store: Store, storage_name: str, range_header: str | None) -> AudioReply:
    """Return the stretch of a recording that a Range header asks for."""
    size = store.path_of(storage_name).stat().st_size
    wanted = parse_range(range_header, size)
    headers = {"Accept-Ranges": "bytes", "Content-Type": "audio/mp4"}
    if isinstance(wanted, Unsatisfiable):
        return AudioReply(wanted.status, {**headers, "Content-Range": wanted.content_range}, ())
    if wanted.partial:
        headers["Content-Range"] = wanted.content_range
    headers["Content-Length"] = str(wanted.length)
    chunks = store.open_range(storage_name, wanted.start, wanted.length)
    return AudioReply(wanted.status, headers, chunks)


def read_peaks(store: Store, storage_name: str) -> list[int]:
    """Return the waveform of a recording, each number from 0 to 255."""
    return list(store.peaks_path_of(storage_name).read_bytes())
