"""90 minutes in Chromium: the end sounds at once, memory stays, a lost connection comes back."""

import random
import statistics
import sys
from pathlib import Path

import numpy as np
import pytest

from coder_app.audio.clean import clean_recording
from coder_app.audio.ranges import RANGE_CAP
from coder_app.demo.speech import SAMPLE_RATE, write_recording
from tests.browser.conftest import Server
from tests.browser.desk import TIME, click_at, sitting_at, until
from tests.makers.room import make_room
from tests.makers.sound import repeat

pytestmark = pytest.mark.browser

PIECE = 60
LENGTH = 90 * PIECE

# The time from the press of the mouse until the recording is decoded and goes on playing from there.
WATCH = """() => {
  const audio = document.querySelector("audio");
  window.waits = [];
  document.querySelector("[data-seek]").addEventListener("pointerdown", (event) => {
    const pressed = event.timeStamp, decoded = audio.webkitAudioDecodedByteCount;
    audio.addEventListener("seeked", () => {
      const { currentTime } = audio;
      const timer = setInterval(() => {
        if (audio.currentTime > currentTime + 0.02 && audio.webkitAudioDecodedByteCount !== decoded) {
          clearInterval(timer);
          window.waits.push(performance.now() - pressed);
        }
      }, 5);
    }, { once: true });
  });
}"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((8, 25), id="short"),
        # Chromium keeps what it has loaded up to a limit of its own, which some 600 seeks reach.
        pytest.param((700, 300), id="long", marks=pytest.mark.long),
    ],
)
def served(request, tmp_path_factory):
    """A room with a recording of 90 minutes, the address at which it is served, and numbers of seeks."""
    folder = tmp_path_factory.mktemp("sound")
    # Noise fills the file as no speech does.
    noise = np.random.default_rng(1).normal(0, 3000, PIECE * SAMPLE_RATE).astype(np.int16)
    write_recording(folder / "noise.wav", noise)
    minute = clean_recording([folder / "noise.wav"], folder / "minute.m4a")
    result = repeat(folder / "minute.m4a", minute, LENGTH // PIECE, folder / "clean.m4a")
    assert result.duration == pytest.approx(LENGTH, abs=2)
    room = make_room(folder / "data")
    recording_id = room.recording("zora-mila", folder / "clean.m4a", result)
    server = Server(folder / "data")
    yield room, server.address, recording_id, request.param
    server.end()


@pytest.fixture
def desk(served, chromium):
    """The desk of a coder who has heard nothing yet."""
    room, address, recording_id, _ = served
    with sitting_at(room, chromium, address, recording_id) as made:
        yield made


def seek(page, seconds: float) -> float:
    """Click on the waveform and return the milliseconds until it sounds."""
    before = page.evaluate("waits.length")
    click_at(page, seconds)
    until(page, f"waits.length > {before}")
    return page.evaluate("waits.at(-1)")


@pytest.mark.benchmark
def test_the_end_sounds_within_a_second_of_the_click(desk):
    waits = []
    for _ in range(3):
        page = desk.open()
        page.evaluate(WATCH)
        page.click("[data-play]")
        until(page, f"{TIME} > 0.1")
        waits.append(seek(page, LENGTH - 30))
        assert page.evaluate(TIME) > LENGTH - 60
        page.context.close()
    print(f"from the click near the end to its sound: {', '.join(f'{wait:.0f}' for wait in waits)} ms")
    assert statistics.median(waits) < 1000


def test_memory_does_not_grow_with_seeking(desk, served, chromium):
    *_, (before, seeks) = served
    page = desk.open()
    page.evaluate(WATCH)
    page.click("[data-play]")
    drawn = random.Random(1)
    waits = [seek(page, drawn.uniform(0, LENGTH - 60)) for _ in range(before)]
    heap, resident = memory_of(page, chromium)
    waits += [seek(page, drawn.uniform(0, LENGTH - 60)) for _ in range(seeks)]
    heap_after, resident_after = memory_of(page, chromium)
    print(
        f"{seeks} seeks after {before}: heap {heap / 1e6:.1f} to {heap_after / 1e6:.1f} MB, "
        f"renderer {resident / 1e6:.0f} to {resident_after / 1e6:.0f} MB; "
        f"first sound after {statistics.median(waits):.0f} ms (median), {max(waits):.0f} ms (slowest)"
    )
    assert heap_after - heap < 2e6
    assert resident_after - resident < 60e6
    assert resident_after < 500e6


def test_an_answer_is_small_whatever_is_asked_for(desk):
    page = desk.open()
    audio = page.get_attribute("audio", "src")
    reply = page.request.get(audio, headers={"Range": "bytes=0-"})
    assert reply.status == 206
    assert len(reply.body()) == RANGE_CAP


def test_a_connection_that_goes_away_keeps_the_place_and_comes_back(desk):
    page = desk.open()
    page.click("[data-play]")
    until(page, f"{TIME} > 0.5")
    page.context.set_offline(True)
    click_at(page, LENGTH - 60)
    page.wait_for_selector("[data-audio-message]", state="visible", timeout=20_000)
    assert "Your place is kept" in page.inner_text("[data-audio-message]")
    assert page.inner_text("[data-elapsed]").startswith(("1:28:", "1:29:"))
    page.context.set_offline(False)
    until(page, f"!document.querySelector('audio').paused && {TIME} > {LENGTH - 90}")
    assert page.is_hidden("[data-audio-message]")
    assert page.inner_text("[data-elapsed]").startswith(("1:28:", "1:29:"))


def memory_of(page, chromium) -> tuple[float, float]:
    """Return the bytes of the page's script objects in use and of all its processes, 0 where nobody tells."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return heap, _resident(chromium) if sys.platform == "linux" else 0.0


def _resident(chromium) -> float:
    session = chromium.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    total = 0
    for process in processes:
        if process["type"] == "renderer":
            rollup = Path(f"/proc/{process['id']}/smaps_rollup").read_text()
            total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    return total * 1024
