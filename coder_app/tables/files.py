"""Opens a table of any format, which its content tells and never its name."""

import io
from pathlib import Path
from typing import BinaryIO

from coder_app.tables import text
from coder_app.tables.delimited import read_delimited
from coder_app.tables.text import TextTable, refuse

_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or another zipped file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"$FL": "an SPSS file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
}
_START = 4096


def open_table_file(source: Path | bytes, file: str, sheet: str | None = None) -> TextTable:
    """Return the table that a file holds, or raise TableError naming what keeps it from being one.

    `file` is the name that problems tell; `sheet` a sheet of a workbook, None for the one that has the data.
    """
    with _open(source) as stream:
        _check_size(stream, file)
        start = stream.read(_START)
        for first, name in _FORMATS.items():
            if start.startswith(first):
                raise refuse(file, f"This is {name}, whatever its name says. Save it as CSV (UTF-8) first.")
        return read_delimited(stream, file)


def _open(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _check_size(stream: BinaryIO, file: str) -> None:
    n_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if n_bytes > text.MOST_BYTES:
        raise refuse(
            file,
            f"The file has {n_bytes:,} bytes. At most {text.MOST_BYTES:,} are read; split it into parts.",
        )
