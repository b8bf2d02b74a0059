"""The server as a process: it starts quickly, once on a data folder, and its worker ends with it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from coder_app.cli import serving
from coder_app.config import PROJECT
from coder_app.services.folder_lock import FolderLock

HEAVY = (
    *("pandas", "pingouin", "matplotlib", "av", "scipy", "numpy", "alembic", "statsmodels"),
    *("openpyxl", "pyreadstat", "defusedxml", "docx"),
)
IMPORTS = """
import sys
from pathlib import Path
from types import SimpleNamespace
from coder_app.app import create_app
from coder_app.config import Settings
app = create_app(Settings(Path(sys.argv[1]), f"sqlite:///{sys.argv[1]}/copy.sqlite", b"0" * 32))
assert app.test_client().get("/").location == "/setup"
print(" ".join(name for name in sys.argv[2:] if name in sys.modules))
"""


class Server:
    """A server on a free port with its output."""

    def __init__(self, data: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "coder_app.cli", "serve", "--no-browser", "--port", "0"],
            env=environment | {"CODER_APP_DATA": str(data)},
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A shell that runs the tests in the background has them ignore Ctrl+C, which children inherit.
            preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) if os.name == "posix" else None,
        )
        self.first_line = self.process.stdout.readline()

    @property
    def address(self) -> str:
        return re.search(r"http://\S+", self.first_line).group()

    def end(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        # A server that does not end is killed, so that the test fails and does not hang.
        watch = threading.Timer(60, self.process.kill)
        watch.start()
        said = self.process.stdout.read()
        watch.cancel()
        self.process.wait(20)
        return said


@pytest.fixture
def start(tmp_path):
    servers = []

    def started(data: Path = tmp_path / "data") -> Server:
        servers.append(Server(data))
        return servers[-1]

    yield started
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        server.process.stdout.close()


def worker_of(data: Path) -> list[int]:
    """The processes that hold the data folder open as workers, by their parent's environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"coder_app.cli.worker" in (entry / "cmdline").read_bytes()
                and str(data).encode() in (entry / "environ").read_bytes()
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_for(condition, seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_the_server_process_loads_none_of_the_libraries_that_cost_seconds(tmp_path, empty_sqlite):
    shutil.copy(empty_sqlite, tmp_path / "copy.sqlite")
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(tmp_path), *HEAVY], cwd=PROJECT, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr


def test_it_prints_its_address_and_the_set_up_code_and_answers(start):
    server = start()
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().headers["Location"] == "/setup"
    connection.close()
    assert re.search(r"set-up code: [0-9a-f]{12}\n", server.end())


def test_a_second_server_on_the_same_data_is_refused(start, tmp_path):
    start()
    second = start()
    assert second.process.wait(20) != 0
    assert f"{tmp_path / 'data'} is being served already" in second.first_line


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes through /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_worker_ends_with_the_server_however_it_ends(start, tmp_path, number):
    server = start()
    assert wait_for(lambda: worker_of(tmp_path / "data"))
    said = server.end(number)
    assert wait_for(lambda: not worker_of(tmp_path / "data"))
    assert "Traceback" not in said
    with FolderLock(tmp_path / "data" / "serve.lock") as lock:
        assert lock.acquire()


def test_a_worker_whose_server_was_killed_before_it_said_anything_ends_in_silence():
    ran = subprocess.run(
        [sys.executable, "-m", "coder_app.cli.worker"], cwd=PROJECT, input="", capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes through /proc")
def test_a_worker_that_dies_is_started_again(start, tmp_path):
    start()
    assert wait_for(lambda: worker_of(tmp_path / "data"))
    [first] = worker_of(tmp_path / "data")
    os.kill(first, signal.SIGKILL)
    assert wait_for(lambda: worker_of(tmp_path / "data") not in ([], [first]))


def test_a_worker_that_dies_before_it_was_told_anything_is_started_again(settings, monkeypatch):
    begun = []

    def end_at_once(command, **options):
        begun.append(subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE))
        begun[-1].wait()
        return begun[-1]

    monkeypatch.setattr(serving, "subprocess", SimpleNamespace(Popen=end_at_once, PIPE=subprocess.PIPE))
    worker = serving.WorkerProcess(settings)
    worker.start()
    assert wait_for(lambda: len(begun) > 1)
    worker.end()


def test_a_lock_is_held_by_one_and_free_again_afterwards(tmp_path):
    first, second = FolderLock(tmp_path / "lock"), FolderLock(tmp_path / "lock")
    assert first.acquire() and not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
