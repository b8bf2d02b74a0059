import hashlib
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from coder_app.audio import mute
from coder_app.audio.clean import clean_recording
from coder_app.audio.mute import FADE_SAMPLES, MARGIN_SAMPLES, MuteSettings, Silence, mute_recording
from coder_app.audio.peaks import PEAKS_PER_SECOND
from coder_app.audio.pool import clean_many
from coder_app.audio.probe import AudioProblem
from coder_app.audio.sound import RATE
from coder_app.demo.speech import speech
from coder_app.domain.stretches import Stretch
from tests.unit.audio.sounds import boxes, decoded, pcm_wav
from tests.unit.audio.test_clean import telling_text

PROJECT = Path(__file__).parents[3]
START_MS, END_MS = 3000, 5000
INSIDE = slice(START_MS * RATE // 1000, END_MS * RATE // 1000)
EDGE = MARGIN_SAMPLES + FADE_SAMPLES


def name_spoken(samples):
    """A voiced sound with a melody of its own, in place of a name: harmonics of a gliding tone."""
    time = np.arange(samples) / RATE
    phase = 2 * np.pi * np.cumsum(150 + 60 * np.sin(2 * np.pi * 3 * time)) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 25)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    return 9000 * voice


def stored(folder, samples, name="stored"):
    """A recording as the store has it."""
    source = pcm_wav(folder / f"{name}.wav", np.clip(samples, -32768, 32767)[:, None], RATE)
    clean_recording([source], folder / name)
    return folder / name


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """Ten seconds of speech in which something telling is said from second 3 to second 5."""
    samples = speech(20, seed=5).astype(float)
    said = np.zeros(len(samples))
    said[INSIDE] = name_spoken(INSIDE.stop - INSIDE.start)
    return stored(tmp_path_factory.mktemp("talk"), samples / 2 + said), said


def muted(recording, target, *stretches):
    return mute_recording([recording], target, MuteSettings(stretches))


def likeness(sound, said):
    """The largest normalised correlation at any shift of up to 50 ms."""
    shifts = range(-RATE // 20, RATE // 20, 16)
    found = [np.dot(sound, np.roll(said, shift)) for shift in shifts]
    return np.abs(found).max() / (np.linalg.norm(sound) * np.linalg.norm(said) + 1e-9)


def test_what_was_said_in_the_stretch_cannot_be_found_in_the_result(talk, tmp_path):
    recording, said = talk
    muted(recording, tmp_path / "out", (START_MS, END_MS))
    before, after = decoded(recording), decoded(tmp_path / "out")
    assert likeness(before[: len(said)], said) > 0.7
    assert likeness(after[: len(said)], said) < 0.03
    # Not faint, but nothing at all: every sample is 0, so no gain brings it back.
    assert np.abs(before[INSIDE]).max() > 0.2
    assert not after[INSIDE].any()


def test_no_trace_is_left_beside_the_stretch_where_the_frames_of_the_old_file_overlap(tmp_path, monkeypatch):
    said = np.zeros(10 * RATE)
    said[INSIDE] = name_spoken(INSIDE.stop - INSIDE.start)
    recording = stored(tmp_path, said)
    muted(recording, tmp_path / "out", (START_MS, END_MS))
    assert not decoded(tmp_path / "out").any()
    # The margin is what does it.
    monkeypatch.setattr(mute, "MARGIN_SAMPLES", 0)
    muted(recording, tmp_path / "bare", (START_MS, END_MS))
    assert decoded(tmp_path / "bare").any()


def test_outside_the_sound_stays_in_place_at_its_level_within_the_noise_of_the_codec(talk, tmp_path):
    recording, _ = talk
    muted(recording, tmp_path / "out", (START_MS, END_MS))
    before, after = decoded(recording), decoded(tmp_path / "out")
    beyond = EDGE + 2048
    for part in (slice(0, INSIDE.start - beyond), slice(INSIDE.stop + beyond, 10 * RATE)):
        noise = after[part] - before[part]
        assert 10 * np.log10((before[part] ** 2).sum() / (noise**2).sum()) > 20
        assert abs(10 * np.log10((after[part] ** 2).sum() / (before[part] ** 2).sum())) < 0.1


def test_the_result_is_as_long_as_the_recording_was(tmp_path):
    for samples in (RATE * 2, RATE * 2 + 17, RATE * 2 + 1000):
        recording = stored(tmp_path, speech(8, seed=5)[:samples])
        result = muted(recording, tmp_path / "out", (500, 1000))
        assert result.duration == pytest.approx(samples / RATE, abs=0.001)
        lengths = []
        for path in (recording, tmp_path / "out"):
            with av.open(str(path)) as container:
                lengths.append(container.streams.audio[0].duration)
        assert lengths[0] == lengths[1]


def test_muting_again_changes_the_length_no_further(talk, tmp_path):
    first = muted(talk[0], tmp_path / "a", (START_MS, END_MS))
    second = muted(tmp_path / "a", tmp_path / "b", (6000, 7000))
    assert second.duration == first.duration
    after = decoded(tmp_path / "b")
    assert not after[INSIDE].any()
    assert not after[6 * RATE : 7 * RATE].any()


def test_the_peaks_are_those_of_what_is_left(talk, tmp_path):
    result = muted(talk[0], tmp_path / "out", (START_MS, END_MS))
    assert len(result.peaks) == 10 * PEAKS_PER_SECOND
    quiet = slice(START_MS // 100, END_MS // 100)
    assert not any(result.peaks[quiet])
    assert max(result.peaks[: quiet.start - 1]) > 0


def test_the_same_stretches_give_the_same_bytes_in_any_order(talk, tmp_path):
    first = muted(talk[0], tmp_path / "a", (START_MS, END_MS), (6000, 6500))
    second = muted(talk[0], tmp_path / "b", (6000, 6500), (START_MS, END_MS))
    assert first == second
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert first.sha256 == hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert first.size == (tmp_path / "a").stat().st_size


def test_a_muted_file_is_made_like_every_other_and_carries_no_text(talk, tmp_path):
    muted(talk[0], tmp_path / "out", (START_MS, END_MS))
    content = (tmp_path / "out").read_bytes()
    assert telling_text(content) == []
    assert [path for path, _ in boxes(content)] == [path for path, _ in boxes(talk[0].read_bytes())]
    with av.open(str(tmp_path / "out")) as container:
        track = container.streams.audio[0].codec_context
        assert (track.name, track.sample_rate, track.channels, track.profile) == ("aac", RATE, 1, "LC")


def test_the_sound_fades_so_that_there_is_no_click():
    silence = Silence([Stretch(START_MS, END_MS)])
    loudness = silence.applied(np.full(10 * RATE, 10_000, np.int16), 0)
    steps = np.abs(np.diff(loudness.astype(int)))
    assert steps.max() <= 10_000 / FADE_SAMPLES + 1
    assert (loudness[: INSIDE.start - EDGE] == 10_000).all()
    assert not loudness[INSIDE.start - MARGIN_SAMPLES : INSIDE.stop + MARGIN_SAMPLES].any()
    assert (loudness[INSIDE.stop + EDGE :] == 10_000).all()


@pytest.mark.parametrize("size", [700, 1024, RATE, 3 * RATE])
def test_where_the_blocks_end_makes_no_difference(size):
    samples = speech(20, seed=5)
    silence = Silence([Stretch(START_MS, END_MS), Stretch(5001, 5200), Stretch(9900, 10_000)])
    in_blocks = [silence.applied(samples[at : at + size], at) for at in range(0, len(samples), size)]
    np.testing.assert_array_equal(np.concatenate(in_blocks), silence.applied(samples, 0))


def test_a_whole_recording_can_be_muted_and_so_can_its_ends(talk, tmp_path):
    muted(talk[0], tmp_path / "all", (0, 10_000))
    assert not decoded(tmp_path / "all").any()
    muted(talk[0], tmp_path / "ends", (0, 500), (9_500, 10_000))
    after = decoded(tmp_path / "ends")
    assert not after[: RATE // 2].any()
    assert not after[int(9.5 * RATE) :].any()
    assert after[RATE : 2 * RATE].any()


@pytest.mark.parametrize(
    ("stretches", "words"),
    [
        ((), "There is no stretch to mute"),
        (((4000, 4000),), "is empty"),
        (((5000, 4000),), "is empty"),
        (((9000, 10_001),), "leaves the recording, which is 00:10.0 long"),
        (((-1, 500),), "leaves the recording"),
        (((1000, 3000), (2000, 4000)), "overlap"),
    ],
)
def test_stretches_that_cannot_be_muted_are_refused_and_leave_nothing(talk, tmp_path, stretches, words):
    with pytest.raises(AudioProblem, match=words):
        muted(talk[0], tmp_path / "out", *stretches)
    assert not (tmp_path / "out").exists()


def test_a_stored_file_that_is_damaged_is_refused_and_leaves_nothing(talk, tmp_path):
    content = bytearray(talk[0].read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4000] = bytes(4000)
    (tmp_path / "damaged").write_bytes(content)
    with pytest.raises(AudioProblem, match="damaged"):
        muted(tmp_path / "damaged", tmp_path / "out", (100, 200))
    assert not (tmp_path / "out").exists()


def test_a_child_gives_what_the_function_gives(talk, tmp_path):
    settings = MuteSettings(((START_MS, END_MS),))
    (through_child,) = clean_many([([talk[0]], tmp_path / "child")], settings=settings)
    assert through_child == muted(talk[0], tmp_path / "direct", (START_MS, END_MS))
    assert (tmp_path / "child").read_bytes() == (tmp_path / "direct").read_bytes()


def test_a_refusal_comes_through_the_child_in_words(talk, tmp_path):
    (problem,) = clean_many([([talk[0]], tmp_path / "out")], settings=MuteSettings(((9000, 11_000),)))
    assert isinstance(problem, AudioProblem)
    assert "leaves the recording" in problem.sentence
    assert not (tmp_path / "out").exists()


MEASURE = """
import resource, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from coder_app.audio.mute import MuteSettings, mute_recording
mute_recording([Path(sys.argv[2])], Path(sys.argv[3]), MuteSettings([(1000, 2000), (20_000, 59_000)]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="resource is for POSIX")
def test_ninety_minutes_take_hardly_more_memory_than_one(tmp_path):
    def peak_memory(seconds):
        minute = speech(120, seed=5)
        recording = stored(tmp_path, np.tile(minute, seconds // 60))
        command = [sys.executable, "-c", MEASURE, str(PROJECT), str(recording), str(tmp_path / "out")]
        return int(subprocess.run(command, check=True, capture_output=True, timeout=300).stdout)

    assert peak_memory(5400) - peak_memory(60) < 16 << 20
