"""Which encoding the bytes of a text file are in, found from all of them without keeping them."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from coder_app.tables.text import refuse

UTF_8, UTF_8_MARKED, UTF_16, WINDOWS, LATIN = "utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"
GUESSED = (WINDOWS, LATIN)

_CHUNK = 1 << 20
_LOOKED_AT = 1000
# What Windows-1252 has no character for.
_NOT_WINDOWS = b"\x81\x8d\x8f\x90\x9d"
_NOT_TEXT = "The file is not text: it holds zero bytes. Save it as CSV (UTF-8)."


def find_encoding(stream: BinaryIO, file: str) -> str:
    """Return the encoding of a file's text, or raise TableError where the file is no text."""
    stream.seek(0)
    start = stream.read(_LOOKED_AT)
    stream.seek(0)
    if wide := _find_wide(start):
        _check_wide(stream, wide, file)
        return wide
    marked = start.startswith(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder(UTF_8)()
    is_utf_8, is_windows, has_letters = True, True, False
    for chunk in _chunks(stream):
        if b"\0" in chunk:
            raise refuse(file, _NOT_TEXT)
        is_windows = is_windows and not any(byte in chunk for byte in _NOT_WINDOWS)
        if is_utf_8:
            try:
                has_letters = not decoder.decode(chunk).isascii() or has_letters
            except UnicodeDecodeError:
                is_utf_8 = False
    if is_utf_8 and decoder.getstate()[0]:
        if has_letters or marked:
            raise refuse(file, "The file breaks off in the middle of a character. Save or send it again.")
        is_utf_8 = False
    if is_utf_8:
        return UTF_8_MARKED if marked else UTF_8
    if marked:
        raise refuse(file, "The file is marked as UTF-8 but holds bytes that are not.")
    return WINDOWS if is_windows else LATIN


def _find_wide(start: bytes) -> str | None:
    """UTF-16 by its mark, or by a zero in every second byte, as letters of the West have."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF_16
    even, odd = start[::2], start[1::2]
    for zeros, letters, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if 0 not in letters and 2 * zeros.count(0) > len(zeros) > 0:
            return encoding
    return None


def _check_wide(stream: BinaryIO, encoding: str, file: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(stream):
            if "\0" in decoder.decode(chunk):
                raise refuse(file, _NOT_TEXT)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise refuse(file, "The file starts as UTF-16 but breaks off or is damaged.") from None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
