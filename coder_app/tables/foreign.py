"""Files that look like tables to people and are none that is read here, each with what to do."""

import io
import zipfile
import zlib
from typing import BinaryIO

_STARTS = {
    b"%PDF": "This is a PDF. Get the table from where it came from, as CSV, Excel (.xlsx) or SPSS (.sav).",
    b"\x1f\x8b": "This is a compressed file (such as .gz or .rds). Save the table as CSV (UTF-8).",
    b"7z\xbc\xaf": "This is a compressed file (7z). Unpack it and choose the table in it.",
    b"Rar!": "This is a compressed file (rar). Unpack it and choose the table in it.",
    b"<stata_dta>": "This is a Stata file. Save it as CSV (export delimited) or as SPSS (.sav).",
    b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60": "This is a SAS file. Save the table as CSV.",
    b"SQLite format 3": "This is a database. Save the table as CSV (UTF-8).",
}
_WEB = (
    "This is a web page or another file in XML, as some programs save under .xls. Save it as Excel (.xlsx)."
)
_OPEN = "This is an OpenDocument table (.ods). In LibreOffice, save it as Excel (.xlsx) or CSV (UTF-8)."
_NUMBERS = "This is a table of Numbers. Export it as Excel (.xlsx) or CSV."
_BINARY = "This is a binary Excel workbook (.xlsb). In Excel, save it as an ordinary workbook (.xlsx)."
_OTHER_ZIP = "This is a zipped file without an Excel workbook in it. Unpack it and choose the table itself."
_DAMAGED = "This is an Excel workbook or another zipped file, and it is damaged or breaks off. Save it again."
_LOCKED = "The workbook is protected with a password. In Excel, remove the password and save it again."
_OLD = "This is an old Excel workbook (.xls, Excel 97-2003). In Excel, save it as an Excel workbook (.xlsx)."
_PORTABLE = "This is an SPSS portable file (.por). In SPSS, save it as an SPSS data file (.sav)."
_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DAMAGES = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, LookupError, RuntimeError)
_CHUNK = 1 << 20
# A workbook has some tens of members; each takes about a hundred bytes here and far more in memory.
_MOST_DIRECTORY_BYTES = 1_000_000
_MOST_END_BYTES = 22 + 65_535


def find_foreign(stream: BinaryIO, start: bytes) -> str | None:
    """Return what a file is that cannot be read, and what to do about it; None for what may be a table."""
    for first, said in _STARTS.items():
        if start.startswith(first):
            return said
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _LOCKED if _contains(stream, "EncryptedPackage".encode("utf-16-le")) else _OLD
    if start.startswith(_ZIPPED):
        return _find_zipped(stream)
    if b"SPSS PORT FILE" in start[:512].replace(b"\r", b"").replace(b"\n", b""):
        return _PORTABLE
    if (
        start.lstrip(b"\xef\xbb\xbf \t\r\n")[:9]
        .lower()
        .startswith((b"<?xml", b"<html", b"<table", b"<!doctype"))
    ):
        return _WEB
    return None


def _find_zipped(stream: BinaryIO) -> str | None:
    if _directory_size(stream) > _MOST_DIRECTORY_BYTES:
        return _OTHER_ZIP
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            kind = b""
            if "mimetype" in names:
                with archive.open("mimetype") as member:
                    kind = member.read(100)
    except _DAMAGES:
        return _DAMAGED
    if kind.startswith(b"application/vnd.oasis"):
        return _OPEN
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        return _NUMBERS
    if "xl/workbook.bin" in names:
        return _BINARY
    return None if any(name.endswith("workbook.xml") for name in names) else _OTHER_ZIP


def _directory_size(stream: BinaryIO) -> int:
    """How many bytes the list of a zip's members takes, which is read whole before anything else."""
    end = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, end - _MOST_END_BYTES))
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[place + 12 : place + 16], "little") if place >= 0 else 0


def _contains(stream: BinaryIO, wanted: bytes) -> bool:
    stream.seek(0)
    before = b""
    while chunk := stream.read(_CHUNK):
        if wanted in before + chunk:
            return True
        before = chunk[-len(wanted) :]
    return False
