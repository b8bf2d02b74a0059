"""An SPSS data file (.sav, .zsav) as a table of text, with what SPSS calls its variables and values."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from coder_app.tables import sav_child
from coder_app.tables.building import TableBuilder
from coder_app.tables.text import SAV, TextTable, refuse

SECONDS = 300.0
PROJECT = Path(__file__).resolve().parents[2]

# -I: neither the environment nor the current folder decides what the child imports; ours comes last.
_BOOTSTRAP = "import sys; sys.path.append(sys.argv[1]); from coder_app.tables.sav_child import main; main()"
_INHERITED = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")  # Windows cannot start a process without them
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_NO_LIBRARY = (
    "SPSS files cannot be read on this computer: no pyreadstat is made for it. Save the file as CSV."
)
_GUESSED = "The file does not say truly how its letters are written; they were read as Western European."


def read_spss(stream: BinaryIO, file: str) -> TextTable:
    """Return the table of an SPSS file, or raise TableError naming what keeps it from being one.

    Rows are counted as in the file saved as CSV: the first case is row 2. Values that the file declares as
    missing become empty cells.
    """
    if find_spec("pyreadstat") is None:
        raise refuse(file, _NO_LIBRARY)
    builder = TableBuilder(file)
    said: dict[str, Any] | None = None
    number = 1
    for message in list_messages(stream):
        if refusal := message.get(sav_child.REFUSED):
            raise refuse(file, refusal)
        if columns := message.get(sav_child.COLUMNS):
            builder.set_header(1, columns)
        said = message.get(sav_child.END)
        for cells in zip(*message.get(sav_child.TEXTS, ()), strict=True):
            number += 1
            if any(cells):
                builder.add_row(number, cells)
    if said is None:
        # The process ended before the file did.
        raise refuse(file, sav_child.BROKEN)
    _warn(said, builder)
    return builder.build(SAV, said["encoding"], labels=said["labels"], value_labels=said["value_labels"])


def list_messages(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Go through what a child process finds in the file; they break off where the process does."""
    with ExitStack() as stack:
        # Nobody else sees it, and it is gone when it is closed.
        copy = stack.enter_context(tempfile.TemporaryFile())
        stream.seek(0)
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        child = stack.enter_context(
            subprocess.Popen(  # noqa: S603 (our own interpreter and code)
                [sys.executable, "-I", "-X", "utf8", "-c", _BOOTSTRAP, str(PROJECT)],
                stdin=copy,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=PROJECT,
                env={name: os.environ[name] for name in _INHERITED if name in os.environ} | _ENVIRONMENT,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        )
        stack.callback(child.kill)
        timer = threading.Timer(SECONDS, child.kill)
        stack.callback(timer.cancel)
        timer.start()
        for line in child.stdout:
            try:
                yield json.loads(line)
            except ValueError:
                return


def _warn(said: dict[str, Any], builder: TableBuilder) -> None:
    if said["guessed"]:
        builder.log.warn(None, None, None, f"{_GUESSED} Check letters with accents.")
    for column, n, first in said["missing"]:
        words = f"{_count(n)} declared missing in SPSS and taken as missing here."
        builder.log.warn(1, column, first, words)


def _count(n: int) -> str:
    return f"{n:,} value is" if n == 1 else f"{n:,} values are"
