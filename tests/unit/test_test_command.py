"""The ``test`` command: which tests run, and what is said about those that cannot."""

import sys

import pytest
from click.testing import CliRunner

from coder_app.cli import test as test_command
from coder_app.cli.test import Skipped, find_chromium, find_skipped, overall_exit_code, pytest_runs

NO_BROWSER = Skipped("browser", "browser", "no Chromium found.")


@pytest.fixture
def runs(monkeypatch):
    """Stand-in for pytest: every run passes; the list holds the options of each."""
    calls = []
    monkeypatch.setattr(test_command, "run_pytest", lambda options, browser: calls.append(options) or 0)
    return calls


@pytest.fixture
def nothing_there(monkeypatch):
    monkeypatch.setenv("CODER_APP_CHROMIUM", "/no/such/chromium")
    monkeypatch.delenv("CODER_APP_TEST_POSTGRESQL", raising=False)
    monkeypatch.setattr("coder_app.cli.test.shutil.which", lambda name: None)


def test_what_others_would_disturb_runs_alone_and_the_bulk_in_parallel():
    bulk, alone = pytest_runs(False, (), [])
    assert bulk[0] == "-n"
    assert bulk[-1] == "not benchmark and not long"
    assert alone == ["-m", "benchmark and not long"]


def test_long_tests_run_only_when_asked_for_and_may_take_longer():
    runs = pytest_runs(True, (), [])
    assert all("long" not in run[-1] for run in runs)
    assert all("faulthandler_timeout=3600" in run for run in runs)


def test_tests_that_cannot_run_here_are_left_out_of_every_run():
    assert all("not browser" in run[-1] for run in pytest_runs(False, (), [NO_BROWSER]))


def test_arguments_for_pytest_make_one_run_of_them():
    assert pytest_runs(False, ("-k", "icc"), []) == [["-m", "not long", "-k", "icc"]]
    assert pytest_runs(True, ("-k", "icc"), [])[0][-2:] == ["-k", "icc"]


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([0, 0], 0),
        ([0, 5], 0),
        ([5, 0], 0),
        ([5, 5], 5),
        ([5], 5),
        ([1, 0], 1),
        ([0, 2], 2),
        ([1, 5], 1),
        ([0, -9], -9),
    ],
)
def test_any_failure_counts_and_so_does_a_run_without_any_test(codes, code):
    assert overall_exit_code(codes) == code


def test_what_is_missing_is_said_and_the_rest_runs(runs, nothing_there, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    ended = CliRunner().invoke(test_command.command, [])
    assert ended.exit_code == 0
    assert len(runs) == 2
    assert "browser tests are skipped: CODER_APP_CHROMIUM names /no/such/chromium" in ended.stderr
    assert "PostgreSQL tests are skipped: CODER_APP_TEST_POSTGRESQL is not set" in ended.stderr
    assert "R tests are skipped: no Rscript found" in ended.stderr


def test_with_ci_a_missing_browser_or_server_is_a_failure(runs, nothing_there, monkeypatch):
    monkeypatch.setenv("CI", "true")
    ended = CliRunner().invoke(test_command.command, [])
    assert ended.exit_code == 1
    assert runs == []


def test_with_all_there_nothing_is_skipped(monkeypatch):
    monkeypatch.setenv("CODER_APP_CHROMIUM", sys.executable)
    monkeypatch.setenv("CODER_APP_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1/x")
    monkeypatch.setattr("coder_app.cli.test.shutil.which", lambda name: name)
    assert find_chromium() == sys.executable
    assert find_skipped(find_chromium()) == []


def test_a_failing_test_fails_the_command_and_a_passing_one_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(test_command, "ROOT", tmp_path)
    check = tmp_path / "test_it.py"
    for body, code in [("assert True", 0), ("assert False", 1)]:
        check.write_text(f"def test_it():\n    {body}\n")
        assert test_command.run_pytest(["-p", "no:cacheprovider", str(check)], None) == code
