"""Work with libraries that are large or hold the interpreter, in a process that answers in bytes."""

import os
import subprocess
import sys

from coder_app.config import PROJECT

# -I: neither the environment nor the current folder decides what the child imports; ours comes last.
_BOOTSTRAP = "import sys; sys.path.append(sys.argv[1]); from {module} import main; main()"
# Where a library keeps its list of fonts; and without the rest Windows cannot start a process.
_INHERITED = (
    *("HOME", "XDG_CACHE_HOME", "TMPDIR", "USERPROFILE", "LOCALAPPDATA", "TEMP", "SYSTEMROOT", "SYSTEMDRIVE"),
    "WINDIR",
)
_ENVIRONMENT = {"MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ChildError(Exception):
    """The process failed; its last words are for the log."""


class ChildTooSlow(Exception):  # noqa: N818 - reads as the sentence that it is
    """The process was given up."""


def run_child(module: str, asked: bytes, seconds: float) -> bytes:
    """Return what `main` of one of our modules answers to its standard input."""
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and code)
            [sys.executable, "-I", "-X", "utf8", "-c", _BOOTSTRAP.format(module=module), str(PROJECT)],
            input=asked,
            capture_output=True,
            timeout=seconds,
            cwd=PROJECT,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ} | _ENVIRONMENT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChildTooSlow from None
    if done.returncode or not done.stdout:
        raise ChildError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    return done.stdout
