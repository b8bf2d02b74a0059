"""Tables as SPSS files with labels: the same bytes for the same table."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from coder_app.tables.typed import FLAG, NUMBER, TEXT, WHOLE, TypedColumn

# What SPSS reads in names and labels at most, in bytes.
_LONGEST_NAME, _LONGEST_LABEL, _LONGEST_VALUE, _LONGEST_FILE = 64, 255, 120, 64
_LONGEST_TEXT = 32_767
# Words that SPSS keeps for itself.
_RESERVED = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
# The header tells when the file was written: nine characters of a day and eight of a time, at this place.
_MOMENT_AT, _MOMENT = 92, b"01 Jan 8000:00:00"
_IS_MOMENT = re.compile(rb"\d\d [A-Z][a-z]{2} \d\d(\d\d:){2}\d\d")
_FORMATS = {WHOLE: "F8.0", NUMBER: "F10.3", FLAG: "F1.0"}


@dataclass(frozen=True)
class Labels:
    """What a column means; `codes` are words that become 1, 2, ...; `values` are the words of scores."""

    label: str
    codes: Sequence[str] = ()
    values: Mapping[float, str] = field(default_factory=dict)


def write_sav(title: str, columns: Sequence[TypedColumn], labels: Mapping[str, Labels]) -> bytes:
    """Return the table as an SPSS system file with labels of variables and values, measures and formats."""
    names = [_name(column.name) for column in columns]
    own = [labels.get(column.name, Labels("")) for column in columns]
    coded = [
        bool(one.codes) and _is_coded(column, one.codes) for column, one in zip(columns, own, strict=True)
    ]
    parts = list(zip(names, columns, own, coded, strict=True))
    frame = pd.DataFrame({name: _values(column, one, code) for name, column, one, code in parts})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.sav"
        pyreadstat.write_sav(
            frame,
            path,
            file_label=_cut(title, _LONGEST_FILE),
            column_labels={name: _cut(one.label, _LONGEST_LABEL) for name, _, one, _ in parts},
            variable_value_labels={
                name: found
                for name, column, one, code in parts
                if (found := _value_labels(column, one, code))
            },
            variable_measure={name: _measure(column, one, code) for name, column, one, code in parts},
            variable_format={
                name: "F2.0" if code else _FORMATS[column.kind]
                for name, column, _, code in parts
                if code or column.kind != TEXT
            },
        )
        return _without_moment(path.read_bytes())


def _is_coded(column: TypedColumn, codes: Sequence[str]) -> bool:
    return column.kind == TEXT and all(value in codes for value in column.known)


def _values(column: TypedColumn, labels: Labels, coded: bool) -> pd.Series:
    if coded:
        places: dict[Any, float] = {word: float(place) for place, word in enumerate(labels.codes, start=1)}
        return pd.Series([places.get(value) for value in column.values], dtype="float64")
    if column.kind == TEXT:
        return pd.Series([_cut(str(v or ""), _LONGEST_TEXT) for v in column.values], dtype="object")
    return pd.Series([None if v is None else float(v) for v in column.values], dtype="float64")


def _value_labels(column: TypedColumn, labels: Labels, coded: bool) -> dict[float, str]:
    if coded:
        return {float(place): _cut(word, _LONGEST_VALUE) for place, word in enumerate(labels.codes, start=1)}
    if column.kind == FLAG:
        return {0.0: "false", 1.0: "true"}
    if column.kind == TEXT:
        return {}
    return {float(value): _cut(word, _LONGEST_VALUE) for value, word in labels.values.items()}


def _measure(column: TypedColumn, labels: Labels, coded: bool) -> str:
    if coded or column.kind in (TEXT, FLAG):
        return "nominal"
    return "ordinal" if labels.values else "scale"


def _name(name: str) -> str:
    """A name that SPSS takes: ours need at most another ending."""
    return _cut(f"{name}_" if name.upper() in _RESERVED else name, _LONGEST_NAME)


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _without_moment(data: bytes) -> bytes:
    end = _MOMENT_AT + len(_MOMENT)
    if not _IS_MOMENT.fullmatch(data[_MOMENT_AT:end]):
        raise ValueError("the header has no moment where SPSS keeps it")
    return data[:_MOMENT_AT] + _MOMENT + data[end:]
