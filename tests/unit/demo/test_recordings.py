from datetime import date
from pathlib import Path

import numpy as np
import pytest

from coder_app.audio.peaks import PeakMeter
from coder_app.demo.listening import Memory, NotHeard
from coder_app.demo.participants import draw_participants
from coder_app.demo.planting import Planted
from coder_app.demo.recordings import MANIFEST, SHORTEST, draw_recordings, write_folder
from coder_app.demo.speech import SAMPLE_RATE

PARTICIPANTS = draw_participants(4, 2, seed=1)
PLANTED = (
    Planted("D001", "child", 3, is_repaired=True, is_recorded=True),
    Planted("D001", "therapist", 5, is_repaired=True, is_recorded=True),
    Planted("D002", "child", 3, is_repaired=False, is_recorded=False),
)
HELD_ON = {
    (f"D{number:03d}", session): date(2020, 1, session) for number in (1, 2) for session in range(1, 9)
}


def draw(**options):
    return draw_recordings(PARTICIPANTS, PLANTED, HELD_ON, 1, **options)


def outline(sound: np.ndarray) -> bytes:
    meter = PeakMeter(SAMPLE_RATE)
    meter.feed(sound)
    return meter.finish()


def test_each_session_of_a_recorded_sequence_has_one_recording_and_others_stay_incomplete():
    places = [(one.dyad, one.session) for one in draw()]
    assert places == [("D001", 2), ("D001", 3), ("D001", 4), ("D001", 5), ("D001", 6), ("D002", 3)]


def test_recordings_are_drawn_from_the_seed_and_sound_different():
    assert draw() == draw()
    assert len({one.seed for one in draw()}) == len(draw())
    assert all(SHORTEST <= one.seconds <= 20 for one in draw())


def test_one_recording_can_be_long():
    assert sum(one.seconds == 600 for one in draw(long_seconds=600.0)) == 1


def test_names_and_tags_tell_what_has_to_be_taken_away():
    one = draw()[1]
    assert one.file_name.startswith("D001_session03_2020-01-03.")
    assert one.tags == {"title": "D001 session 3", "artist": PARTICIPANTS[0].therapist, "date": "2020-01-03"}


def test_a_folder_has_every_file_of_its_manifest(tmp_path: Path):
    folder = tmp_path / "lab"
    made = [recording for recording, _ in write_folder(folder, draw()[:2])]
    lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    assert lines[0] == "file,dyad,session,date,use"
    assert [line.split(",")[0] for line in lines[1:]] == [one.file_name for one in made]
    assert {path.name for path in folder.iterdir()} == {MANIFEST, *(one.file_name for one in made)}


def test_a_coder_knows_a_sound_again_although_cleaning_changed_it_a_little():
    memory = Memory()
    for one in draw():
        memory.remember(one, one.make())
    for one in draw():
        sound = one.make()
        quieter = (sound * 0.99).astype(np.int16)
        assert (
            memory.recognise(outline(np.concatenate([quieter, np.zeros(SAMPLE_RATE // 10, np.int16)]))) == one
        )


def test_a_sound_that_was_not_made_is_not_taken_for_one_that_was():
    memory = Memory()
    first, second, *_ = draw()
    memory.remember(first, first.make())
    with pytest.raises(NotHeard):
        memory.recognise(outline(second.make()))
    with pytest.raises(NotHeard):
        memory.recognise(outline(first.make()[: 2 * SAMPLE_RATE]))
