import av
import numpy as np
import pytest

from coder_app.demo.speech import SAMPLE_RATE, speech, write_recording

TAGS = {"title": "D007 session 9", "artist": "T14", "date": "2018-05-17"}


def test_the_same_seed_gives_the_same_speech_and_another_seed_another():
    assert np.array_equal(speech(5, seed=1), speech(5, seed=1))
    assert not np.array_equal(speech(5, seed=1), speech(5, seed=2))


@pytest.mark.parametrize("seconds", [0, 0.01, 1, 17.3])
def test_speech_is_as_long_as_asked(seconds):
    assert len(speech(seconds, seed=1)) == round(seconds * SAMPLE_RATE)


def test_speech_has_pauses_and_never_clips():
    samples = np.abs(speech(60, seed=1).astype(int))
    loud = samples[: 600 * 1600].reshape(600, -1).max(axis=1) > 2000
    assert 0.4 < loud.mean() < 0.9
    assert 15_000 < samples.max() < 25_000


def test_two_voices_of_different_pitch_take_turns():
    """Count how often the strongest period of a loud stretch is a child's (over 200 Hz) or an adult's."""
    samples = speech(60, seed=1).astype(float)
    stretches = samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)
    loud = stretches[np.abs(stretches).max(axis=1) > 4000]
    pitches = []
    for stretch in loud:
        echo = np.fft.irfft(np.abs(np.fft.rfft(stretch, 4096)) ** 2)[:200]
        pitches.append(SAMPLE_RATE / (40 + np.argmax(echo[40:])))
    high = np.mean(np.array(pitches) > 190)
    assert 0.25 < high < 0.75


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3", "m4a", "ogg"])
def test_a_recording_is_written_with_telling_tags(tmp_path, extension):
    path = tmp_path / f"a.{extension}"
    write_recording(path, speech(2, seed=1), TAGS)
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        tags = dict(container.metadata) | dict(track.metadata)
        length = sum(frame.samples for frame in container.decode(track)) / track.codec_context.sample_rate
    assert {name: tags[name] for name in TAGS} == TAGS
    assert length == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("extension", ["wav", "flac"])
def test_a_lossless_recording_holds_the_samples_as_they_are(tmp_path, extension):
    samples = speech(2, seed=1)
    write_recording(tmp_path / f"a.{extension}", samples, TAGS)
    with av.open(str(tmp_path / f"a.{extension}")) as container:
        found = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert np.array_equal(found, samples)
