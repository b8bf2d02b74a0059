"""Writing tables as CSV that every program reads alike and no spreadsheet takes for a formula."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from datetime import date
from numbers import Integral, Real

# A spreadsheet runs what starts with these; tab and return are there because it skips them first.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the table as CSV (RFC 4180): decimal points, numbers unrounded, None as an empty cell."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([_guarded(column) for column in columns])
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"A row has {len(row)} cells for {len(columns)} columns.")
        writer.writerow([_cell(value) for value in row])
    return target.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        number = float(value)
        if not math.isfinite(number):
            raise ValueError("A figure that cannot be computed is None, not NaN or infinite.")
        return repr(number)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"A cell cannot hold {type(value).__name__}.")


def _guarded(text: str) -> str:
    """An apostrophe makes a spreadsheet show the text instead of running it."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
