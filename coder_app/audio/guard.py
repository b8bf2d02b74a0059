"""One guarded child process, as its parent sees it."""

import base64
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from coder_app.audio.clean import CleanSettings
from coder_app.audio.mute import MuteSettings

PROJECT = Path(__file__).resolve().parents[2]

# -I: neither the environment nor the current folder decides what the child imports; ours comes last.
BOOTSTRAP = "import sys; sys.path.append(sys.argv[1]); from coder_app.audio.child import main; main()"
INHERITED = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")  # Windows cannot start a process without them
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def command() -> list[str]:
    """Return how the child is started."""
    return [sys.executable, "-I", "-X", "utf8", "-c", BOOTSTRAP, str(PROJECT)]


class GuardedChild:
    """A child, the job it is at and the place of the file that it reads for it.

    What it says comes as (child, message), its end as (child, None).
    """

    def __init__(self, messages: queue.Queue) -> None:
        self.job: int | None = None
        self.place = 0
        self.ready = False
        self.heard = self.fed = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
            command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=PROJECT,
            env={name: os.environ[name] for name in INHERITED if name in os.environ} | ENVIRONMENT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._reader = threading.Thread(target=self._read, args=(messages,), daemon=True)
        self._reader.start()

    def send(self, sources: Sequence[Path], target: Path, settings: CleanSettings | MuteSettings) -> None:
        """Give the child its next job; a child that has ended is noticed by its silence."""
        self.heard = self.fed = time.monotonic()
        self.place = 0
        paths = {"sources": [str(source.absolute()) for source in sources], "target": str(target.absolute())}
        job = paths | {"settings": asdict(settings)}
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._process.kill()

    def kill(self) -> None:
        """End the child and everything that was opened for it."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        try:
            self._process.stdin.close()
        except OSError:
            # A job that never reached the child is lost with it.
            return

    def _read(self, messages: queue.Queue) -> None:
        for line in self._process.stdout:
            try:
                message = json.loads(line)
                if "result" in message:
                    message["result"]["peaks"] = base64.b64decode(message["result"]["peaks"])
            except ValueError:
                break
            self.ready = True
            messages.put((self, message))
        messages.put((self, None))
