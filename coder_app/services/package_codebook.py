"""The codebook: every column of every table in the package, for programs as CSV and for people as HTML."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from coder_app.services.package_words import APOSTROPHE, CODES, is_text, meaning_of

_SHOWN = ("Column", "Meaning", "Type", "Range or values", "Missing")
COLUMNS = ("file", "column", "meaning", "type", "lowest", "highest", "values", "cells", "missing")
_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#15212a}"
    "table{border-collapse:collapse;width:100%;margin-bottom:2rem}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #c9d2d6}"
    "td.n{text-align:right;white-space:nowrap}"
)


@dataclass(frozen=True)
class Entry:
    """What the codebook says of one column."""

    file: str
    column: str
    meaning: str
    type: str
    lowest: float | None
    highest: float | None
    values: str
    cells: int
    missing: int

    @property
    def cells_of(self) -> tuple[object, ...]:
        """The entry as a row."""
        return tuple(getattr(self, name) for name in COLUMNS)


def texts_of(text: str) -> frozenset[str]:
    """Return the columns of a CSV that are text whatever they hold."""
    return frozenset(name for name in next(csv.reader(io.StringIO(text, newline=""))) if is_text(name))


def describe_table(
    path: str, text: str, anchors: Mapping[int, str], scale: tuple[int, int] | None = None
) -> list[Entry]:
    """Return the entries of a table; `anchors` are the words of its scores, `scale` their ends."""
    from coder_app.tables.typed import FLAG, TEXT, read_typed

    entries = []
    for column in read_typed(text, texts_of(text)):
        known = column.known
        numbers = [] if column.kind in (TEXT, FLAG) else known
        lowest, highest = (min(numbers), max(numbers)) if numbers else (None, None)
        if scale and column.name == "score":
            lowest, highest = scale
        values = _values(column.name, column.kind == FLAG, anchors, known)
        entries.append(
            Entry(
                *(path, column.name, meaning_of(column.name), column.kind, lowest, highest, values),
                *(len(column.values), len(column.values) - len(known)),
            )
        )
    return entries


def write_codebook(entries: Iterable[Entry]) -> str:
    """Return the codebook as CSV."""
    from coder_app.tables.writing import write_csv

    return write_csv(COLUMNS, (entry.cells_of for entry in entries))


def show_codebook(study: str, abouts: Mapping[str, str], entries: Sequence[Entry]) -> str:
    """Return the codebook as a page that needs nothing else; `abouts` say what each table holds."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>Codebook: {escape(study)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Codebook</h1><p>{escape(study)}. An empty cell is a missing value. Figures are unrounded. "
        f"{escape(APOSTROPHE)}</p>",
    ]
    for path, about in abouts.items():
        parts.append(f"<h2>{escape(path)}</h2><p>{escape(about)}</p><table><thead><tr>")
        parts += [f'<th scope="col">{title}</th>' for title in _SHOWN]
        parts.append("</tr></thead><tbody>")
        parts += [_show(entry) for entry in entries if entry.file == path]
        parts.append("</tbody></table>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _show(entry: Entry) -> str:
    span = "" if entry.lowest is None else f"{entry.lowest:g} to {entry.highest:g}"
    said = "; ".join(filter(None, (span, entry.values)))
    cells = (entry.meaning, entry.type, said)
    return (
        f'<tr><th scope="row">{escape(entry.column)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + f'<td class="n">{entry.missing} of {entry.cells}</td></tr>'
    )


def _values(column: str, is_flag: bool, anchors: Mapping[int, str], known: Collection[object]) -> str:
    if is_flag:
        return "true, false (1, 0 in SPSS)"
    if column == "score" and anchors:
        return "; ".join(f"{score} = {label}" for score, label in sorted(anchors.items()))
    codes = CODES.get(column)
    if codes and set(known) <= set(codes):
        return "; ".join(f"{word} ({place} in SPSS)" for place, word in enumerate(codes, start=1))
    return ""
