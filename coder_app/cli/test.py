"""``test``: run the tests with all they need, and say aloud which of them cannot run here."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from coder_app.bootstrap import ROOT

NO_TESTS = 5
LONG_PATIENCE = ["-o", "faulthandler_timeout=3600"]
ENOUGH_MEMORY = 2 << 30
BROWSERS_IN_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSERS_ELSEWHERE = (
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)


@dataclass(frozen=True)
class Skipped:
    """Tests that cannot run here: their mark, what they are, and what they lack."""

    mark: str
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what} tests are skipped: {self.reason}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--long", "with_long", is_flag=True, help="Run the full counts too (minutes).")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(with_long: bool, pytest_args: tuple[str, ...]) -> None:
    """Run the tests; arguments after -- go to pytest, which then runs once and in one process.

    Browser tests need Chromium (CODER_APP_CHROMIUM, or in its usual place), PostgreSQL tests a server
    (CODER_APP_TEST_POSTGRESQL=postgresql+psycopg://...), R tests Rscript in PATH. With CI=true, a missing one
    is a failure.
    """
    browser = find_chromium()
    skipped = find_skipped(browser)
    if skipped and os.environ.get("CI", "").lower() == "true":
        for line in skipped:
            click.echo(f"With CI=true every test must run, but {line}", err=True)
        sys.exit(1)
    announce(skipped)
    codes = [run_pytest(options, browser) for options in pytest_runs(with_long, pytest_args, skipped)]
    announce(skipped)
    sys.exit(overall_exit_code(codes))


def find_chromium() -> str | None:
    """Find a Chromium: the one that CODER_APP_CHROMIUM names, else in PATH or where systems keep it."""
    named = os.environ.get("CODER_APP_CHROMIUM")
    if named:
        return shutil.which(named)
    found = (shutil.which(name) for name in (*BROWSERS_IN_PATH, *BROWSERS_ELSEWHERE))
    return next((path for path in found if path), None)


def find_skipped(browser: str | None) -> list[Skipped]:
    """Tell which kinds of tests lack what they need."""
    skipped = []
    if browser is None:
        named = os.environ.get("CODER_APP_CHROMIUM")
        reason = f"CODER_APP_CHROMIUM names {named}, which cannot be run." if named else "no Chromium found."
        skipped.append(Skipped("browser", "browser", reason))
    if not os.environ.get("CODER_APP_TEST_POSTGRESQL"):
        skipped.append(Skipped("postgresql", "PostgreSQL", "CODER_APP_TEST_POSTGRESQL is not set."))
    if shutil.which("Rscript") is None:
        skipped.append(Skipped("r", "R", "no Rscript found."))
    return skipped


def pytest_runs(with_long: bool, extra: tuple[str, ...], skipped: list[Skipped]) -> list[list[str]]:
    """Say how pytest is called: for the bulk in parallel, then for what others would disturb."""
    left_out = [f"not {line.mark}" for line in skipped] + ([] if with_long else ["not long"])
    patience = LONG_PATIENCE if with_long else []
    if extra:
        return [["-m", " and ".join(left_out), *patience, *extra] if left_out else [*patience, *extra]]
    # One more than there are processors, for tests in a browser mostly wait.
    processes = str(min(4, (os.cpu_count() or 1) + 1))
    bulk, alone = (" and ".join([which, *left_out]) for which in ("not benchmark", "benchmark"))
    # Neighbours stay in one process as long as none is idle, so that what a file's tests share is made once.
    return [["-n", processes, "--dist", "worksteal", *patience, "-m", bulk], [*patience, "-m", alone]]


def overall_exit_code(codes: list[int]) -> int:
    """Join the runs' exit codes: the first failure, and a failure too if no run had any test."""
    failures = [code for code in codes if code not in (0, NO_TESTS)]
    if failures:
        return failures[0]
    return NO_TESTS if all(code == NO_TESTS for code in codes) else 0


def run_pytest(options: list[str], browser: str | None) -> int:
    """Run pytest in the project's folder with this interpreter."""
    environment = dict(os.environ)
    if browser:
        environment["CODER_APP_CHROMIUM"] = browser
    if memory := find_memory_folder():
        environment.setdefault("PYTEST_DEBUG_TEMPROOT", memory)
    call = [sys.executable, "-m", "pytest", "-q", *options]
    return subprocess.run(call, cwd=Path(ROOT), env=environment, check=False).returncode  # noqa: S603


def find_memory_folder() -> str | None:
    """Find a folder in memory for the tests' databases, whose commits need not wait for the disk."""
    folder = "/dev/shm"  # noqa: S108 (pytest makes private folders in it)
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < ENOUGH_MEMORY:
        return None
    return folder


def announce(skipped: list[Skipped]) -> None:
    """Say which tests do not run here, and why."""
    for line in skipped:
        click.echo(f"Note: {line}", err=True)
