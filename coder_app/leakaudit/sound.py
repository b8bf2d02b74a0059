"""Looks into the boxes of an MP4 file: nothing but sound and what is needed to play it may be there."""

from collections.abc import Iterator

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"udta", b"edts"}
_EXPECTED = _CONTAINERS | {
    b"ftyp", b"free", b"mdat", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"smhd", b"dref", b"stsd",
    b"stts", b"stsc", b"stsz", b"stco", b"co64", b"elst", b"meta", b"sgpd", b"sbgp",
}  # fmt: skip
_TIMED = {b"mvhd", b"tkhd", b"mdhd"}


def find_faults(data: bytes) -> list[str]:
    """Return what an audio file holds beside sound: unknown boxes, times of making, entries of tags."""
    faults = []
    if rest := _rest(data):
        faults.append(f"{rest} bytes after the last box")
    for kind, body in _boxes(data):
        if kind not in _EXPECTED:
            faults.append(f"box {kind!r}")
        if kind in _TIMED and _times(body) != (0, 0):
            faults.append(f"a time in {kind!r}")
        if kind == b"meta" and (tags := _tags(body)):
            faults.append(f"{tags} bytes of tags")
        if kind == b"free" and body.strip(b"\x00"):
            faults.append("something in the free space")
    return faults


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        header = 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size < header:
            size = len(data) - at
        body = data[at + header : at + size]
        yield kind, body
        if kind in _CONTAINERS:
            yield from _boxes(body)
        at += size


def _rest(data: bytes) -> int:
    """Return how many bytes after the last box are none."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8 or at + size > len(data):
            break
        at += size
    return len(data) - at


def _times(body: bytes) -> tuple[int, int]:
    width = 8 if body[0] == 1 else 4
    return (
        int.from_bytes(body[4 : 4 + width], "big"),
        int.from_bytes(body[4 + width : 4 + 2 * width], "big"),
    )


def _tags(body: bytes) -> int:
    """Return how many bytes of entries the list of tags holds; an empty list is eight bytes of header."""
    at = body.find(b"ilst")
    return 0 if at < 4 else int.from_bytes(body[at - 4 : at], "big") - 8
