"""What kind of values the columns of our own CSV hold: text, whole numbers, numbers, or true and false."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from coder_app.tables.writing import FORMULA_STARTS

TEXT, WHOLE, NUMBER, FLAG = "text", "whole number", "number", "true or false"
_FLAGS = {"true": True, "false": False}
# Longer numbers lose digits as floating-point numbers: they are names.
_MOST_DIGITS = 15

Value = str | int | float | bool | None


@dataclass(frozen=True)
class TypedColumn:
    """One column; a value is None where its cell is empty."""

    name: str
    kind: str
    values: tuple[Value, ...]

    @property
    def known(self) -> list[Value]:
        """The values that are there."""
        return [value for value in self.values if value is not None]


def read_typed(text: str, texts: Collection[str] = ()) -> list[TypedColumn]:
    """Return the columns of a CSV that `write_csv` wrote; those named in `texts` are text in any case.

    A column of numbers holds nothing but numbers as `write_csv` writes them: 07 is text. One without any
    value counts as numbers. The apostrophe that keeps a spreadsheet from running a text is taken off.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    names = next(rows)
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    return [
        _column(_bare(name), tuple(map(_bare, column)), name in texts)
        for name, column in zip(names, cells, strict=True)
    ]


def _bare(cell: str) -> str:
    is_guarded = cell.startswith("'") and cell[1:].lstrip(" ").startswith(FORMULA_STARTS)
    return cell[1:] if is_guarded else cell


def _column(name: str, cells: tuple[str, ...], is_text: bool) -> TypedColumn:
    known = {cell for cell in cells if cell}
    if is_text or not all(_is_number(cell) for cell in known):
        if known and not is_text and known <= _FLAGS.keys():
            return TypedColumn(name, FLAG, tuple(_FLAGS.get(cell) for cell in cells))
        return TypedColumn(name, TEXT, tuple(cell or None for cell in cells))
    if all(_is_whole(cell) for cell in known):
        return TypedColumn(name, WHOLE, tuple(int(cell) if cell else None for cell in cells))
    return TypedColumn(name, NUMBER, tuple(float(cell) if cell else None for cell in cells))


def _is_whole(cell: str) -> bool:
    digits = cell.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > _MOST_DIGITS:
        return False
    return digits == "0" or digits[0] != "0"


def _is_number(cell: str) -> bool:
    if _is_whole(cell):
        return True
    try:
        return repr(float(cell)) == cell and cell.lstrip("-")[:1].isdecimal()
    except ValueError:
        return False
