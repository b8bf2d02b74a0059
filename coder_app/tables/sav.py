"""An SPSS data file (.sav, .zsav) as a table of text, with what SPSS calls its variables and values."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from coder_app.tables.building import TableBuilder
from coder_app.tables.numbers import write_plain
from coder_app.tables.text import MOST_COLUMNS, MOST_ROWS, SAV, TextTable, refuse

_CELLS_AT_ONCE = 500_000
_MOST_CACHED = 50_000
# SPSS counts seconds from the first day of the Gregorian calendar.
_BEGIN = datetime(1582, 10, 14)
_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "MOYR", "QYR", "WKYR", "DATETIME", "YMDHMS")
_TIMES = ("TIME", "DTIME", "MTIME")
_FALLBACK = "WINDOWS-1252"


def read_spss(stream: BinaryIO, file: str) -> TextTable:
    """Return the table of an SPSS file, or raise TableError naming what keeps it from being one.

    Rows are counted as in the file saved as CSV: the first case is row 2. Values that the file declares as
    missing become empty cells.
    """
    source = _Source(stream, file)
    builder = TableBuilder(file)
    _check(source.meta, file)
    columns = source.meta.column_names
    builder.set_header(1, columns)
    writers = [_ColumnWriter(source.meta, column) for column in columns]
    number = 1
    for values in source.blocks():
        texts = [writer.write(values[writer.column]) for writer in writers]
        for cells in zip(*texts, strict=True):
            number += 1
            if any(cells):
                builder.add_row(number, cells)
    if source.encoding is not None:
        said = "The file does not say truly how its letters are written; they were read as Western European."
        builder.log.warn(None, None, None, f"{said} Check letters with accents.")
    for writer in writers:
        if writer.n_missing:
            said = f"{_count(writer.n_missing)} declared missing in SPSS and taken as missing here."
            builder.log.warn(1, writer.column, writer.first_missing, said)
    labels = {name: label for name, label in source.meta.column_names_to_labels.items() if label}
    return builder.build(
        SAV, source.meta.file_encoding or "utf-8", labels=labels, value_labels=_value_labels(source.meta)
    )


class _Source:
    """Reads the file in stretches, in the encoding that it names or else in a common one."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = stream, file
        self._read = _import(file)
        self.encoding: str | None = None
        self.meta = self._call(metadataonly=True)[1]

    def blocks(self) -> Iterator[dict[str, Sequence[Any]]]:
        """Go through the values by column, so many cases at a time as fit in memory."""
        limit = max(1, _CELLS_AT_ONCE // max(1, len(self.meta.column_names)))
        offset = 0
        while True:
            values, _ = self._call(row_offset=offset, row_limit=limit)
            n = len(next(iter(values.values()), ()))
            if n:
                yield values
            offset += n
            if n < limit:
                return
            if offset > MOST_ROWS:
                raise refuse(self._file, f"The file has more than {MOST_ROWS:,} rows; split it into parts.")

    def _call(self, **options: Any) -> tuple[dict[str, Sequence[Any]], Any]:
        try:
            return self._call_once(**options)
        except ValueError:
            if self.encoding is not None:
                raise
            self.encoding = _FALLBACK
            return self._call_once(**options)

    def _call_once(self, **options: Any) -> tuple[dict[str, Sequence[Any]], Any]:
        self._stream.seek(0)
        try:
            return self._read(
                self._stream,
                output_format="dict",
                user_missing=True,
                disable_datetime_conversion=True,
                encoding=self.encoding,
                **options,
            )
        except Exception as error:
            if self.encoding is None and "encoding" in str(error):
                raise ValueError("another encoding") from None
            said = (
                "The SPSS file is damaged or breaks off. Open it in SPSS, save it again and choose that file."
            )
            raise refuse(self._file, said) from None


def _import(file: str) -> Callable[..., tuple[dict[str, Sequence[Any]], Any]]:
    try:
        from pyreadstat import read_sav
    except ImportError:
        said = (
            "SPSS files cannot be read on this computer: no pyreadstat is made for it. Save the file as CSV."
        )
        raise refuse(file, said) from None
    return read_sav


def _check(meta: Any, file: str) -> None:
    if not meta.column_names:
        raise refuse(file, "The SPSS file has no variables.")
    if len(meta.column_names) > MOST_COLUMNS:
        said = f"The file has {len(meta.column_names):,} columns. At most {MOST_COLUMNS:,} are read."
        raise refuse(file, said)
    if (meta.number_rows or 0) > MOST_ROWS:
        raise refuse(file, f"The file has more than {MOST_ROWS:,} rows; split it into parts.")


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


def _count(n: int) -> str:
    return f"{n:,} value is" if n == 1 else f"{n:,} values are"
