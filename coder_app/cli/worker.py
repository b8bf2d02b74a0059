"""The worker process that ``serve`` starts: told on standard input what to work on, ended with the server."""

import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TextIO

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.services.actor import Tools


def describe(settings: Settings) -> bytes:
    """Return the line that tells a worker its database and folders; an argument would show passwords."""
    fields = {"data_dir": str(settings.data_dir), "database_url": settings.database_url}
    return json.dumps(fields).encode() + b"\n"


def main() -> None:
    """Run work until the server ends."""
    told = sys.stdin.readline()
    if not told:  # the server was killed before it could say what to work on
        return
    settings = _read_settings(told)
    threading.Thread(target=_end_with_server, args=(sys.stdin,), daemon=True).start()
    os.umask(0o077)
    keep_temporary_files_in(settings.data_dir)
    from coder_app.services import import_rows
    from coder_app.services.recording_job import tidy
    from coder_app.worker import run_forever

    database = Database(settings.database_url)
    try:
        tidy(database, settings)
        import_rows.tidy(database)
    except Exception as error:  # the work itself tidies too, and says what fails
        print(f"coder_app: tidying failed: {type(error).__name__}", file=sys.stderr)
    run_forever(database, Tools(), settings)


def keep_temporary_files_in(data_dir: Path) -> None:
    """Have temporary files, which may hold speech, made inside the data folder and not where all can look."""
    folder = data_dir / "tmp"
    folder.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = str(folder)


def _read_settings(line: str) -> Settings:
    fields = json.loads(line)
    return Settings(Path(fields["data_dir"]), fields["database_url"], secret_key=b"")


def _end_with_server(stream: TextIO) -> None:
    # The pipe closes when the server ends, even when it is killed. Half-done work is begun again later.
    while stream.read(1):
        continue
    os._exit(0)


if __name__ == "__main__":
    main()
