"""Makes long recordings in a moment: the packets of a cleaned one again and again, in one file."""

from dataclasses import replace
from pathlib import Path

import av

from coder_app.audio.clean import CleanResult

SAMPLES_A_PACKET = 1024


def repeat(cleaned: Path, result: CleanResult, times: int, target: Path) -> CleanResult:
    """Write a cleaned recording so many times in a row, with its index in front, and say what came of it."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with (
        av.open(str(cleaned)) as source,
        av.open(str(target), "w", "ipod", container_options=options) as made,
    ):
        stream = made.add_stream_from_template(source.streams.audio[0])
        rate = stream.codec_context.sample_rate
        # The first packet holds what the coder needs to begin with, and no sound.
        kept = [bytes(packet) for packet in source.demux(audio=0) if packet.size][1:]
        for number in range(times * len(kept)):
            packet = av.Packet(kept[number % len(kept)])
            packet.stream, packet.duration = stream, SAMPLES_A_PACKET
            packet.pts = packet.dts = number * SAMPLES_A_PACKET
            made.mux(packet)
    seconds = times * len(kept) * SAMPLES_A_PACKET / rate
    peaks = (result.peaks * times)[: int(seconds * len(result.peaks) / result.duration)]
    return replace(result, duration=seconds, size=target.stat().st_size, peaks=peaks)
