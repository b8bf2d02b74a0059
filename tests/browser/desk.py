"""A coder's desk: a browser that is signed in as a coder of a room, open at the page of one recording."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from coder_app.services import listening
from tests.browser.conftest import PATIENCE
from tests.makers.room import Room

_numbers = count(1)
# Nothing heard is left in the page that the server has not confirmed.
_PLACE = "Object.keys(sessionStorage).find(key => key.startsWith('coder_app:player:'))"
ALL_TOLD = f"JSON.parse(sessionStorage.getItem({_PLACE}) ?? '{{}}').unsent?.length === 0"
TIME = "document.querySelector('audio').currentTime"


class Desk:
    """Opens browsers of one coder at the page of one recording."""

    def __init__(self, room: Room, chromium, address: str, recording_id: int) -> None:
        number = next(_numbers)
        self.room, self.chromium, self.server_address = room, chromium, address
        self.recording_id = recording_id
        self.coder = room.coder(f"coder{number}")
        self.page_address = room.assign(self.coder, recording_id, f"mask-{number}")
        self.contexts, self.complaints = [], []

    def open(self, **options):
        """Return the page in a browser of its own."""
        size = {"viewport": {"width": 1366, "height": 900}}
        context = self.chromium.new_context(base_url=self.server_address, **(size | options))
        self.contexts.append(context)
        context.add_cookies([self.room.cookie(self.coder, self.server_address)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(error.stack))
        page.goto(self.page_address)
        return page

    def known(self) -> listening.Heard | None:
        """Return what the server knows of the coder's listening."""
        with self.room.database.read() as db:
            return listening.find_heard(db, self.coder, self.page_address.rpartition("/")[2])


@contextmanager
def sitting_at(room: Room, chromium, address: str, recording_id: int) -> Iterator[Desk]:
    """Give a desk of a new coder, and look at the end that no script complained."""
    desk = Desk(room, chromium, address, recording_id)
    try:
        yield desk
    finally:
        for context in desk.contexts:
            context.close()
    assert desk.complaints == [], "\n".join(desk.complaints)


def until(page, script: str, seconds: float = PATIENCE / 1000):
    """Wait until a script gives something true, which is returned; the pages forbid waiting by evaluation."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := page.evaluate(script):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {script}")


def play(page, seconds: float) -> None:
    """Play a while, as counted by the recording, and pause."""
    before = page.evaluate(TIME)
    page.click("[data-play]")
    until(page, f"{TIME} > {before + seconds}")
    page.click("[data-play]")
    until(page, "document.querySelector('audio').paused")


def click_at(page, seconds: float) -> None:
    """Click on the waveform."""
    box = page.locator("[data-seek]").bounding_box()
    length = float(page.get_attribute("[data-player]", "data-duration"))
    page.mouse.click(box["x"] + box["width"] * seconds / length, box["y"] + box["height"] / 2)


def move_to(page, seconds: float) -> None:
    """Click on the waveform and wait until the recording stands there."""
    click_at(page, seconds)
    until(page, f"Math.abs({TIME} - {seconds}) < 8 && !document.querySelector('audio').seeking")
