import os
import struct
import sys

import av
import pytest

from coder_app.audio.formats import find_format, id3_length
from coder_app.audio.probe import AudioProblem, probe_recording
from tests.unit.audio.sounds import EXTENSIONS, recording, video


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_each_readable_format_is_known_by_its_bytes(tmp_path, extension):
    probe = probe_recording(recording(tmp_path, extension, title="tagged"))
    assert extension in probe.format.word.lower()
    assert (probe.channels, probe.warnings) == (1, ())


@pytest.mark.parametrize(("suffix", "codec"), [("aiff", "pcm_s16be"), ("webm", "libopus"), ("aac", "aac")])
def test_the_rarer_formats_are_known_too(tmp_path, suffix, codec):
    source = recording(tmp_path, "wav")
    path = tmp_path / f"a.{suffix}"
    with av.open(str(source)) as given, av.open(str(path), "w") as out:
        track = out.add_stream(codec, rate=16_000, layout="mono")
        kind = track.codec_context.codec.audio_formats[0].name
        resampler = av.AudioResampler(format=kind, layout="mono", rate=16_000)
        for frame in given.decode(audio=0):
            for part in resampler.resample(frame):
                out.mux(track.encode(part))
        out.mux(track.encode(None))
    assert probe_recording(path).format.word.lower() == suffix


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3", "m4a"])
def test_the_length_in_the_header_is_read(tmp_path, extension):
    assert probe_recording(recording(tmp_path, extension, seconds=7)).seconds == pytest.approx(7, abs=0.15)


def test_a_file_that_makes_ffmpeg_read_its_neighbour_is_refused(tmp_path):
    recording(tmp_path, "wav", name="neighbour")
    trap = tmp_path / "trap.wav"
    trap.write_text("ffconcat version 1.0\nfile neighbour.wav\n")
    with av.open(str(trap)) as sprung:
        assert sprung.format.name == "concat"
    with pytest.raises(AudioProblem, match="not a recording that can be read"):
        probe_recording(trap)


def test_a_playlist_is_refused(tmp_path):
    recording(tmp_path, "mp3", name="neighbour")
    (tmp_path / "list.mp3").write_text("#EXTM3U\n#EXTINF:3,\nneighbour.mp3\n")
    with pytest.raises(AudioProblem, match="not a recording that can be read"):
        probe_recording(tmp_path / "list.mp3")


def test_an_empty_file_is_named_so(tmp_path):
    (tmp_path / "a.wav").touch()
    with pytest.raises(AudioProblem, match=r"^The file is empty\.$"):
        probe_recording(tmp_path / "a.wav")


def test_a_text_called_mp3_is_refused(tmp_path):
    (tmp_path / "notes.mp3").write_text("Notes on the fifth session. " * 400)
    with pytest.raises(AudioProblem, match=r"not a recording that can be read\. Readable are WAV"):
        probe_recording(tmp_path / "notes.mp3")


def test_a_tag_with_nothing_behind_it_is_refused(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10))
    with pytest.raises(AudioProblem, match="not a recording that can be read"):
        probe_recording(tmp_path / "a.mp3")


def test_a_mislabelled_recording_is_read_as_what_it_is_with_a_warning(tmp_path):
    source = recording(tmp_path, "mp3").rename(tmp_path / "a.wav")
    probe = probe_recording(source)
    assert probe.format.word == "MP3"
    assert probe.warnings == ("The name says WAV, but the file is MP3; it is read as MP3.",)


@pytest.mark.parametrize("name", ["a.WAV", "a.upload", "a"])
def test_a_name_that_claims_nothing_else_gives_no_warning(tmp_path, name):
    assert probe_recording(recording(tmp_path, "wav").rename(tmp_path / name)).warnings == ()


def test_a_video_without_sound_is_refused(tmp_path):
    with pytest.raises(AudioProblem, match="video without sound"):
        probe_recording(video(tmp_path / "a.mp4", with_sound=False))


def test_a_header_followed_by_noise_is_damaged(tmp_path):
    (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x18ftypM4A " + os.urandom(5000))
    with pytest.raises(AudioProblem, match="begins like M4A/MP4, but cannot be read"):
        probe_recording(tmp_path / "a.m4a")


@pytest.mark.parametrize("rate", [1, 3_999, 4_000_000])
def test_a_rate_at_which_nobody_records_speech_is_refused(tmp_path, rate):
    source = recording(tmp_path, "wav")
    content = bytearray(source.read_bytes())
    content[24:32] = struct.pack("<II", rate, rate * 2)
    source.write_bytes(content)
    with pytest.raises(AudioProblem, match=f"at {rate} Hz"):
        probe_recording(source)


@pytest.mark.parametrize("code", [0x9999, 0x50])
def test_a_coding_that_is_unknown_or_not_on_the_list_is_refused(tmp_path, code):
    source = recording(tmp_path, "wav")
    content = bytearray(source.read_bytes())
    content[20:22] = struct.pack("<H", code)
    source.write_bytes(content)
    with pytest.raises(AudioProblem, match="coded in a way that cannot be read"):
        probe_recording(source)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(AudioProblem, match="cannot be opened"):
        probe_recording(tmp_path / "none.wav")
    with pytest.raises(AudioProblem, match="not an ordinary file"):
        probe_recording(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_that_would_never_end_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(AudioProblem, match="not an ordinary file"):
        probe_recording(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"RF64\xff\xff\xff\xffWAVEds64", "WAV"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"\xff\xfb\x90\x64", "MP3"),
        (bytes(20) + b"\xff\xf3\x58\xc0", "MP3"),
        (b"\xff\xff\xff\xff", None),
        (b"\xff\xfe#\x00E\x00", None),
        (b"\xef\xbb\xbfdyad,session", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_formats_by_their_first_bytes(head, word):
    found = find_format(head)
    assert (found.word if found else None) == word


def test_the_length_of_a_tag_counts_seven_bits_a_byte_and_the_footer():
    assert id3_length(b"ID3\x04\x00\x00\x00\x00\x02\x01") == 10 + 257
    assert id3_length(b"ID3\x04\x00\x10\x00\x00\x00\x05") == 25
    assert id3_length(b"ID3\x04\x00\x00\x00\x00\x00\x80") == 0
