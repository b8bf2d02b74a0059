"""Figures as files, drawn in a process of their own, one after the other.

Drawing loads a library for a second and holds the interpreter: in the server, saves would wait for it.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from coder_app.config import PROJECT
from coder_app.services.errors import Refused

FORMATS = ("svg", "pdf", "png")
SECONDS = 60.0
MOST_WAITING = 3
TOO_MANY = "Several figures are being drawn already. Ask for this one again in a moment."
TOO_SLOW = "This figure took too long to draw and was given up. Ask for it again."

# -I: neither the environment nor the current folder decides what the child imports; ours comes last.
_BOOTSTRAP = "import sys; sys.path.append(sys.argv[1]); from coder_app.analysis.figures import main; main()"
# Where the library keeps its list of fonts; and without the rest Windows cannot start a process.
_INHERITED = ("HOME", "XDG_CACHE_HOME", "USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")
_ENVIRONMENT = {"MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

# Requests that wait hold a thread of the server each: a few, so that saves always find one.
_waiting = threading.BoundedSemaphore(MOST_WAITING)
_drawing = threading.Lock()
_here = ContextVar("drawn here", default=False)


class FigureError(Exception):
    """The process that draws failed; its last words are for the log."""


@dataclass(frozen=True)
class Drawing:
    """A figure before it is drawn: its place on its page, and what `analysis.figures` reads.

    `picture` says which of the page's figures it is, `label` of what where there are several; `name` is both
    in an address.
    """

    picture: str
    label: str
    name: str
    form: str
    title: str
    caption: str
    data: Mapping[str, Any]


def draw(drawing: Drawing, form: str) -> bytes:
    """Return the figure as a file of one of the formats; refuse when too many wait for theirs."""
    if not _waiting.acquire(blocking=False):
        raise Refused(TOO_MANY)
    try:
        with _drawing:
            run = _render if _here.get() else _run
            return run(json.dumps({"drawing": asdict(drawing), "form": form}).encode())
    finally:
        _waiting.release()


@contextmanager
def drawn_here() -> Iterator[None]:
    """Draw in this process, and what was drawn before not again: for one that serves nobody."""
    before = _here.set(True)
    try:
        yield
    finally:
        _here.reset(before)


@lru_cache(maxsize=256)
def _render(asked: bytes) -> bytes:
    from coder_app.analysis.figures import render

    return render(**json.loads(asked))


def _run(asked: bytes) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and code)
            [sys.executable, "-I", "-X", "utf8", "-c", _BOOTSTRAP, str(PROJECT)],
            input=asked,
            capture_output=True,
            timeout=SECONDS,
            cwd=PROJECT,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ} | _ENVIRONMENT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(TOO_SLOW) from None
    if done.returncode or not done.stdout:
        raise FigureError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    return done.stdout
