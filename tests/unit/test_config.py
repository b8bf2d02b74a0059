"""Settings: a private data folder, one secret, and a database that is named without doubt."""

import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from coder_app.config import ConfigError, load_settings, make_private

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


def load(folder: Path, *, demo: bool = False, **environ: str):
    return load_settings(demo=demo, environ={"CODER_APP_DATA": str(folder), **environ})


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_secret_is_made_once_and_stays(tmp_path):
    first = load(tmp_path / "data").secret_key
    assert len(first) == 32
    assert load(tmp_path / "data").secret_key == first
    assert load(tmp_path / "other").secret_key != first


def test_nothing_but_the_secret_is_left_in_a_new_data_folder(tmp_path):
    load(tmp_path / "data")
    load(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


@posix
def test_the_secret_and_its_folder_are_the_owners_alone(tmp_path):
    before = os.umask(0)
    try:
        load(tmp_path / "data")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "data") == 0o700
    assert mode_of(tmp_path / "data" / "secret_key") == 0o600


@posix
def test_the_folder_around_a_demo_is_private_too_since_the_real_installation_comes_there(tmp_path):
    before = os.umask(0o022)
    try:
        load(tmp_path / "data", demo=True)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "data") == 0o700
    assert mode_of(tmp_path / "data" / "demo") == 0o700


@posix
def test_a_folder_and_a_secret_that_were_open_are_closed(tmp_path):
    load(tmp_path / "data")
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "secret_key").chmod(0o644)
    load(tmp_path / "data")
    assert mode_of(tmp_path / "data") == 0o700
    assert mode_of(tmp_path / "data" / "secret_key") == 0o600


@posix
def test_a_folder_shared_by_everybody_is_refused_and_left_as_it_was(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(ConfigError, match="shared by everybody"):
        make_private(shared)
    assert mode_of(shared) == 0o1777


def test_a_data_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigError, match=r"data folder .*file.* cannot be used") as caught:
        load(tmp_path / "file" / "data")
    assert "\n" not in str(caught.value)


def test_a_secret_that_is_too_short_is_refused_and_kept(tmp_path):
    (tmp_path / "secret_key").write_bytes(b"x" * 31)
    with pytest.raises(ConfigError, match="secret_key must hold 32 bytes or more"):
        load(tmp_path)
    assert (tmp_path / "secret_key").read_bytes() == b"x" * 31


def _load_together(folder: str, barrier, results) -> None:
    barrier.wait(20)
    try:
        results.put(load(Path(folder)).secret_key)
    except BaseException as error:
        results.put(repr(error))


def test_starts_at_the_same_time_agree_on_one_secret(tmp_path):
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    for attempt in range(5):
        barrier, results = context.Barrier(4), context.Queue()
        folder = str(tmp_path / str(attempt))
        starts = [
            context.Process(target=_load_together, args=(folder, barrier, results), daemon=True)
            for _ in range(4)
        ]
        for start in starts:
            start.start()
        secrets = {results.get(timeout=20) for _ in starts}
        for start in starts:
            start.join(20)
        assert secrets == {(tmp_path / str(attempt) / "secret_key").read_bytes()}


def test_a_start_that_comes_second_takes_the_secret_of_the_first(tmp_path, monkeypatch):
    """The second start has seen no secret, and the first one makes it meanwhile."""
    first = load(tmp_path).secret_key
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert load(tmp_path).secret_key == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_settings_do_not_show_the_secret_or_the_databases_password(tmp_path):
    settings = load(tmp_path, DATABASE_URL="postgresql://coder:hush@db.example/coder_app")
    assert "hush" not in repr(settings) and repr(settings.secret_key) not in repr(settings)


def test_without_a_url_the_database_is_a_file_in_the_data_folder(tmp_path):
    settings = load(tmp_path)
    assert settings.is_sqlite
    assert make_url(settings.database_url).database == str(tmp_path / "coder_app.sqlite")


@pytest.mark.parametrize("name", ["a b", "größe", "50% off", "what?", "a%20b", "x#y", "a@b:c"])
def test_the_file_is_the_right_one_whatever_the_folder_is_called(tmp_path, name):
    settings = load(tmp_path / name)
    assert make_url(settings.database_url).database == str(tmp_path / name / "coder_app.sqlite")


def test_a_relative_file_is_the_same_one_from_every_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = load(tmp_path, DATABASE_URL="sqlite:///study.sqlite").database_url
    assert make_url(url).database == str(tmp_path / "study.sqlite")


@pytest.mark.parametrize(
    "given",
    [
        "postgres://coder:p%40ss@db.example:5432/coder_app",
        "postgresql://coder:p%40ss@db.example:5432/coder_app",
        "postgresql+psycopg://coder:p%40ss@db.example:5432/coder_app",
    ],
)
def test_a_postgresql_url_gets_the_driver_that_is_installed(tmp_path, given):
    settings = load(tmp_path, DATABASE_URL=given)
    url = make_url(settings.database_url)
    assert not settings.is_sqlite
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.host, url.port) == ("coder", "p@ss", "db.example", 5432)


def test_a_postgresql_socket_can_be_named(tmp_path):
    url = make_url(load(tmp_path, DATABASE_URL="postgresql:///coder_app?host=/run/postgresql").database_url)
    assert (url.host, url.database, url.query["host"]) == (None, "coder_app", "/run/postgresql")


@pytest.mark.parametrize(
    "wrong",
    [
        "mysql://root:hush@db.example/coder_app",
        "postgresql+psycopg2://coder:hush@db.example/coder_app",
        "postgresql://coder:hush@db.example",
        "postgresql://coder:hush@db.example:port/coder_app",
        "postgresql://coder:hu@sh@db.example/coder_app",
        "coder_app.sqlite",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
    ],
)
def test_any_other_url_is_refused_in_one_line_without_the_password(tmp_path, wrong):
    with pytest.raises(ConfigError, match="DATABASE_URL must") as caught:
        load(tmp_path, DATABASE_URL=wrong)
    assert "\n" not in str(caught.value) and "hu" not in str(caught.value)


def test_the_demo_never_touches_the_real_database(tmp_path):
    settings = load(tmp_path, demo=True, DATABASE_URL="postgresql://coder@db.example/coder_app")
    assert make_url(settings.database_url).database == str(tmp_path / "demo" / "coder_app.sqlite")


def test_hosts_are_added_to_those_of_this_machine(tmp_path):
    hosts = load(tmp_path, CODER_APP_HOSTS=" coding.example , ,10.0.0.5").trusted_hosts
    assert hosts == ("localhost", "127.0.0.1", "[::1]", "coding.example", "10.0.0.5")


def test_secure_cookies_are_asked_for_by_1_and_a_wrong_word_is_not_taken_for_no(tmp_path):
    assert load(tmp_path, CODER_APP_HTTPS="1").secure_cookies
    assert not load(tmp_path, CODER_APP_HTTPS="0").secure_cookies
    assert not load(tmp_path).secure_cookies
    with pytest.raises(ConfigError, match="CODER_APP_HTTPS must be 0 or 1"):
        load(tmp_path, CODER_APP_HTTPS="true")
