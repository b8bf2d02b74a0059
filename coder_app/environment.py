"""Build ``.venv`` from the locked requirements; standard library only.

The stamp is removed first and written last, so that a build which was killed half-way is begun anew. A lock
held by the operating system keeps two starts apart and vanishes with its holder. All progress goes to
standard error: standard output belongs to the command.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from coder_app.bootstrap import LauncherError, is_ready, stamp_lines, stamp_path, venv_path, venv_python

# What a first start imports. Importing checks the installation and compiles just these modules, side by side:
# 7 s on two cores, where compiling all that pip installed takes 15 s, or 20 s if pip does it.
FIRST_IMPORTS = (
    "import pandas",
    "import flask, alembic.command, wtforms, waitress, argon2, av, scipy.stats",
)


def prepare(root: Path, with_tests: bool) -> None:
    """Bring the environment to the state that the locks describe, or raise LauncherError."""
    check_ensurepip()
    try:
        with hold_lock(root / ".venv.lock") as lock:
            if is_ready(root, with_tests):
                return
            started = time.monotonic()
            if is_ready(root, with_tests=False):
                add_tests(root, lock)
            else:
                build(root, with_tests, lock)
            say(f"The environment is ready ({time.monotonic() - started:.0f} s).")
    except OSError as error:
        raise LauncherError(
            f"cannot write the environment: {error}. Is another coder_app running, or the folder read-only?"
        ) from error


def check_ensurepip() -> None:
    """Refuse a Python that cannot make environments, with the command that mends it."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if shutil.which("apt-get"):
        mend = f"sudo apt-get install python{version}-venv"
    else:
        mend = "install a complete Python from https://www.python.org/downloads/"
    raise LauncherError(f"this Python cannot make environments (ensurepip is missing). To mend it: {mend}")


def build(root: Path, with_tests: bool, lock: int) -> None:
    """Make the environment from nothing."""
    say("Preparing the environment in .venv (first start, or the requirements changed) ...")
    venv = venv_path(root)
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    elif venv.exists():
        # Before all else: a removal that stops half-way must not leave a stamp.
        stamp_path(root).unlink(missing_ok=True)
        shutil.rmtree(venv)
    # The base interpreter, because the one that runs may be inside the folder that was just removed.
    base = getattr(sys, "_base_executable", None) or sys.executable
    run_step([base, "-I", "-m", "venv", str(venv)], lock)
    run_step(pip_command(root, ["requirements.txt", "requirements-dev.txt"][: 1 + with_tests]), lock)
    make_importable(root)
    say("  checking the packages ...")
    run_together([[str(venv_python(root)), "-I", "-c", line] for line in FIRST_IMPORTS])
    write_stamp(root, with_tests)


def add_tests(root: Path, lock: int) -> None:
    """Add what the tests need to an environment that is otherwise finished."""
    say("Adding the packages that the tests need ...")
    stamp_path(root).unlink()
    try:
        run_step(pip_command(root, ["requirements-dev.txt"]), lock)
    except LauncherError:
        # pip gave up by itself (no network, say), so what was there before still is.
        write_stamp(root, with_tests=False)
        raise
    write_stamp(root, with_tests=True)


def pip_command(root: Path, locks: list[str]) -> list[str]:
    """Install exactly what is locked, checked by hash; no code of a package runs while it is installed."""
    options = ["--require-hashes", "--only-binary", ":all:", "--no-compile", "--no-input"]
    quiet = ["--disable-pip-version-check", "--progress-bar", "off"]
    files = [part for lock in locks for part in ("-r", str(root / lock))]
    return [str(venv_python(root)), "-I", "-m", "pip", "install", *options, *quiet, *files]


def make_importable(root: Path) -> None:
    """Let the environment find the application from any folder, by a relative path that survives a move."""
    base = str(venv_path(root))
    packages = sysconfig.get_path("purelib", "venv", vars={"base": base, "platbase": base})
    Path(packages, "coder_app.pth").write_text(os.path.relpath(root, packages) + "\n", "ascii")


def write_stamp(root: Path, with_tests: bool) -> None:
    """Note what the environment was built from: the last act of a build."""
    fresh = stamp_path(root).with_suffix(".new")
    fresh.write_text("\n".join(stamp_lines(root, with_tests)) + "\n", "ascii")
    fresh.replace(stamp_path(root))


def run_step(command: list[str], lock: int) -> None:
    """Run one step and show how far it is; raise LauncherError with its last lines when it fails."""
    # The step inherits the lock: if this process is killed, the next start waits until the step has ended.
    inherited = (lock,) if os.name == "posix" else ()
    environment = {key: value for key, value in os.environ.items() if key not in ("PIP_USER", "PIP_TARGET")}
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        pass_fds=inherited,
    )
    with process:
        try:
            tail = show_progress(process.stdout)
        except KeyboardInterrupt:
            process.terminate()
            raise
    if process.returncode:
        say("\n".join(tail))
        raise LauncherError(
            "the packages could not be installed (see above). Check the network and start again: "
            "the next start begins anew."
        )


def show_progress(lines: Iterator[str]) -> deque[str]:
    """Show pip's progress as short lines (on a terminal one that changes); return its last lines."""
    tail: deque[str] = deque(maxlen=12)
    collected = 0
    for line in lines:
        tail.append(line.rstrip())
        if match := re.match(r"Collecting ([\w.-]+)|Processing \S*/([\w.]+)", line):
            collected += 1
            name = match[1] or match[2]
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K  downloading {collected}: {name}")
                sys.stderr.flush()
            elif collected % 20 == 1:
                say(f"  downloading {name} and others ...")
        elif line.startswith("Installing collected packages"):
            clear = "\r\033[K" if sys.stderr.isatty() else ""
            say(f"{clear}  installing {line.count(',') + 1} packages ...")
    return tail


def run_together(commands: list[list[str]]) -> None:
    """Run commands side by side and raise LauncherError with the output of one that fails."""
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
        for command in commands
    ]
    outputs = [process.communicate()[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        if process.returncode:
            say(output)
            raise LauncherError("an installed package does not work on this computer (see above).")


@contextlib.contextmanager
def hold_lock(path: Path) -> Iterator[int]:
    """Hold the lock file for the time of a build; wait for another start that has it."""
    with path.open("a+b") as file:
        if not try_lock(file.fileno()):
            say("Another start is preparing the environment; waiting for it ...")
            while not try_lock(file.fileno()):
                time.sleep(0.2)
        yield file.fileno()


def try_lock(descriptor: int) -> bool:
    """Take the lock if it is free; closing the file gives it back."""
    if os.name == "nt":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def say(text: str) -> None:
    """Tell the person at the keyboard what goes on."""
    print(text, file=sys.stderr, flush=True)
