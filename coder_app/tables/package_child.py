"""Writes workbook and SPSS files in a process of its own: their libraries take memory and a second to load.

It reads JSON from standard input: `title`, `texts` (columns that are text whatever they hold), `sheets`
(file, name, about, csv) and `savs` (file, title, csv, labels); and writes a ZIP of the files to standard
output.
"""

import io
import json
import os
import sys
import zipfile
from typing import Any

from coder_app.tables.book import Sheet, write_book
from coder_app.tables.sav_writing import Labels, write_sav
from coder_app.tables.typed import read_typed


def main() -> None:
    """Read what is asked for from standard input and write the files to standard output."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever saves comes first
    sys.stdout.buffer.write(write_files(json.load(sys.stdin)))


def write_files(asked: dict[str, Any]) -> bytes:
    """Return the workbook, `workbook.xlsx`, and the SPSS files in a ZIP that packs nothing."""
    texts = frozenset(asked["texts"])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        sheets = [
            Sheet(one["file"], one["name"], one["about"], read_typed(one["csv"], texts))
            for one in asked["sheets"]
        ]
        archive.writestr("workbook.xlsx", write_book(asked["title"], sheets))
        for one in asked["savs"]:
            columns = read_typed(one["csv"], texts)
            labels = {name: _labels(given) for name, given in one["labels"].items()}
            archive.writestr(one["file"], write_sav(one["title"], columns, labels))
    return target.getvalue()


def _labels(given: dict[str, Any]) -> Labels:
    values = {float(value): word for value, word in given.get("values", {}).items()}
    return Labels(given["label"], tuple(given.get("codes", ())), values)
