"""A forgotten password: the one who runs the server draws a new one."""

import pytest
from click.testing import CliRunner

from coder_app.cli.password import command
from coder_app.services import auth


@pytest.fixture
def run(database, settings, monkeypatch):
    monkeypatch.setenv("CODER_APP_DATA", str(settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return lambda *arguments: CliRunner().invoke(command, list(arguments))


def test_the_new_password_opens_the_account_and_every_sign_in_has_ended(run, world, database, tools):
    viewer = world.person("Mara")
    with database.write() as db:
        token = auth.open_login(db, tools, viewer.user_id)
    done = run(" MARA ")
    assert done.exit_code == 0, done.output
    password = done.stdout.split(": ")[1].strip()
    with database.read() as db:
        assert auth.find_viewer(db, tools, token) is None
        assert auth.verify_password(auth.find_credentials(db, "mara"), password)
        assert not auth.verify_password(auth.find_credentials(db, "mara"), "no password")


def test_an_unknown_user_name_is_said_and_changes_nothing(run, world):
    world.person("Mara")
    done = run("nora")
    assert done.exit_code == 2
    assert "no user name 'nora'" in done.stderr
