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
from coder_app.audio.clean import CleanSettings, clean_recording
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
    last = time.monotonic()

    def beat(seconds: float) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_PER_BEAT:
            last = time.monotonic()
            _say(out, {"beat": seconds})

    try:
        settings = CleanSettings(**job["settings"])
        result = asdict(clean_recording(Path(job["source"]), Path(job["target"]), settings, beat))
    except AudioProblem as problem:
        return {"problem": problem.sentence}
    except MemoryError:
        return {"problem": "Decoding the file takes more memory than a recording may."}
    except (av.FFmpegError, OSError, ValueError) as error:
        return {"problem": f"The recording could not be converted ({type(error).__name__})."}
    return {"result": result | {"peaks": base64.b64encode(result["peaks"]).decode()}}


def _say(out: TextIO, message: dict) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
