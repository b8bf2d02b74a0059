"""Figures as files, drawn in a process of their own, one after the other.

Drawing loads a library for a second and holds the interpreter: in the server, saves would wait for it.
"""

import base64
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from coder_app.services.child import ChildTooSlow, run_child
from coder_app.services.errors import Refused

FORMATS = ("svg", "pdf", "png")
SECONDS = 60.0
SECONDS_EACH = 4.0
MOST_WAITING = 3
TOO_MANY = "Several figures are being drawn already. Ask for this one again in a moment."
TOO_SLOW = "This figure took too long to draw and was given up. Ask for it again."

# Requests that wait hold a thread of the server each: a few, so that saves always find one.
_waiting = threading.BoundedSemaphore(MOST_WAITING)
_drawing = threading.Lock()
_here = ContextVar("drawn here", default=False)


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
    with _turn():
        run = _render if _here.get() else _run
        return run(json.dumps({"drawing": asdict(drawing), "form": form}).encode())


def draw_all(drawings: Sequence[Drawing], form: str) -> list[bytes]:
    """Return several figures in one format, drawn by one process; refuse when too many wait for theirs."""
    if not drawings:
        return []
    with _turn():
        if _here.get():
            asked = [json.dumps({"drawing": asdict(one), "form": form}).encode() for one in drawings]
            return [_render(one) for one in asked]
        asked = json.dumps({"drawings": [asdict(one) for one in drawings], "form": form}).encode()
        answer = _run(asked, SECONDS_EACH * len(drawings))
        return [base64.b64decode(one) for one in json.loads(answer)]


@contextmanager
def _turn() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise Refused(TOO_MANY)
    try:
        with _drawing:
            yield
    finally:
        _waiting.release()


def is_drawn_here() -> bool:
    """Whether this process draws and packs by itself."""
    return _here.get()


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


def _run(asked: bytes, more_seconds: float = 0) -> bytes:
    try:
        return run_child("coder_app.analysis.figures", asked, SECONDS + more_seconds)
    except ChildTooSlow:
        raise Refused(TOO_SLOW) from None
