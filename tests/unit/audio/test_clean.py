import hashlib
import itertools
import re
import struct
import subprocess
import sys

import av
import numpy as np
import pytest

from coder_app.audio.clean import CleanSettings, clean_recording
from coder_app.audio.guard import PROJECT
from coder_app.audio.peaks import PEAKS_PER_SECOND
from coder_app.audio.probe import AudioProblem
from coder_app.audio.sound import RATE
from coder_app.demo.speech import SAMPLE_RATE, speech, write_recording
from tests.unit.audio.sounds import (
    EXTENSIONS,
    TELLING_TAGS,
    boxes,
    decoded,
    pcm_wav,
    recording,
    video,
)


def clean_one(source, target, *settings):
    return clean_recording([source], target, *settings)


KNOWN_BOXES = set(
    b"ftyp free mdat moov mvhd trak tkhd edts elst mdia mdhd hdlr minf smhd dinf dref "
    b"stbl stsd stts stsc stsz stco sgpd sbgp udta meta ilst".split()
)


def telling_text(content):
    """Find what a player could show or a curious coder could read: tags, times, unknown boxes, odd names."""
    found = []
    for path, body in boxes(content):
        name = path[-1]
        if name not in KNOWN_BOXES or (name in (b"ilst", b"free") and body):
            found.append((path, body))
        if name in (b"mvhd", b"tkhd", b"mdhd") and (body[0] or body[4:12] != bytes(8)):
            found.append((path, body))
        if name == b"hdlr" and body[24:].rstrip(b"\0") not in (b"SoundHandler", b""):
            found.append((path, body))
    return found


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_same_recording_with_and_without_tags_gives_the_same_bytes(tmp_path, extension):
    tagged = recording(tmp_path, extension, name="D007_session09", **TELLING_TAGS)
    plain = recording(tmp_path, extension, name="x")
    assert tagged.read_bytes() != plain.read_bytes()
    first, second = (clean_one(path, tmp_path / f"{path.stem}.out") for path in (tagged, plain))
    assert (tmp_path / "D007_session09.out").read_bytes() == (tmp_path / "x.out").read_bytes()
    assert first.sha256 == second.sha256
    assert first.content_sha256 == second.content_sha256


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_no_tag_name_or_date_of_the_source_is_left(tmp_path, extension):
    source = recording(tmp_path, extension, name="canary-D007-file", **TELLING_TAGS)
    clean_one(source, tmp_path / "out")
    content = (tmp_path / "out").read_bytes()
    assert telling_text(content) == []
    for canary in (*TELLING_TAGS.values(), "canary", "Lavf", "Lavc", "libmp3lame"):
        assert canary.encode() not in content
        assert canary.encode("utf-16-le") not in content


def test_the_search_for_telling_text_finds_tags_that_were_left_in(tmp_path):
    untouched = recording(tmp_path, "m4a", **TELLING_TAGS)
    assert any(
        path[-1] == b"ilst" and b"canary" in body for path, body in telling_text(untouched.read_bytes())
    )


def test_the_index_comes_before_the_sound_so_that_a_browser_can_seek_at_once(tmp_path):
    clean_one(recording(tmp_path, "mp3"), tmp_path / "out")
    order = [path[0] for path, _ in boxes((tmp_path / "out").read_bytes()) if len(path) == 1]
    assert order == [b"ftyp", b"moov", b"free", b"mdat"]


def test_a_cleaned_recording_is_mono_aac_at_one_rate(tmp_path):
    clean_one(recording(tmp_path, "flac"), tmp_path / "out")
    with av.open(str(tmp_path / "out")) as container:
        track = container.streams.audio[0]
        described = (track.codec_context.name, track.codec_context.sample_rate, track.codec_context.channels)
        assert described == ("aac", RATE, 1)
        assert track.codec_context.profile == "LC"


def test_cleaning_twice_gives_the_same_bytes_and_the_hashes_are_those_of_the_files(tmp_path):
    source = recording(tmp_path, "ogg")
    first, second = (clean_one(source, tmp_path / name) for name in "ab")
    assert first == second
    assert first.sha256 == hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert first.size == (tmp_path / "a").stat().st_size


def test_the_same_samples_in_wav_and_flac_are_known_as_the_same_sound(tmp_path):
    results = [clean_one(recording(tmp_path, kind), tmp_path / f"{kind}.out") for kind in ("wav", "flac")]
    assert results[0].content_sha256 == results[1].content_sha256
    assert results[0].sha256 == results[1].sha256


def test_one_changed_sample_is_another_sound(tmp_path):
    samples = speech(1, seed=5)
    write_recording(tmp_path / "a.wav", samples)
    samples[8000] += 500
    write_recording(tmp_path / "b.wav", samples)
    first, second = (clean_one(tmp_path / f"{name}.wav", tmp_path / name) for name in "ab")
    assert first.content_sha256 != second.content_sha256


def test_what_is_heard_is_the_source_in_place_at_its_level(tmp_path):
    clean_one(recording(tmp_path, "wav", seconds=10), tmp_path / "out")
    before, after = decoded(tmp_path / "recording.wav"), decoded(tmp_path / "out")[: 10 * RATE]
    noise = after - before
    assert 10 * np.log10((before**2).sum() / (noise**2).sum()) > 25
    assert abs(10 * np.log10((after**2).sum() / (before**2).sum())) < 0.1


def test_duration_and_peaks_are_those_of_the_sound(tmp_path):
    samples = np.zeros((3 * SAMPLE_RATE, 1))
    samples[SAMPLE_RATE : 2 * SAMPLE_RATE, 0] = 16384 * np.sin(np.arange(SAMPLE_RATE) * 0.3)
    result = clean_one(pcm_wav(tmp_path / "a.wav", samples), tmp_path / "out")
    assert result.duration == pytest.approx(3, abs=0.001)
    assert len(result.peaks) == pytest.approx(3 * PEAKS_PER_SECOND, abs=1)
    assert max(result.peaks[:9]) == max(result.peaks[21:]) == 0
    assert all(120 <= peak <= 136 for peak in result.peaks[11:19])


@pytest.mark.parametrize("channels", [2, 3, 4, 6])
def test_whoever_speaks_into_one_of_several_microphones_is_heard(tmp_path, channels):
    voice = speech(1, seed=5)
    for place in range(channels):
        samples = np.zeros((len(voice), channels))
        samples[:, place] = voice
        result = clean_one(pcm_wav(tmp_path / "a.wav", samples), tmp_path / "out")
        assert max(result.peaks) == pytest.approx(255 * 0.6 / channels, rel=0.1)


def test_two_full_scale_channels_do_not_clip_when_they_are_mixed(tmp_path):
    tone = 32000 * np.sin(np.arange(SAMPLE_RATE) * 0.05)
    for channels in (2, 3):
        source = pcm_wav(tmp_path / "a.wav", np.stack([tone] * channels, axis=1))
        result = clean_one(source, tmp_path / "out")
        assert 240 <= max(result.peaks[1:-1]) <= 252


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000])
def test_any_usual_rate_keeps_its_length(tmp_path, rate):
    tone = 9000 * np.sin(np.arange(2 * rate) * 0.05)
    result = clean_one(pcm_wav(tmp_path / "a.wav", tone[:, None], rate), tmp_path / "out")
    assert result.duration == pytest.approx(2, abs=0.01)


def test_a_stream_that_changes_its_rate_on_the_way_is_read_to_its_end(tmp_path):
    for name, rate in (("a", 16_000), ("b", 24_000)):
        with av.open(
            str(tmp_path / f"{name}.mp3"), "w", options={"write_xing": "0", "id3v2_version": "0"}
        ) as out:
            track = out.add_stream("libmp3lame", rate=rate, layout="mono")
            tone = (0.3 * np.sin(np.arange(2 * rate) * 0.1)).astype(np.float32).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            frame.sample_rate = rate
            out.mux(track.encode(frame))
            out.mux(track.encode(None))
    joined = tmp_path / "joined.mp3"
    joined.write_bytes((tmp_path / "a.mp3").read_bytes() + (tmp_path / "b.mp3").read_bytes())
    assert clean_one(joined, tmp_path / "out").duration == pytest.approx(4, abs=0.3)


def test_the_sound_of_a_video_is_taken_without_its_pictures(tmp_path):
    result = clean_one(video(tmp_path / "a.mp4", with_sound=True), tmp_path / "out")
    assert result.duration == pytest.approx(1, abs=0.1)
    with av.open(str(tmp_path / "out")) as container:
        assert not container.streams.video


def test_a_recording_longer_than_the_cap_is_refused_and_leaves_nothing(tmp_path):
    source = recording(tmp_path, "flac", seconds=5)
    with pytest.raises(AudioProblem, match=r"longer than 0\.001 hours"):
        clean_one(source, tmp_path / "out", CleanSettings(max_seconds=3.6))
    assert not (tmp_path / "out").exists()
    assert clean_one(source, tmp_path / "out", CleanSettings(max_seconds=5)).duration == 5


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3"])
def test_a_recording_cut_short_is_taken_with_a_warning(tmp_path, extension):
    whole = recording(tmp_path, extension, seconds=10)
    cut = tmp_path / f"cut.{extension}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert clean_one(whole, tmp_path / "whole.out").warnings == ()
    (warning,) = clean_one(cut, tmp_path / "out").warnings
    assert re.fullmatch(
        r"[56]\.\d s that should be there could not be decoded: .* cut short or damaged.", warning
    )


def test_an_m4a_that_lost_its_index_cannot_be_read(tmp_path):
    whole = recording(tmp_path, "m4a", seconds=10)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(AudioProblem, match=r"begins like M4A/MP4, but cannot be read"):
        clean_one(whole, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_recorder_that_never_closed_its_wav_is_no_cut_copy(tmp_path):
    source = recording(tmp_path, "wav", seconds=4)
    content = bytearray(source.read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = struct.pack("<I", 0xFFFFFFFF)
    source.write_bytes(content)
    result = clean_one(source, tmp_path / "out")
    assert result.duration == pytest.approx(4, abs=0.1)
    assert result.warnings == ()


def test_noise_inside_a_flac_is_left_out_with_a_warning(tmp_path):
    source = recording(tmp_path, "flac", seconds=10)
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = bytes(300)
    source.write_bytes(content)
    result = clean_one(source, tmp_path / "out")
    (warning,) = result.warnings
    assert re.fullmatch(r"0\.\d s that should be there could not be decoded: .*", warning)


def test_silence_is_taken_with_a_warning(tmp_path):
    source = pcm_wav(tmp_path / "a.wav", np.zeros((SAMPLE_RATE, 1)))
    assert clean_one(source, tmp_path / "out").warnings == ("The recording is silent from beginning to end.",)


def test_a_header_without_a_single_sample_is_refused(tmp_path):
    with pytest.raises(AudioProblem, match=r"no sound that can be decoded|cannot be read"):
        clean_one(pcm_wav(tmp_path / "a.wav", np.zeros((0, 1))), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def parts_of(folder, samples, *places, rate=RATE):
    """Write the samples up to each place, and the rest, as a WAV each that needs no resampling."""
    ends = [0, *places, len(samples)]
    return [
        pcm_wav(folder / f"part{number}.wav", samples[start:end, None], rate)
        for number, (start, end) in enumerate(itertools.pairwise(ends), start=1)
    ]


def test_parts_give_the_bytes_that_the_recording_in_one_file_gives(tmp_path):
    samples = speech(7, seed=5)
    whole = clean_one(pcm_wav(tmp_path / "whole.wav", samples[:, None], RATE), tmp_path / "whole")
    parts = parts_of(tmp_path, samples, 12_345, 60_001)
    joined = clean_recording(parts, tmp_path / "joined")
    assert (tmp_path / "joined").read_bytes() == (tmp_path / "whole").read_bytes()
    assert joined.content_sha256 == whole.content_sha256
    assert (joined.duration, joined.peaks) == (whole.duration, whole.peaks)
    assert joined.part_sha256s == tuple(clean_one(part, tmp_path / "x").content_sha256 for part in parts)
    assert whole.part_sha256s == (whole.content_sha256,)


def test_the_order_of_the_parts_counts(tmp_path):
    parts = parts_of(tmp_path, speech(2, seed=5), SAMPLE_RATE)
    first, second = (clean_recording(order, tmp_path / "out") for order in (parts, parts[::-1]))
    assert first.content_sha256 != second.content_sha256
    assert first.part_sha256s == second.part_sha256s[::-1]


def test_parts_may_differ_in_format_and_rate(tmp_path):
    parts = [recording(tmp_path, kind, seconds=2) for kind in ("wav", "mp3", "m4a")]
    parts.append(pcm_wav(tmp_path / "fast.wav", np.full((96_000, 2), 16_384), 48_000))
    result = clean_recording(parts, tmp_path / "out")
    assert result.duration == pytest.approx(8, abs=0.3)
    assert all(120 <= peak <= 136 for peak in result.peaks[-18:-1])
    assert len(decoded(tmp_path / "out")) / RATE == pytest.approx(result.duration, abs=0.1)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_part_that_cannot_be_used_is_told_by_its_place_and_leaves_nothing(tmp_path, place):
    parts = [recording(tmp_path, "wav", seconds=1, name=str(number)) for number in range(3)]
    parts[place].write_bytes(b"")
    with pytest.raises(AudioProblem, match=r"^The file is empty\.$") as caught:
        clean_recording(parts, tmp_path / "out")
    assert caught.value.place == place
    assert not (tmp_path / "out").exists()


def test_a_part_without_a_single_sample_is_refused_though_the_others_have_some(tmp_path):
    parts = [recording(tmp_path, "wav", seconds=1), pcm_wav(tmp_path / "none.wav", np.zeros((0, 1)))]
    with pytest.raises(AudioProblem, match=r"no sound that can be decoded|cannot be read") as caught:
        clean_recording(parts, tmp_path / "out")
    assert caught.value.place == 1


def test_the_cap_holds_for_the_parts_together(tmp_path):
    parts = [recording(tmp_path, "wav", seconds=3, name=name) for name in "ab"]
    assert clean_recording(parts, tmp_path / "out", CleanSettings(max_seconds=6)).duration == 6
    with pytest.raises(AudioProblem, match="longer than") as caught:
        clean_recording(parts, tmp_path / "out", CleanSettings(max_seconds=5.4))
    assert caught.value.place == 1


def test_warnings_of_a_joined_recording_do_not_tell_that_it_has_parts(tmp_path):
    whole = [recording(tmp_path, "wav", seconds=10, name=name) for name in "abc"]
    for part in whole[1:]:
        part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    (warning,) = clean_recording(whole, tmp_path / "out").warnings
    assert re.match(r"10\.\d s that should be there could not be decoded: the recording is", warning)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_only_the_owner_may_read_a_cleaned_recording(tmp_path):
    clean_one(recording(tmp_path, "wav"), tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


MEASURE = """
import resource, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from coder_app.audio.clean import clean_recording
*sources, target = map(Path, sys.argv[2:])
clean_recording(sources, target)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def peak_memory(target, *sources):
    command = [sys.executable, "-c", MEASURE, str(PROJECT), *map(str, sources), str(target)]
    return int(subprocess.run(command, check=True, capture_output=True, timeout=300).stdout)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="resource is for POSIX")
def test_half_an_hour_takes_hardly_more_memory_than_a_minute(tmp_path):
    minute = recording(tmp_path, "wav", seconds=60, name="minute")
    half_hour = recording(tmp_path, "wav", seconds=1800, name="half")
    grown = peak_memory(tmp_path / "out", half_hour) - peak_memory(tmp_path / "out", minute)
    assert grown < 16 << 20


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="resource is for POSIX")
def test_joining_twenty_minutes_takes_hardly_more_memory_than_a_minute(tmp_path):
    minute = recording(tmp_path, "wav", seconds=60, name="minute")
    parts = [recording(tmp_path, "wav", seconds=60, name=f"part{number}") for number in range(20)]
    grown = peak_memory(tmp_path / "out", *parts) - peak_memory(tmp_path / "out", minute)
    assert grown < 16 << 20
