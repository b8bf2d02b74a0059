"""Reading a long CSV file for a statistic, and printing what the statistic found."""

import csv
import io
import json
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder_app.analysis.results import StatsError

if TYPE_CHECKING:
    import pandas as pd

NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$", re.ASCII)
DELIMITERS = (",", ";", "\t")


def read_frame(
    path: str,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    numeric: tuple[str, ...],
    key: tuple[str, ...] = (),
) -> "pd.DataFrame":
    """Read a long CSV file: identifiers as text as written, `numeric` columns as floats, empty = missing.

    Rows must differ in their `key` columns (without one: in every column but score), which are never empty.
    """
    return parse_frame(name_file(path), read_bytes(path), required, optional, numeric, key)


def parse_frame(
    name: str,
    raw: bytes,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    numeric: tuple[str, ...],
    key: tuple[str, ...] = (),
) -> "pd.DataFrame":
    """Read the bytes of a long CSV file as `read_frame` does; problems call it `name`."""
    import pandas as pd

    header, rows = _read_rows(name, _decode(raw, name), required, optional)
    keys = [column for column in header if column in key] if key else [c for c in header if c != "score"]
    filled = set(keys) | {column for column in required if column not in numeric}
    columns: dict[str, list] = {column: [] for column in header}
    for number, cells in rows:
        for column, text in zip(header, cells, strict=True):
            if not text and column in filled:
                raise StatsError(f"{name}, row {number}, column {column}: empty; expected a value")
            value = _parse_number(name, number, column, text) if column in numeric else text
            columns[column].append(value)
    _check_unique(name, keys, columns, [number for number, _ in rows])
    return pd.DataFrame(
        {c: pd.Series(values, dtype=float if c in numeric else object) for c, values in columns.items()}
    )


def read_order(path: str, column: str, texts: list[str]) -> list:
    """Read what puts rows in order: all numbers, or all dates or times that begin with YYYY-MM-DD."""
    if all(NUMBER.fullmatch(text) for text in texts):
        return [float(text.replace(",", ".")) for text in texts]
    strange = next((text for text in texts if not DATE.match(text)), None)
    if strange is not None:
        raise StatsError(
            f"{name_file(path)}, column {column}: {strange!r}; expected a number in every row, or a date "
            "such as 2026-03-02 in every row"
        )
    return texts


def name_file(path: str) -> str:
    """Return what problems call a file."""
    return "standard input" if path == "-" else path


def read_bytes(path: str) -> bytes:
    """Read a file, or standard input."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise StatsError(f"{name_file(path)}: cannot be read ({error.strerror})") from error


def emit(data: dict, as_json: bool, render: Callable[[dict], str]) -> None:
    """Print the result: one JSON object and nothing else, or the text that `render` makes of it."""
    click.echo(json.dumps(data, ensure_ascii=False, allow_nan=False) if as_json else render(data))


def format_table(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Lay out rows in aligned columns: numbers to the right, a dash for what is missing."""
    cells = [[str(name) for name in header], *[[_format_cell(value) for value in row] for row in rows]]
    right = [all(not isinstance(row[i], str) for row in rows) for i in range(len(header))]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    )


def _format_cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _decode(raw: bytes, name: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw:
        raise StatsError(f"{name}: not a text file; expected CSV")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _read_rows(
    name: str, text: str, required: tuple[str, ...], optional: tuple[str, ...]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(name, header, required, optional)
        rows = []
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if len(cells) != len(header):
                raise StatsError(
                    f"{name}, row {reader.line_num}: {len(cells)} cells; expected {len(header)} "
                    f"({', '.join(header)})"
                )
            rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise StatsError(f"{name}, row {reader.line_num}: not readable as CSV ({error})") from error
    if not rows:
        raise StatsError(f"{name}: no data rows; expected one row per score")
    return header, rows


def _check_header(name: str, header: list[str], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    expected = ", ".join([*required, *[f"{column} (optional)" for column in optional]])
    if not any(header):
        raise StatsError(f"{name}: empty; expected the columns {expected}")
    for problem, columns in (
        ("missing column", [c for c in required if c not in header]),
        ("unknown column", [c for c in header if c not in (*required, *optional)]),
        ("repeated column", sorted({c for c in header if header.count(c) > 1})),
    ):
        if columns:
            named = ", ".join(repr(column) for column in columns)
            raise StatsError(f"{name}, row 1: {problem} {named}; expected {expected}")


def _parse_number(name: str, row: int, column: str, text: str) -> float:
    if not text:
        return math.nan
    value = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise StatsError(
            f"{name}, row {row}, column {column}: {text!r}; expected a number, or nothing if missing"
        )
    return value


def _check_unique(name: str, keys: list[str], columns: dict[str, list], numbers: list[int]) -> None:
    seen: dict[tuple, int] = {}
    for number, values in zip(numbers, zip(*(columns[k] for k in keys), strict=True), strict=True):
        if values in seen:
            named = ", ".join(f"{k} {v}" for k, v in zip(keys, values, strict=True))
            raise StatsError(
                f"{name}, row {number}: {named} is already in row {seen[values]}; expected one row for each"
            )
        seen[values] = number
