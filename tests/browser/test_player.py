"""The player in Chromium: what was heard, loops, volume, and going on in another browser."""

import random
from itertools import pairwise

import pytest

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.heard import share_heard, unite
from tests.browser.conftest import Server
from tests.browser.desk import ALL_TOLD, TIME, move_to, play, sitting_at, until
from tests.makers.room import make_room

pytestmark = pytest.mark.browser

MINUTES = 6
LENGTH = 20_000
SAMPLE = """milliseconds => new Promise(done => {
  const audio = document.querySelector("audio"), times = [], begun = performance.now();
  const timer = setInterval(() => {
    times.push(audio.currentTime);
    if (performance.now() - begun > milliseconds) { clearInterval(timer); done(times); }
  }, 20);
})"""
FILLED = """seconds => {
  const track = document.querySelector("[data-track]");
  const share = seconds / Number(document.querySelector("[data-player]").dataset.duration);
  const x = Math.floor(share * track.width), y = Math.floor(track.height / 2);
  return track.getContext("2d").getImageData(x, y, 1, 1).data[3] > 0;
}"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A cleaned recording of six minutes."""
    folder = tmp_path_factory.mktemp("sound")
    write_recording(folder / "minute.wav", speech(60.0, 1))
    return folder / "clean.m4a", clean_recording([folder / "minute.wav"] * MINUTES, folder / "clean.m4a")


@pytest.fixture(scope="module")
def served(tmp_path_factory, recording):
    """A room, the address at which it is served, and its recording."""
    folder = tmp_path_factory.mktemp("room")
    room = make_room(folder)
    recording_id = room.recording("zora-mila", *recording)
    server = Server(folder)
    yield room, server.address, recording_id
    server.end()


@pytest.fixture
def desk(served, chromium):
    """The desk of a coder who has heard nothing yet."""
    room, address, recording_id = served
    with sitting_at(room, chromium, address, recording_id) as made:
        yield made


def test_what_was_heard_fills_the_track_and_leaves_gaps_open(desk):
    page = desk.open()
    assert page.inner_text("[data-heard]") == "0% heard"
    play(page, 4)
    move_to(page, 300)
    play(page, 4)
    assert page.inner_text("[data-heard]") == "2% heard"
    assert [page.evaluate(FILLED, at) for at in (2, 200, 302, 350)] == [True, False, True, False]
    until(page, ALL_TOLD)
    known = desk.known()
    assert [round(start / 1000) for start, _ in known.stretches] == [0, pytest.approx(300, abs=2)]
    assert known.share == pytest.approx(8 / 360, abs=0.005)
    page.reload()
    assert page.inner_text("[data-heard]") == "2% heard"
    assert [page.evaluate(FILLED, at) for at in (2, 200, 302, 350)] == [True, False, True, False]


def test_the_page_unites_what_was_heard_as_the_server_does(desk):
    drawn = random.Random(1)
    sets = [
        [sorted((drawn.randint(0, LENGTH), drawn.randint(0, LENGTH))) for _ in range(drawn.randint(0, 8))]
        for _ in range(200)
    ]
    script = """async ([sets, length]) => {
      const { shareHeard, unite } = await import("/static/js/heard.js");
      return sets.map((set) => [unite(set, length), shareHeard(unite(set, length), 2000, 9000)]);
    }"""
    found = desk.open().evaluate(script, [sets, LENGTH])
    for stretches, (united, share) in zip(sets, found, strict=True):
        expected = unite(map(tuple, stretches), LENGTH)
        assert tuple(map(tuple, united)) == expected
        assert share == pytest.approx(share_heard(expected, 2000, 9000))


def test_another_browser_goes_on_five_seconds_before_the_place_at_the_same_speed(desk):
    first = desk.open()
    move_to(first, 200)
    first.select_option("[data-speed]", "1.25")
    play(first, 2)
    stopped = first.evaluate(TIME)
    until(first, ALL_TOLD)
    second = desk.open()
    assert second.evaluate(TIME) == pytest.approx(stopped - 5, abs=0.1)
    assert second.evaluate("document.querySelector('audio').playbackRate") == 1.25
    assert second.input_value("[data-speed]") == "1.25"
    assert second.evaluate(FILLED, stopped - 1)


@pytest.mark.benchmark
def test_a_loop_is_marked_by_key_plays_exactly_and_ends_by_key(desk):
    page = desk.open()
    move_to(page, 100)
    page.click("[data-play]")
    page.wait_for_timeout(300)
    page.keyboard.press("Alt+b")
    assert page.inner_text("[data-loop]") == "Loop to here"
    page.wait_for_timeout(1200)
    page.keyboard.press("Alt+b")
    assert page.inner_text("[data-loop]") == "End loop"
    times = page.evaluate(SAMPLE, 5000)
    turns = [(before, now) for before, now in pairwise(times) if now < before]
    ends, starts = zip(*turns, strict=True)
    assert len(starts) >= 3
    assert max(starts) - min(starts) < 0.3
    assert max(ends) - min(ends) < 0.3
    assert max(times) - min(times) < 1.2 + 0.6
    page.keyboard.press("Alt+b")
    assert page.inner_text("[data-loop]") == "Loop from here"
    beyond = max(times) + 0.5
    until(page, f"{TIME} > {beyond}")


def test_choosing_a_place_outside_ends_the_loop(desk):
    page = desk.open()
    for place in (100, 200):
        move_to(page, place)
        page.click("[data-loop]")
    assert page.inner_text("[data-loop]") == "End loop"
    move_to(page, 150)
    assert page.inner_text("[data-loop]") == "End loop"
    move_to(page, 300)
    assert page.inner_text("[data-loop]") == "Loop from here"


def test_the_volume_is_kept_for_the_next_page_and_never_silent(desk):
    page = desk.open()
    page.focus("[data-volume]")
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.querySelector('audio').volume") == pytest.approx(0.05)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.reload()
    assert page.evaluate("document.querySelector('audio').volume") == pytest.approx(0.3)
    assert page.input_value("[data-volume]") == "30"


def test_the_speed_goes_up_to_the_leads_cap_and_keeps_the_pitch(desk):
    page = desk.open()
    offered = page.locator("[data-speed] option").evaluate_all("all => all.map(one => Number(one.value))")
    assert offered == [0.75, 1, 1.25]
    for _ in range(4):
        page.keyboard.press("Alt+.")
    audio = page.evaluate("(a => [a.playbackRate, a.preservesPitch])(document.querySelector('audio'))")
    assert audio == [1.25, True]


def test_what_is_heard_without_a_connection_is_told_when_it_is_back(desk):
    page = desk.open()
    play(page, 1)
    until(page, ALL_TOLD)
    page.context.set_offline(True)
    play(page, 5)
    before = desk.known().share
    page.context.set_offline(False)
    until(page, ALL_TOLD)
    assert desk.known().share > before + 4 / 360


def test_a_page_for_a_part_of_the_recording_stays_in_it(desk):
    page = desk.open()

    def bind(route):
        body = route.fetch().text()
        bound = body.replace('data-start="0.0"', 'data-start="120.0"')
        assert bound != body
        route.fulfill(
            body=bound.replace('data-end="360', 'data-end="124" data-was="'), content_type="text/html"
        )

    page.route("**/coding/*", bind)
    page.reload()
    assert page.inner_text("[data-elapsed]") == "02:00"
    page.click("text=−15")
    assert page.evaluate(TIME) == pytest.approx(120, abs=0.01)
    page.click("[data-play]")
    until(page, f"{TIME} > 120.2")
    until(page, "document.querySelector('audio').paused")
    assert page.evaluate(TIME) == pytest.approx(124, abs=0.3)
    assert page.inner_text("[data-heard]") in ("99% heard", "100% heard")
    page.click("[data-play]")
    until(page, f"{TIME} < 121")


def test_without_scripts_the_browsers_own_player_is_there(desk):
    page = desk.open(java_script_enabled=False)
    audio = page.locator("audio")
    assert audio.get_attribute("controls") is not None
    assert audio.bounding_box()["height"] >= 40
    assert not page.is_visible("[data-play]")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_player_is_low_and_readable(desk, look, colours):
    page = desk.open(color_scheme=colours)
    play(page, 2)
    for place in (100, 200):
        move_to(page, place)
        page.click("[data-loop]")
    for width in (1366, 1000, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        assert page.locator("[data-player]").bounding_box()["height"] <= 96, width
    look(page, f"player-{colours}")
    page.set_viewport_size({"width": 390, "height": 900})
    page.click("[data-more]")
    assert page.is_visible("[data-loop]")
    look(page, f"player-more-{colours}")
