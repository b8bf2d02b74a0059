"""The HTTP range of one answer (RFC 9110, section 14), capped so that a listener cannot starve the pages."""

import re
from dataclasses import dataclass

RANGE_CAP = 512 * 1024

_SINGLE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)


@dataclass(frozen=True)
class ByteRange:
    """The bytes `start` to `end`, both included, of `size`; `partial` asks for 206 instead of 200."""

    start: int
    end: int
    size: int
    partial: bool

    @property
    def length(self) -> int:
        """Bytes to send: the Content-Length."""
        return self.end - self.start + 1

    @property
    def status(self) -> int:
        """206 for an answer to a range, 200 for the whole."""
        return 206 if self.partial else 200

    @property
    def content_range(self) -> str:
        """The Content-Range header of a 206 answer."""
        return f"bytes {self.start}-{self.end}/{self.size}"


@dataclass(frozen=True)
class Unsatisfiable:
    """No byte of the range exists: 416."""

    size: int

    @property
    def status(self) -> int:
        """Always 416."""
        return 416

    @property
    def content_range(self) -> str:
        """The Content-Range header of a 416 answer."""
        return f"bytes */{self.size}"


def parse_range(header: str | None, size: int, cap: int = RANGE_CAP) -> ByteRange | Unsatisfiable:
    """Return which bytes of a file of `size` answer a Range header, at most `cap` of them for a range.

    Without a header, and for one that is malformed or asks for several ranges (both may be ignored), the
    whole file is the answer: `partial` is False and the length may exceed the cap, so it must be streamed.
    """
    whole = ByteRange(0, size - 1, size, partial=False)
    match = _SINGLE.fullmatch(header) if header else None
    if match is None or not (match[1] or match[2]):
        return whole
    first, last = _number(match[1]), _number(match[2])
    if first is None:
        start, end = max(0, size - (last or 0)), size - 1
    elif last is not None and last < first:
        return whole
    else:
        start, end = first, size - 1 if last is None else min(last, size - 1)
    if start >= size:
        return Unsatisfiable(size)
    return ByteRange(start, min(end, start + cap - 1), size, partial=True)


def _number(digits: str) -> int | None:
    # Python refuses to convert thousands of digits; twenty are past the end of any file.
    return int(digits.lstrip("0")[:20] or "0") if digits else None
