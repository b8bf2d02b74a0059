"""The guarded process that cleans recordings: one job a line on standard input, answers as lines of JSON."""

import base64
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import av.logging

from coder_app.audio import limits
from coder_app.audio.clean import Beat, CleanResult, CleanSettings, clean_recording
from coder_app.audio.mute import MuteSettings, mute_recording
from coder_app.audio.probe import AudioProblem

SECONDS_PER_BEAT = 1.0


def main() -> None:
    """Clean recordings until standard input ends."""
    os.umask(0o077)
    # FFmpeg's messages may quote tags.
    av.logging.set_level(None)
    limits.restrict()
    _say(sys.stdout, {"ready": True})
    for line in sys.stdin:
        limits.allow_another_file()
        _say(sys.stdout, answer(json.loads(line), sys.stdout))


def answer(job: dict, out: TextIO) -> dict:
    """Do one job; foreseeable trouble is an answer, anything else ends the process and is the parent's."""
    last, reading = time.monotonic(), 0

    def beat(place: int, seconds: float) -> None:
        nonlocal last, reading
        # A new file is told at once: if the process ends over it, the parent has to know its name.
        if place != reading or time.monotonic() - last >= SECONDS_PER_BEAT:
            last, reading = time.monotonic(), place
            _say(out, {"beat": seconds, "place": place})

    try:
        result = asdict(_do(job, beat))
    except AudioProblem as problem:
        return {"problem": problem.sentence, "place": problem.place}
    except MemoryError:
        return {"problem": "Decoding the file takes more memory than a recording may.", "place": reading}
    except (av.FFmpegError, OSError, ValueError) as error:
        sentence = f"The recording could not be converted ({type(error).__name__})."
        return {"problem": sentence, "place": reading}
    return {"result": result | {"peaks": base64.b64encode(result["peaks"]).decode()}}


def _do(job: dict, beat: Beat) -> CleanResult:
    sources, target = [Path(source) for source in job["sources"]], Path(job["target"])
    if "stretches" in job["settings"]:
        return mute_recording(sources, target, MuteSettings(**job["settings"]), beat)
    return clean_recording(sources, target, CleanSettings(**job["settings"]), beat)


def _say(out: TextIO, message: dict) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
