"""One world as one person sees it: the application on a copy, with a clock and randomness that repeat."""

import functools
import logging
import os
import random
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import Client

from coder_app.app import create_app
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.leakaudit.personas import Persona
from coder_app.services.actor import Tools
from coder_app.web.access import LOGIN_COOKIE

# Larger answers wait in files until they are looked through.
_IN_MEMORY = 1 << 20

Plant = Callable[[Flask], None]


class Seeded:
    """A clock and randomness that begin anew with every request: its place is all that counts."""

    def __init__(self, now: datetime) -> None:
        self._start = now
        self.begin(0)

    def begin(self, place: int) -> None:
        """Begin request number `place`."""
        self._now, self._random = self._start + timedelta(seconds=place), random.Random(place)  # noqa: S311

    def tools(self) -> Tools:
        """Return the tools of an application."""
        return Tools(clock=lambda: self._now, token_bytes=lambda count: self._random.randbytes(count))


@dataclass(frozen=True)
class Upload:
    """A file that a form sends; it can be sent again."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Request:
    """One request as it can be sent again in the other world."""

    place: int
    method: str
    url: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exchange:
    """One request and all that came back, also in the log; `ran` is the endpoint whose view was run."""

    request: Request
    status: int
    headers: tuple[tuple[str, str], ...]
    kept: bytes | Path
    digest: bytes
    log: str
    ran: str | None

    @property
    def body(self) -> bytes:
        """All bytes of the answer."""
        return self.kept.read_bytes() if isinstance(self.kept, Path) else self.kept

    @property
    def method(self) -> str:
        """The method that was asked."""
        return self.request.method

    @property
    def url(self) -> str:
        """The address that was asked for."""
        return self.request.url

    @property
    def place(self) -> str:
        """Method and address, for people."""
        return f"{self.method} {self.url}"

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return dict(self.headers).get("Content-Type", "").partition(";")[0]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Side:
    """The application of one world and one person's browser."""

    def __init__(
        self, settings: Settings, database: Database, who: Persona, now: datetime, plant: Plant | None = None
    ) -> None:
        self.settings, self.database, self._seeded = settings, database, Seeded(now)
        url = database.engine.url.render_as_string(hide_password=False)
        self.app = create_app(
            replace(settings, database_url=url), database=database, tools=self._seeded.tools()
        )
        self.app.config["PROPAGATE_EXCEPTIONS"] = False
        # Each world has an application of its own; the pages need not be compiled for each.
        self.app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(_beside(settings, "templates")))
        if plant:
            plant(self.app)
        self._ran: str | None = None
        for endpoint, view in self.app.view_functions.items():
            self.app.view_functions[endpoint] = self._noting(endpoint, view)
        self.client: Client = self.app.test_client()
        if who.token:
            self.client.set_cookie(LOGIN_COOKIE, who.token)

    def send(self, request: Request) -> Exchange:
        """Send a request and keep all that comes back."""
        self._seeded.begin(request.place)
        self._ran = None
        with _logged() as lines:
            status, headers, body = self._open(request)
        digest = sha256(body).digest()
        return Exchange(
            request=request,
            status=status,
            headers=headers,
            kept=body if len(body) < _IN_MEMORY else self._keep(body, digest.hex()),
            digest=digest,
            log="\n".join(lines),
            ran=self._ran,
        )

    def _keep(self, body: bytes, name: str) -> Path:
        path = _beside(self.settings, "answers") / name
        if not path.exists():
            part = path.with_name(f"{name}-{os.getpid()}")
            part.write_bytes(body)
            part.replace(path)
        return path

    def _open(self, request: Request) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        try:
            reply = self.client.open(request.url, method=request.method, **_fresh(request.options))
        except Exception:
            # What fails while its own error page is made reaches the server, which answers 500.
            logging.getLogger("coder_app").exception("no answer")
            return 500, (), b""
        body = reply.data
        reply.close()
        return reply.status_code, tuple(reply.headers), body

    def _noting(self, endpoint: str, view: Callable) -> Callable:
        # wraps() carries the mark over that says who may open the view.
        @functools.wraps(view)
        def run(*args: Any, **kwargs: Any) -> Any:
            self._ran = endpoint
            return view(*args, **kwargs)

        return run


def _beside(settings: Settings, name: str) -> Path:
    """Return a folder that all worlds share."""
    folder = settings.data_dir.parent / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def _logged():
    """Collect what is logged, from INFO on, and keep it from the terminal."""
    root, ours, handler = logging.getLogger(), logging.getLogger("coder_app"), _Lines()
    before, level, others = ours.level, ours.propagate, root.handlers[:]
    root.handlers[:] = [handler]
    ours.setLevel(logging.INFO)
    try:
        yield handler.lines
    finally:
        root.handlers[:] = others
        ours.setLevel(before)
        ours.propagate = level


def _fresh(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with files that have not been read yet."""
    data = options.get("data")
    if not isinstance(data, dict):
        return options
    return options | {
        "data": {
            name: (BytesIO(value.content), value.name) if isinstance(value, Upload) else value
            for name, value in data.items()
        }
    }
