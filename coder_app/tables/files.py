"""Opens a table of any format, which its content tells and never its name."""

import io
from dataclasses import replace
from pathlib import Path, PurePath
from typing import BinaryIO

from coder_app.domain.problems import WARNING, Problem
from coder_app.tables import text
from coder_app.tables.delimited import read_delimited
from coder_app.tables.foreign import find_foreign
from coder_app.tables.text import CSV, SAV, XLSX, TextTable, refuse

_START = 4096
_ENDINGS = {
    CSV: (".csv", ".tsv", ".txt", ".tab", ".dat"),
    XLSX: (".xlsx", ".xlsm", ".xltx"),
    SAV: (".sav", ".zsav"),
}
_NAMES = {CSV: "a text file (CSV)", XLSX: "an Excel workbook", SAV: "an SPSS file"}
_TOLD_BY_NAME = frozenset(ending for endings in _ENDINGS.values() for ending in endings) | {
    ".xls",
    ".ods",
    ".por",
}


def open_table_file(source: Path | bytes, file: str, sheet: str | None = None) -> TextTable:
    """Return the table that a file holds, or raise TableError naming what keeps it from being one.

    `file` is the name that problems tell; `sheet` a sheet of a workbook, None for the one that has the data.
    """
    with _open(source) as stream:
        _check_size(stream, file)
        start = stream.read(_START)
        stream.seek(0)
        table = _read(stream, start, file, sheet)
    return _with_note_of_name(table)


def _open(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _check_size(stream: BinaryIO, file: str) -> None:
    n_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if n_bytes > text.MOST_BYTES:
        said = f"The file has {n_bytes:,} bytes. At most {text.MOST_BYTES:,} are read; split it into parts."
        raise refuse(file, said)


def _read(stream: BinaryIO, start: bytes, file: str, sheet: str | None) -> TextTable:
    if not start.strip():
        raise refuse(file, "The file is empty. A table with a header row was expected.")
    if said := find_foreign(stream, start):
        raise refuse(file, said)
    stream.seek(0)
    if start.startswith(b"PK\x03\x04"):
        from coder_app.tables.xlsx import read_workbook

        return read_workbook(stream, file, sheet)
    if start.startswith((b"$FL2", b"$FL3")):
        from coder_app.tables.sav import read_spss

        return read_spss(stream, file)
    return read_delimited(stream, file)


def _with_note_of_name(table: TextTable) -> TextTable:
    ending = PurePath(table.file).suffix.casefold()
    if ending not in _TOLD_BY_NAME or ending in _ENDINGS[table.kind]:
        return table
    said = f"The name ends in {ending}, but the content is {_NAMES[table.kind]} and was read as such."
    note = Problem(table.file, None, None, ending, said, WARNING)
    return replace(table, problems=(note, *table.problems))
