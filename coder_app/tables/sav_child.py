"""Reads an SPSS file in a process of its own: a damaged one can end the process in which it is read.

What it finds goes to the parent in lines of JSON: the columns, their texts in stretches of cases, and at the
end what SPSS says of them; or a refusal.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from coder_app.tables.numbers import write_plain
from coder_app.tables.text import MOST_COLUMNS, MOST_ROWS

COLUMNS, TEXTS, END, REFUSED = "columns", "texts", "end", "refused"
BROKEN = "The SPSS file is damaged or breaks off. Open it in SPSS, save it again and choose that file."
_TOO_LONG = f"The file has more than {MOST_ROWS:,} rows; split it into parts."
_CELLS_AT_ONCE = 200_000
_MOST_CACHED = 50_000
_MOST_MEMORY = 4 << 30
# SPSS counts seconds from the first day of the Gregorian calendar.
_BEGIN = datetime(1582, 10, 14)
_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "MOYR", "QYR", "WKYR", "DATETIME", "YMDHMS")
_TIMES = ("TIME", "DTIME", "MTIME")
_FALLBACK = "WINDOWS-1252"


def main() -> None:
    """Read the file that is this process's input."""
    _limit_memory()
    source = sys.stdin.buffer
    for message in list_messages(source if source.seekable() else io.BytesIO(source.read())):
        sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def list_messages(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Go through what the parent is told of a file."""
    source = _Source(stream)
    try:
        meta = source.read_meta()
        if said := _find_fault(meta):
            yield {REFUSED: said}
            return
        yield {COLUMNS: meta.column_names}
        writers = [_ColumnWriter(meta, column) for column in meta.column_names]
        n_rows = 0
        for values in source.blocks(len(writers)):
            texts = [writer.write(values[writer.column]) for writer in writers]
            n_rows += len(texts[0])
            if n_rows > MOST_ROWS:
                yield {REFUSED: _TOO_LONG}
                return
            yield {TEXTS: texts}
    except Exception:
        # The library's own error says as little as any other that a damaged file may lead to.
        yield {REFUSED: BROKEN}
        return
    yield {
        END: {
            "encoding": meta.file_encoding or "utf-8",
            "guessed": source.encoding is not None,
            "missing": [(one.column, one.n_missing, one.first_missing) for one in writers if one.n_missing],
            "labels": {name: label for name, label in meta.column_names_to_labels.items() if label},
            "value_labels": _value_labels(meta),
        }
    }


def _limit_memory() -> None:
    """A damaged file may claim to be of any size; not every system can hold it back."""
    try:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(hard, _MOST_MEMORY)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ImportError, OSError, ValueError):
        return


def _find_fault(meta: Any) -> str | None:
    if not meta.column_names:
        return "The SPSS file has no variables."
    if len(meta.column_names) > MOST_COLUMNS:
        return f"The file has {len(meta.column_names):,} columns. At most {MOST_COLUMNS:,} are read."
    return _TOO_LONG if (meta.number_rows or 0) > MOST_ROWS else None


class _Source:
    """Reads the file in stretches, in the encoding that it names or else in a common one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.encoding: str | None = None

    def read_meta(self) -> Any:
        """Return what the file says of its variables."""
        return self._call(metadataonly=True)[1]

    def blocks(self, n_columns: int) -> Iterator[dict[str, Sequence[Any]]]:
        """Go through the values by column, so many cases at a time as fit in memory."""
        limit = max(1, _CELLS_AT_ONCE // n_columns)
        offset = 0
        while True:
            values, _ = self._call(row_offset=offset, row_limit=limit)
            n = len(next(iter(values.values()), ()))
            if n:
                yield values
            offset += n
            if n < limit:
                return

    def _call(self, **options: Any) -> tuple[dict[str, Sequence[Any]], Any]:
        try:
            return self._call_once(**options)
        except Exception as error:
            if self.encoding is not None or "encoding" not in str(error):
                raise
        self.encoding = _FALLBACK
        return self._call_once(**options)

    def _call_once(self, **options: Any) -> tuple[dict[str, Sequence[Any]], Any]:
        from pyreadstat import read_sav

        self._stream.seek(0)
        return read_sav(
            self._stream,
            output_format="dict",
            user_missing=True,
            disable_datetime_conversion=True,
            encoding=self.encoding,
            **options,
        )


class _ColumnWriter:
    """Writes the values of one variable as text, and counts those that are declared missing."""

    def __init__(self, meta: Any, column: str) -> None:
        self.column = column
        self.n_missing = 0
        self.first_missing: str | None = None
        self._missing = [(one["lo"], one["hi"]) for one in meta.missing_ranges.get(column, ())]
        self._of_text = meta.readstat_variable_types.get(column) == "string"
        self._write = _find_writer(meta.original_variable_types.get(column) or "")
        self._known: dict[Any, str] = {}

    def write(self, values: Sequence[Any]) -> list[str]:
        """Return the texts of a stretch of values."""
        if self._missing:
            values = [None if self._is_missing(value) else value for value in values]
        if self._of_text:
            return ["" if value is None else value.strip() for value in values]
        known = self._known
        texts = []
        for value in values:
            text = known.get(value)
            if text is None:
                text = "" if value is None or value != value else self._write(value)
                if len(known) < _MOST_CACHED:
                    known[value] = text
            texts.append(text)
        return texts

    def _is_missing(self, value: Any) -> bool:
        if value is None or value != value:
            return False
        value = value.rstrip() if self._of_text else value
        if not any(low <= value <= high for low, high in self._missing):
            return False
        self.n_missing += 1
        if self.first_missing is None:
            self.first_missing = value if self._of_text else self._write(value)
        return True


def _find_writer(kind: str) -> Callable[[float], str]:
    name = kind.rstrip("0123456789.")
    if name in _DATES:
        return _write_date
    return _write_time if name in _TIMES else write_plain


def _write_date(seconds: float) -> str:
    try:
        moment = _BEGIN + timedelta(seconds=seconds)
    except OverflowError:
        return write_plain(seconds)
    midnight = not (moment.hour or moment.minute or moment.second or moment.microsecond)
    return moment.date().isoformat() if midnight else str(moment)


def _write_time(seconds: float) -> str:
    try:
        return str(timedelta(seconds=seconds))
    except OverflowError:
        return write_plain(seconds)


def _value_labels(meta: Any) -> dict[str, dict[str, str]]:
    found = {}
    for column, labels in meta.variable_value_labels.items():
        write = _find_writer(meta.original_variable_types.get(column) or "")
        found[column] = {
            value.strip() if isinstance(value, str) else write(value): label.strip()
            for value, label in labels.items()
        }
    return found
