"""A real server on a folder of its own, and a real browser in front of it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
from playwright.sync_api import Error

from coder_app.audio.clean import clean_recording
from coder_app.cli.test import find_chromium
from coder_app.demo.speech import speech, write_recording
from tests.makers.room import make_room

PROJECT = Path(__file__).resolve().parent.parent.parent
SHOTS = Path(__file__).resolve().parent / "screenshots"
WIDTHS = (1366, 390)
# In ms: far longer than anything takes, on a machine that does other work too.
PATIENCE = 60_000
REFRESHES = 20


class Server:
    """`serve` as a person starts it, with its address and its set-up code."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "coder_app.cli", "serve", "--port", "0", "--no-browser"],
            cwd=PROJECT,
            env=os.environ | {"CODER_APP_DATA": str(data), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = self._find(r"at (http://\S+?)/? ")

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._process.pid

    @cached_property
    def setup_code(self) -> str:
        """The code that the first account needs; not printed once there is one."""
        return self._find(r"set-up code: (\S+)")

    def _find(self, pattern: str) -> str:
        for line in self._process.stdout:
            if match := re.search(pattern, line):
                return match[1]
        raise AssertionError(f"the server ended without printing {pattern}")

    def end(self) -> None:
        """Stop the server as Ctrl+C does."""
        self._process.terminate()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty installation."""
    started = Server(tmp_path_factory.mktemp("installation"))
    yield started
    started.end()


@pytest.fixture(scope="session")
def coding_room(tmp_path_factory: pytest.TempPathFactory):
    """A room, its address, and a recording of a few seconds, for tests that change nothing for all coders."""
    folder = tmp_path_factory.mktemp("coding_room")
    write_recording(folder / "sound.wav", speech(8.0, 1))
    result = clean_recording([folder / "sound.wav"], folder / "clean.m4a")
    room = make_room(folder / "data")
    recording_id = room.recording("zora-mila", folder / "clean.m4a", result)
    server = Server(folder / "data")
    yield room, server.address, recording_id
    server.end()


@pytest.fixture(scope="session")
def chromium():
    """Chromium without a window; skipped with a clear word where there is none, never in CI."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI must not go without")
        pytest.skip("no Chromium found")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


@pytest.fixture
def person(chromium, server):
    """Return a function that opens a browser window of somebody's own."""
    contexts, complaints = [], []

    def open_window():
        context = chromium.new_context(base_url=server.address, viewport={"width": 1366, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: _listen(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def look():
    """Return a function that photographs a page at both widths and lets axe read it."""
    SHOTS.mkdir(exist_ok=True)

    def look_at(page, name: str) -> None:
        for _ in range(REFRESHES):
            try:
                return _look_at(page, name)
            except Error as error:
                # A page that waits for a result loads itself anew.
                if "context was destroyed" not in str(error):
                    raise
                page.wait_for_load_state()
        raise AssertionError(f"{name} never stands still")

    return look_at


def _look_at(page, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in violations] == [], name
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert sideways <= 0, f"{name} scrolls sideways at {width} px"
    page.set_viewport_size({"width": 1366, "height": 900})


def _listen(message, complaints: list[str]) -> None:
    # A form that is sent back with its mistakes is no fault of the page.
    if message.type == "error" and "status of 422" not in message.text:
        complaints.append(f"{message.text} ({message.location.get('url', '')})")
