"""The launcher: make sure that the environment is there, then run the command inside it.

Standard library only. What a start with a finished environment needs is here and imports little; building the
environment is in ``environment``, which is loaded only when there is something to build.
"""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "demo": "Build the demo study and serve it on this computer.",
    "serve": "Serve your own installation.",
    "password": "Give a person who forgot theirs a new password.",
    "stats": "Compute one statistic from a file, without the web application.",
    "test": "Run the tests.",
    "check": "Verify the audit trail of every study.",
    "audit-blind": "Check that no coder's page tells where a recording came from.",
}
RUNTIME = ("click", "flask", "sqlalchemy", "pandas", "scipy", "av")
# Raised when the steps in environment.py change what ends up in .venv.
RECIPE = b"1"


class LauncherError(Exception):
    """A start that cannot go on; the text is for the person who started it."""


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run one command inside the environment and return its exit code."""
    name = arguments[0] if arguments else ""
    if name in ("--help", "-h", "help"):
        print(help_text())
        return 0
    if name not in COMMANDS:
        print(f"coder_app: no command {name!r}." if name else help_text(), file=sys.stderr)
        if name:
            print("Commands: " + ", ".join(COMMANDS), file=sys.stderr)
        return 2
    try:
        with_tests = name == "test"
        if os.environ.get("CODER_APP_NO_VENV") == "1":
            return run_here(arguments, with_tests)
        if not is_ready(root, with_tests):
            from coder_app.environment import prepare

            prepare(root, with_tests)
        return run_inside(root, arguments)
    except LauncherError as error:
        print(f"coder_app: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ncoder_app: stopped.", file=sys.stderr)
        return 130


def help_text() -> str:
    """List the commands without needing any package."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: python3 -m coder_app COMMAND [OPTIONS]",
            "",
            "Blinded coding of psychotherapy recordings. The first start installs the packages into .venv.",
            "",
            "Commands:",
            *rows,
            "",
            "python3 -m coder_app COMMAND --help tells the options of one command.",
        ]
    )


def venv_path(root: Path) -> Path:
    """Tell where the environment is."""
    return root / ".venv"


def venv_python(root: Path) -> Path:
    """Tell where the environment's interpreter is."""
    if os.name == "nt":
        return venv_path(root) / "Scripts" / "python.exe"
    return venv_path(root) / "bin" / "python"


def stamp_path(root: Path) -> Path:
    """Tell where the note is which says what the environment was built from."""
    return venv_path(root) / "coder_app-stamp.txt"


def stamp_lines(root: Path, with_tests: bool) -> list[str]:
    """Say what a finished environment's stamp holds: a line for each lock, Python and platform."""
    machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    python = f"{sys.implementation.cache_tag}{getattr(sys, 'abiflags', '')}"
    digest = hashlib.sha256(b"\0".join([RECIPE, python.encode(), sys.platform.encode(), machine.encode()]))
    lines = []
    for layer, lock in [("runtime", "requirements.txt"), ("tests", "requirements-dev.txt")][: 1 + with_tests]:
        digest.update((root / lock).read_bytes())
        lines.append(f"{layer} {digest.hexdigest()}")
    return lines


def is_ready(root: Path, with_tests: bool) -> bool:
    """Tell whether the environment was finished, from these locks and for this Python."""
    try:
        found = stamp_path(root).read_text("ascii").splitlines()
    except (OSError, ValueError):
        return False
    return set(stamp_lines(root, with_tests)) <= set(found) and venv_python(root).exists()


def run_here(arguments: list[str], with_tests: bool) -> int:
    """Run the command in the environment that is already active, if it holds what is needed."""
    from importlib.util import find_spec

    needed = (*RUNTIME, "pytest", "xdist") if with_tests else RUNTIME
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise LauncherError(f"CODER_APP_NO_VENV is set, but this environment lacks {', '.join(missing)}.")
    from coder_app.cli import run

    return run(arguments)


def run_inside(root: Path, arguments: list[str]) -> int:
    """Run the command with the environment's Python."""
    # UTF-8 mode: Windows would otherwise write α, ω and names in the console's code page, or fail to.
    command = [str(venv_python(root)), "-X", "utf8", "-m", "coder_app.cli", *arguments]
    if os.name == "posix":
        # Taking this process's place passes on every signal, not only Ctrl+C: `kill` reaches the server.
        os.execv(command[0], command)  # noqa: S606
    return run_child(command)


def run_child(command: list[str]) -> int:
    """Run a command as a child with our streams; Ctrl+C reaches it by itself and we wait for its answer."""
    import signal
    import subprocess

    with subprocess.Popen(command) as child:  # noqa: S603
        signal.signal(signal.SIGINT, lambda *_: None)
        return child.wait()
