"""Serving an installation: one server on a data folder, and one worker beside it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import click

from coder_app.cli.worker import describe, keep_temporary_files_in
from coder_app.config import PROJECT, Settings
from coder_app.db import Database, sqlite_driver, wal_is_safe
from coder_app.services.folder_lock import FolderLock

LOCK = "serve.lock"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
THREADS = 12
# A browser keeps six connections open, so fifty coders have three hundred; at the limit a save waits until
# somebody leaves. Windows can watch 512.
MOST_CONNECTIONS = 500
# Uploads come in pieces of 512 KiB, which stay in memory; 1 MiB is where waitress begins a file.
MOST_IN_MEMORY = 1 << 20
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 30.0
LIVED_LONG_ENOUGH = 60.0


def serve_app(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    browser: bool = True,
    notices: Sequence[str] = (),
) -> None:
    """Serve the installation until it is ended; the demo hands in its own settings and notices."""
    with FolderLock(settings.data_dir / LOCK) as lock:
        if not lock.acquire():
            raise click.ClickException(
                f"{settings.data_dir} is being served already. End that server first, "
                "or set CODER_APP_DATA to another folder."
            )
        os.umask(0o077)
        keep_temporary_files_in(settings.data_dir)
        _serve(settings, host, port, browser, notices)


def _serve(settings: Settings, host: str, port: int, browser: bool, notices: Sequence[str]) -> None:
    from waitress.server import create_server

    from coder_app.app import create_app
    from coder_app.leakaudit.copy import remove_leftovers
    from coder_app.migrations import upgrade

    remove_leftovers(settings)
    database = Database(settings.database_url)
    upgrade(database)
    app = create_app(settings, database=database)
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=MOST_CONNECTIONS,
            # Where there is poll: select ends at 1,024 open files of any kind.
            asyncore_use_poll=True,
            ident=None,
            inbuf_overflow=MOST_IN_MEMORY,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + MOST_IN_MEMORY,
            **_proxy(settings),
        )
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used ({error.strerror}); choose another with --port."
        ) from None
    address = f"http://{_in_address(host)}:{server.effective_port}/"
    _announce(address, [*_remarks(settings, host), *_setup_line(app, database), *notices])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    worker = WorkerProcess(settings)
    try:
        worker.start()
        if browser:
            _open_browser(address)
        server.run()
    finally:
        worker.end()
        server.close()


def _proxy(settings: Settings) -> dict[str, object]:
    """Believe the proxy that ends HTTPS on this computer, and it alone, about people's scheme and address."""
    if not settings.secure_cookies:
        return {}
    return {
        "trusted_proxy": "127.0.0.1",
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


class WorkerProcess:
    """The worker, started again when it dies and ended with the server."""

    def __init__(self, settings: Settings) -> None:
        self._first_line = describe(settings)
        self._process: subprocess.Popen | None = None
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @property
    def pid(self) -> int | None:
        """The process's id while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the worker and keep it running."""
        self._keeper.start()

    def end(self) -> None:
        """End the worker; what it is at is begun again at the next start."""
        self._ending.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()
        if self._keeper.is_alive():
            self._keeper.join()

    def _keep(self) -> None:
        wait = SHORTEST_WAIT
        while True:
            with self._lock:
                if self._ending.is_set():
                    return
                self._process = process = self._spawn()
            began = time.monotonic()
            code = process.wait()
            # A worker that was killed before it was told anything leaves words that nobody reads.
            with suppress(OSError):
                process.stdin.close()
            if self._ending.is_set():
                return
            wait = (
                SHORTEST_WAIT if time.monotonic() - began > LIVED_LONG_ENOUGH else min(wait * 2, LONGEST_WAIT)
            )
            click.echo(f"coder_app: the worker ended ({code}); starting it again in {wait:.0f} s.", err=True)
            self._ending.wait(wait)

    def _spawn(self) -> subprocess.Popen:
        # A group of its own: Ctrl+C and `kill` are for the server, which ends the worker itself.
        process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "coder_app.cli.worker"],
            stdin=subprocess.PIPE,
            cwd=PROJECT,
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        try:
            process.stdin.write(self._first_line)
            process.stdin.flush()
        except OSError:
            process.kill()
        return process


def _remarks(settings: Settings, host: str) -> list[str]:
    remarks = []
    version = sqlite_driver().sqlite_version_info
    if settings.is_sqlite and not wal_is_safe(version):
        remarks.append(
            f"SQLite {'.'.join(map(str, version))} can damage a database in WAL mode, so the journal mode is "
            "DELETE: nothing is lost, but saving waits for reading."
        )
    if host not in LOOPBACK:
        remarks.append(
            "Other computers can reach this server. Put HTTPS in front of it, and name its address in "
            "CODER_APP_HOSTS."
        )
    return remarks


def _setup_line(app, database: Database) -> list[str]:
    from coder_app.services.people import has_users
    from coder_app.web.auth.views import setup_code

    with database.read() as db:
        if has_users(db):
            return []
    with app.app_context():
        return [f"There is no account yet. Open the address and give this set-up code: {setup_code()}"]


def _announce(address: str, lines: Sequence[str]) -> None:
    click.echo(f"coder_app is at {address} (Ctrl+C ends it)")
    for line in lines:
        click.echo(line)
    sys.stdout.flush()


def _in_address(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _open_browser(address: str) -> None:
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
