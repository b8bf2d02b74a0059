"""Speech-like sound for the demo study: two voices that take turns, drawn from a seed, quick to make."""

import wave
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

SAMPLE_RATE = 16_000  # Hz
SYLLABLES_PER_VOICE = 96
LOUDEST = 0.6  # of full scale

# Fundamental frequency in Hz, and a factor on the formants: an adult, and a child with a shorter vocal tract.
VOICES = ((120.0, 1.0), (270.0, 1.25))
# First three formants of five vowels, in Hz, rounded from what phonetics textbooks give for men.
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
BANDWIDTHS = (90, 120, 180)
CODECS = {".flac": "flac", ".mp3": "libmp3lame", ".m4a": "aac", ".ogg": "libopus"}


def speech(seconds: float, seed: int) -> np.ndarray:
    """Return int16 samples, mono, at SAMPLE_RATE: turns of two voices, with pauses, over faint room noise."""
    random = np.random.default_rng(seed)
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    banks = _stocks()
    speaker, position = int(random.integers(2)), 0
    while position < len(samples):
        loudness = random.uniform(0.6, 1.0)
        for _ in range(random.integers(4, 25)):
            syllable = banks[speaker][random.integers(SYLLABLES_PER_VOICE)]
            stretch = samples[position : position + len(syllable)]
            stretch += syllable[: len(stretch)] * loudness * random.uniform(0.5, 1.0)
            # Syllables run into each other; every ninth or so a word ends with a breath.
            breath = random.uniform(0.1, 0.4) if random.random() < 0.12 else -0.02
            position += len(syllable) + round(breath * SAMPLE_RATE)
        speaker = 1 - speaker
        position += round(random.uniform(0.2, 1.8) * SAMPLE_RATE)
    return _in_a_room(samples, random)


def write_recording(path: Path, samples: np.ndarray, tags: dict[str, str] | None = None) -> None:
    """Write mono samples at SAMPLE_RATE as the extension says (.wav, .flac, .mp3, .m4a, .ogg), with tags.

    WAV takes title, artist and date into an INFO chunk, the others whatever tags they are given.
    """
    if path.suffix == ".wav":
        _write_wav(path, samples, tags or {})
        return
    with av.open(str(path), "w") as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(CODECS[path.suffix], rate=SAMPLE_RATE, layout="mono")
        kind = stream.codec_context.codec.audio_formats[0].name
        resampler = av.AudioResampler(format=kind, layout="mono", rate=SAMPLE_RATE)
        for start in range(0, len(samples), SAMPLE_RATE):
            frame = av.AudioFrame.from_ndarray(
                samples[start : start + SAMPLE_RATE].reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), start
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))


@cache
def _stocks() -> tuple[list[np.ndarray], ...]:
    """Return each voice's syllables; all recordings share them, because making them takes the longest."""
    random = np.random.default_rng(0)
    return tuple(_syllables(random, *voice) for voice in VOICES)


def _syllables(random: np.random.Generator, pitch: float, tract: float) -> list[np.ndarray]:
    """Return a voice's stock of syllables: at times a consonant's hiss, then a vowel with a falling tone."""
    stock = []
    for _ in range(SYLLABLES_PER_VOICE):
        formants = np.array(VOWELS[random.integers(len(VOWELS))]) * tract * random.uniform(0.93, 1.07)
        vowel = _vowel(random, random.uniform(0.12, 0.28), pitch * random.uniform(0.85, 1.2), formants)
        parts = [_hiss(random), vowel] if random.random() < 0.6 else [vowel]
        stock.append(np.concatenate(parts).astype(np.float32))
    return stock


def _vowel(random: np.random.Generator, seconds: float, pitch: float, formants: np.ndarray) -> np.ndarray:
    """Add up the harmonics of a voice, each as loud as the vocal tract's resonances let it through."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    glide = pitch * (1 + random.uniform(-0.12, 0.05) * time / seconds + 0.01 * np.sin(2 * np.pi * 5 * time))
    phase = 2 * np.pi * np.cumsum(glide) / SAMPLE_RATE
    harmonics = np.arange(1, int(5000 / pitch))
    distance = (harmonics[:, None] * pitch - formants) / np.array(BANDWIDTHS)
    strength = ((1 / (1 + distance**2)) * (1.0, 0.5, 0.25)).sum(axis=1) + 0.01 / harmonics
    sound = strength @ np.sin(np.outer(harmonics, phase))
    return sound / np.abs(sound).max() * np.sin(np.pi * np.arange(len(time)) / len(time)) ** 0.7


def _hiss(random: np.random.Generator) -> np.ndarray:
    """Return a short consonant: noise of one band above 1.5 kHz."""
    size = round(random.uniform(0.03, 0.09) * SAMPLE_RATE)
    spectrum = np.fft.rfft(random.standard_normal(size))
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    centre = random.uniform(2500, 6000)
    noise = np.fft.irfft(spectrum * np.exp(-(((frequency - centre) / 1200) ** 2)), size)
    return 0.25 * noise / np.abs(noise).max() * np.hanning(size)


def _in_a_room(samples: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Add faint noise and scale to int16; ten seconds of noise serve for all, because drawing it is slow."""
    noise = random.standard_normal(min(len(samples), 10 * SAMPLE_RATE), dtype=np.float32) * 0.002
    for start in range(0, len(samples), max(1, len(noise))):
        samples[start : start + len(noise)] += noise[: len(samples) - start]
    peak = float(np.abs(samples).max(initial=0.0))
    return (samples * (LOUDEST * 32767 / peak if peak else 0.0)).astype(np.int16)


def _write_wav(path: Path, samples: np.ndarray, tags: dict[str, str]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    if tags:
        _append_info(path, tags)


def _append_info(path: Path, tags: dict[str, str]) -> None:
    """Add the tags as a LIST chunk at the end, because the standard library writes none."""
    entries = b"INFO"
    for name, chunk in (("title", b"INAM"), ("artist", b"IART"), ("date", b"ICRD")):
        if text := tags.get(name, "").encode():
            text += b"\0" * (2 - len(text) % 2)
            entries += chunk + len(text).to_bytes(4, "little") + text
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(b"LIST" + len(entries).to_bytes(4, "little") + entries)
        whole = file.tell() - 8
        file.seek(4)
        file.write(whole.to_bytes(4, "little"))
