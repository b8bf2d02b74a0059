"""The launcher: what a start does before any package is there. No test here installs anything."""

import ast
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

import pytest

from coder_app import bootstrap, environment
from coder_app.__main__ import python_problem
from coder_app.bootstrap import LauncherError, is_ready, stamp_path, venv_path, venv_python

LAUNCHER = ("__init__.py", "__main__.py", "bootstrap.py", "environment.py")
ECHO = """
import json, sys, time
if "wait" in sys.argv:
    try:
        print("ready", flush=True)
        time.sleep(20)
    except KeyboardInterrupt:
        sys.exit(9)
print(json.dumps({"arguments": sys.argv[1:], "input": sys.stdin.read(), "python": sys.executable}))
sys.exit(7)
"""


@pytest.fixture
def project(tmp_path):
    """A clone with the real launcher, locks of one line, and a command that echoes what reaches it."""
    root = tmp_path / "a clone"
    package = root / "coder_app"
    (package / "cli").mkdir(parents=True)
    for name in LAUNCHER:
        shutil.copy(Path(bootstrap.__file__).parent / name, package / name)
    (package / "cli" / "__init__.py").write_text("")
    (package / "cli" / "__main__.py").write_text(ECHO)
    (root / "requirements.txt").write_text("flask==1 --hash=sha256:0\n")
    (root / "requirements-dev.txt").write_text("pytest==1 --hash=sha256:0\n")
    return root


@pytest.fixture
def steps(monkeypatch, project):
    """Stand-ins for the steps that need the network; the list holds the commands that were run."""
    commands = []

    def run_step(command, lock):
        commands.append(command)
        if "venv" in command:
            make_venv(project)

    monkeypatch.setattr(environment, "run_step", run_step)
    monkeypatch.setattr(environment, "run_together", commands.extend)
    return commands


def make_venv(root):
    venv.create(venv_path(root), with_pip=False, symlinks=os.name != "nt")


def finish(root, with_tests=False):
    make_venv(root)
    environment.write_stamp(root, with_tests)


def start(root, *arguments, **options):
    command = [sys.executable, "-m", "coder_app", *arguments]
    environ = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CODER_APP_NO_VENV")
    }
    return subprocess.run(
        command, cwd=root, env=environ, capture_output=True, text=True, timeout=60, check=False, **options
    )


def pip_calls(commands):
    return [command for command in commands if "pip" in command]


# The stamp


def test_an_environment_is_ready_once_its_stamp_is_written(project):
    make_venv(project)
    assert not is_ready(project, with_tests=False)
    environment.write_stamp(project, with_tests=False)
    assert is_ready(project, with_tests=False)


def test_an_environment_for_running_is_not_ready_for_the_tests_but_one_for_the_tests_is_ready_for_both(
    project,
):
    finish(project, with_tests=False)
    assert not is_ready(project, with_tests=True)
    environment.write_stamp(project, with_tests=True)
    assert is_ready(project, with_tests=True)
    assert is_ready(project, with_tests=False)


@pytest.mark.parametrize(
    ("lock", "ready_to_run"),
    [("requirements.txt", False), ("requirements-dev.txt", True)],
    ids=["run", "tests"],
)
def test_a_changed_lock_makes_the_environment_stale(project, lock, ready_to_run):
    finish(project, with_tests=True)
    (project / lock).write_text("another==2 --hash=sha256:1\n")
    assert is_ready(project, with_tests=False) is ready_to_run
    assert not is_ready(project, with_tests=True)


@pytest.mark.parametrize(("name", "value"), [("platform", "plan9"), ("abiflags", "t")])
def test_another_platform_or_kind_of_python_makes_the_environment_stale(project, monkeypatch, name, value):
    finish(project)
    monkeypatch.setattr(sys, name, value, raising=False)
    assert not is_ready(project, with_tests=False)


def test_an_environment_without_its_interpreter_is_not_ready(project):
    finish(project)
    venv_python(project).unlink()
    assert not is_ready(project, with_tests=False)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"runtime 0123\n"])
def test_a_damaged_stamp_counts_as_none(project, content):
    finish(project)
    stamp_path(project).write_bytes(content)
    assert not is_ready(project, with_tests=False)


# Building


def test_a_build_installs_the_lock_by_hash_and_finished_packages_only(project, steps):
    environment.prepare(project, with_tests=False)
    (call,) = pip_calls(steps)
    assert "--require-hashes" in call
    assert call[call.index("--only-binary") + 1] == ":all:"
    assert [call[at + 1] for at, part in enumerate(call) if part == "-r"] == [
        str(project / "requirements.txt")
    ]
    assert call[0] == str(venv_python(project))
    assert is_ready(project, with_tests=False)


def test_the_application_can_be_imported_from_any_folder_afterwards(project, steps, tmp_path):
    environment.prepare(project, with_tests=False)
    found = subprocess.run(
        [venv_python(project), "-c", "import coder_app; print(coder_app.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).resolve() == (project / "coder_app" / "__init__.py").resolve()


def test_a_damaged_environment_is_built_anew_from_nothing(project, steps):
    finish(project)
    left_over = venv_path(project) / "left over"
    left_over.write_text("half a package")
    venv_python(project).unlink()
    environment.prepare(project, with_tests=False)
    assert not left_over.exists()
    assert is_ready(project, with_tests=False)


def test_a_finished_environment_is_left_alone(project, steps):
    finish(project)
    environment.prepare(project, with_tests=False)
    assert steps == []


@pytest.mark.parametrize("end", [LauncherError("no network"), KeyboardInterrupt()], ids=["failed", "stopped"])
def test_a_build_that_ends_in_pip_leaves_no_stamp_and_the_next_start_builds_anew(
    project, steps, monkeypatch, end
):
    finish(project)
    (project / "requirements.txt").write_text("another==2 --hash=sha256:1\n")
    working = environment.run_step

    def run_step(command, lock):
        if "pip" in command:
            raise end
        working(command, lock)

    monkeypatch.setattr(environment, "run_step", run_step)
    with pytest.raises(type(end)):
        environment.prepare(project, with_tests=False)
    assert not stamp_path(project).exists()
    monkeypatch.setattr(environment, "run_step", working)
    environment.prepare(project, with_tests=False)
    assert is_ready(project, with_tests=False)


def test_the_tests_packages_are_added_to_an_environment_that_runs(project, steps):
    finish(project)
    environment.prepare(project, with_tests=True)
    (call,) = pip_calls(steps)
    assert str(project / "requirements-dev.txt") in call
    assert str(project / "requirements.txt") not in call
    assert is_ready(project, with_tests=True)


@pytest.mark.parametrize(
    ("end", "still_runs"),
    [(LauncherError("no network"), True), (KeyboardInterrupt(), False)],
    ids=["failed", "stopped"],
)
def test_adding_the_tests_packages_without_network_keeps_what_runs(
    project, steps, monkeypatch, end, still_runs
):
    finish(project)

    def run_step(command, lock):
        raise end

    monkeypatch.setattr(environment, "run_step", run_step)
    with pytest.raises(type(end)):
        environment.prepare(project, with_tests=True)
    assert is_ready(project, with_tests=False) is still_runs
    assert not is_ready(project, with_tests=True)


def test_of_two_starts_at_once_one_builds_and_the_other_waits_for_it(project, steps, monkeypatch, capsys):
    working = environment.run_step
    inside = []

    def run_step(command, lock):
        inside.append(threading.get_ident())
        time.sleep(0.15)
        working(command, lock)

    monkeypatch.setattr(environment, "run_step", run_step)
    starts = [threading.Thread(target=environment.prepare, args=(project, False)) for _ in range(2)]
    for one in starts:
        one.start()
    for one in starts:
        one.join(20)
    assert len(pip_calls(steps)) == 1
    assert len(set(inside)) == 1
    assert "waiting" in capsys.readouterr().err
    assert is_ready(project, with_tests=False)


def test_a_lock_file_left_behind_by_a_killed_start_holds_nobody_up(project, steps, capsys):
    (project / ".venv.lock").write_text("left behind")
    environment.prepare(project, with_tests=False)
    assert "waiting" not in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot hand a lock on to a child")
def test_the_lock_stays_taken_while_a_step_of_a_killed_start_still_works(project, tmp_path):
    lock, working = tmp_path / "lock", tmp_path / "working"
    step = f"import pathlib, time; pathlib.Path({str(working)!r}).touch(); time.sleep(20)"
    code = "import pathlib, sys\nfrom coder_app.environment import hold_lock, run_step\n"
    code += f"with hold_lock(pathlib.Path({str(lock)!r})) as held:\n"
    code += f"    run_step([sys.executable, '-c', {step!r}], held)"
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=project, start_new_session=True)
    try:
        wait_for(working)
        holder.kill()
        holder.wait(20)
        with lock.open("a+b") as file:
            assert not environment.try_lock(file.fileno())
    finally:
        os.killpg(holder.pid, signal.SIGKILL)


def wait_for(path):
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


# Steps and their output


def test_a_step_reports_on_standard_error_only(capfd):
    lines = [
        "Collecting flask==3.1",
        "Processing ./wheels/numpy-2.4-cp311.whl",
        "Installing collected packages: a, b",
    ]
    environment.run_step([sys.executable, "-c", f"print({chr(10).join(lines)!r})"], lock=2)
    out, err = capfd.readouterr()
    assert out == ""
    assert "downloading flask" in err
    assert "installing 2 packages" in err


def test_a_step_that_fails_shows_its_last_lines_and_one_that_helps(capfd):
    with pytest.raises(LauncherError, match="Check the network and start again"):
        environment.run_step([sys.executable, "-c", "import sys; sys.exit('no such wheel')"], lock=2)
    out, err = capfd.readouterr()
    assert out == ""
    assert "no such wheel" in err


def test_a_package_that_cannot_be_imported_stops_the_build(capfd):
    with pytest.raises(LauncherError, match="does not work on this computer"):
        environment.run_together(
            [[sys.executable, "-c", "pass"], [sys.executable, "-c", "import no_such_module"]]
        )
    assert "no_such_module" in capfd.readouterr().err


# What stands in the way


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 15, 0)])
def test_a_python_that_cannot_run_it_is_told_in_one_line(version):
    line = python_problem(version)
    assert ".".join(map(str, version)) in line
    assert "\n" not in line


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 0), (3, 14, 2)])
def test_a_python_that_can_run_it_is_not_complained_about(version):
    assert python_problem(version) is None


def test_an_old_python_ends_with_that_line_and_two(project):
    code = "import runpy, sys; sys.version_info = (3, 10, 13); "
    code += "runpy.run_module('coder_app', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [python_problem((3, 10, 13))]


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_what_an_old_python_reads_first_holds_nothing_that_it_cannot_read(name):
    tree = ast.parse((Path(bootstrap.__file__).parent / name).read_text("utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(
            node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Match | ast.AsyncFunctionDef
        )
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert all(argument.annotation is None for argument in node.args.args)


@pytest.mark.parametrize(
    ("apt", "mend"),
    [
        ("/usr/bin/apt-get", f"sudo apt-get install python3.{sys.version_info[1]}-venv"),
        (None, "https://www.python.org/downloads/"),
    ],
    ids=["Debian", "elsewhere"],
)
def test_a_python_without_ensurepip_is_told_what_mends_it(project, monkeypatch, capsys, apt, mend):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))
    monkeypatch.setattr(shutil, "which", lambda name: apt)
    monkeypatch.delenv("CODER_APP_NO_VENV", raising=False)
    assert bootstrap.main(["demo"], project) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert mend in err
    assert len(err.splitlines()) == 1
    assert not venv_path(project).exists()


def test_without_an_environment_of_its_own_a_missing_package_is_named(project, monkeypatch, capsys):
    monkeypatch.setenv("CODER_APP_NO_VENV", "1")
    monkeypatch.setattr(bootstrap, "RUNTIME", ("json", "no_such_module"))
    assert bootstrap.main(["stats"], project) == 2
    assert "lacks no_such_module" in capsys.readouterr().err
    assert not venv_path(project).exists()


# Starting


def test_arguments_input_output_and_exit_code_pass_through_and_standard_output_is_the_command_s_alone(
    project,
):
    finish(project)
    ended = start(project, "stats", "icc", "a file.csv", "--json", input="ω\n")
    assert ended.returncode == 7
    assert ended.stderr == ""
    heard = json.loads(ended.stdout)
    assert heard["arguments"] == ["stats", "icc", "a file.csv", "--json"]
    assert heard["input"] == "ω\n"
    assert Path(heard["python"]) == venv_python(project)


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl+C to the whole console")
def test_ctrl_c_reaches_the_command_and_its_answer_comes_back(project):
    finish(project)
    with subprocess.Popen(
        [sys.executable, "-m", "coder_app", "serve", "wait"],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has them ignore Ctrl+C, which children inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 9


def test_where_a_process_cannot_be_replaced_the_child_s_exit_code_is_handed_on():
    before = signal.getsignal(signal.SIGINT)
    try:
        assert bootstrap.run_child([sys.executable, "-c", "raise SystemExit(5)"]) == 5
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("ask", ["--help", "-h", "help"])
def test_help_lists_the_commands_before_anything_is_installed(project, ask):
    ended = start(project, ask)
    assert ended.returncode == 0
    assert ended.stderr == ""
    assert all(name in ended.stdout for name in bootstrap.COMMANDS)
    assert not venv_path(project).exists()


@pytest.mark.parametrize("arguments", [(), ("dmeo",), ("--json", "stats")])
def test_a_command_that_does_not_exist_is_refused_before_anything_is_installed(project, arguments):
    ended = start(project, *arguments)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "audit-blind" in ended.stderr
    assert not venv_path(project).exists()


def test_a_folder_that_cannot_be_written_is_named_in_one_line(project, monkeypatch, capsys):
    (project / ".venv.lock").mkdir()
    monkeypatch.delenv("CODER_APP_NO_VENV", raising=False)
    assert bootstrap.main(["demo"], project) == 2
    err = capsys.readouterr().err
    assert ".venv.lock" in err
    assert len(err.splitlines()) == 1


# What a start imports

HEAVY = ("flask", "sqlalchemy", "numpy", "pandas", "scipy", "pingouin", "matplotlib")


def imported_by(code):
    probe = (
        f"{code}\nimport sys\nprint('imported:', *(set(sys.modules) & {{*{HEAVY}, 'click', 'subprocess'}}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", probe], cwd=bootstrap.ROOT, capture_output=True, text=True, check=True
    )
    return set(ended.stdout.splitlines()[-1].split()[1:])


def test_importing_the_package_and_the_launcher_imports_no_package():
    assert imported_by("import coder_app, coder_app.bootstrap") == set()


def test_listing_the_commands_imports_none_of_them():
    code = "from coder_app.cli import run\ntry:\n    run(['--help'])\nexcept SystemExit as end:\n"
    code += "    assert end.code == 0"
    assert imported_by(code) & set(HEAVY) == set()


def test_only_what_exists_can_be_taken_from_the_package():
    import coder_app

    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = coder_app.no_such_thing
