"""Fixtures for every test: databases, a clock that steps, randomness from a seed, signed-in browsers.

Most tests of the database run on SQLite alone. On PostgreSQL too run the files in which the two differ most
(`ON_BOTH`) and, of every other file, one test in six, so that each service meets both; `--long` runs all.
"""

import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings as properties
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from coder_app.app import build_app, install
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.domain.permissions import Role
from coder_app.migrations import upgrade
from coder_app.services import auth, figure, people, study
from coder_app.services.actor import Actor, Tools, Viewer, get_actor
from tests.browser_of import Browser

POSTGRESQL = os.environ.get("CODER_APP_TEST_POSTGRESQL")
# Locks and waiting, constraints and triggers, what is JSON or a time, and changes of the schema.
ON_BOTH = frozenset(
    {"test_db", "test_lock", "test_migrations", "test_rating_order", "test_schema", "test_transactions"}
)
ONE_IN = 6

# How long one example takes says what else the machine does, not what is wrong.
properties.register_profile(
    "patient", properties.get_profile(properties.get_current_profile_name()), deadline=None
)
properties.load_profile("patient")

# Started in the background, tests are born deaf to Ctrl+C, and so would be the servers that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the long run what PostgreSQL need not answer each time."""
    seen = Counter[str]()
    for item in items:
        if item.get_closest_marker("postgresql") and item.path.stem not in ON_BOTH:
            if seen[item.path.stem] % ONE_IN:
                item.add_marker(pytest.mark.long)
            seen[item.path.stem] += 1


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash passwords at a small part of what it costs to make guessing them slow."""
    import argon2

    with pytest.MonkeyPatch.context() as patch:
        cheap = partial(argon2.PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(argon2, "PasswordHasher", cheap)
        yield


class SteppingClock:
    """A clock that moves one second each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def open_computed(database, tools, settings, browser_of):
    """Return a function that opens a page of a lead's study once what it shows is computed."""
    from coder_app.worker import run_next

    def open_computed(lead, path: str, viewer=None):
        browser, address = browser_of(viewer or lead.viewer), f"/studies/{lead.study_public_id}{path}"
        answer = browser.get(address)
        while answer.status_code == 202:
            assert run_next(database, tools, settings), f"{path} waits for nothing"
            answer = browser.get(address)
        return answer

    return open_computed


@pytest.fixture(scope="session")
def empty_postgresql() -> Iterator[str]:
    """The name of a migrated PostgreSQL database that tests use as a template."""
    name = f"coder_app_template_{os.getpid()}"
    _on_server(f"CREATE DATABASE {name}")
    database = Database(_server_url(name))
    upgrade(database)
    database.dispose()
    yield name
    _on_server(f"DROP DATABASE {name}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite"
        shutil.copy(request.getfixturevalue("empty_sqlite"), path)
        made = Database(f"sqlite:///{path}")
        yield made
        made.dispose()
        return
    if not POSTGRESQL:
        pytest.skip("CODER_APP_TEST_POSTGRESQL names no server")
    name = f"coder_app_test_{os.getpid()}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('empty_postgresql')}")
    made = Database(_server_url(name))
    yield made
    made.dispose()
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def tools() -> Tools:
    """A clock that steps and randomness that is the same in every run."""
    return new_tools()


def new_tools() -> Tools:
    """Return the tools that every test begins with."""
    return Tools(clock=SteppingClock(), token_bytes=random.Random(20260302).randbytes)


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    """An installation in a folder of its own."""
    return Settings(
        data_dir=tmp_path,
        database_url=database.engine.url.render_as_string(hide_password=False),
        secret_key=b"0" * 32,
    )


@pytest.fixture(scope="session")
def bare_app() -> Flask:
    """The web application without an installation; its routes and templates are made once."""
    return build_app()


@pytest.fixture
def app(bare_app: Flask, settings: Settings, database: Database, tools: Tools) -> Flask:
    """The web application on the test's database; a test that adds routes to it makes one of its own."""
    app = copy(bare_app)
    app.config, app.extensions = copy(bare_app.config), dict(bare_app.extensions)
    app.view_functions = dict(bare_app.view_functions)
    install(app, settings, database=database, tools=tools)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


class World:
    """Makes people and studies in a few words."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self.database = database
        self.tools = tools

    def person(self, name: str, *, can_create_studies: bool = False) -> Viewer:
        """Create an account whose user name is the name in lower case; nobody can sign in with a password."""
        with self.database.write() as db:
            return people.create_user(
                db, self.tools, name, name, "no password", can_create_studies=can_create_studies
            )

    def study(self, name: str = "Ruptures", lead: str = "Lead") -> Actor:
        """Create a study with CIRS, TABBS, TASC and WAI-S and return its lead."""
        viewer = self.person(lead, can_create_studies=True)
        with self.database.write() as db:
            return study.create_study(db, self.tools, viewer, name, ["CIRS", "TABBS", "TASC", "WAI-S"])

    def member(self, lead: Actor, name: str, *roles: Role, instruments: tuple[str, ...] = ()) -> Actor:
        """Create an account with roles in the lead's study and, for a coder, places in teams."""
        viewer = self.person(name)
        with self.database.write() as db:
            token = people.invite(db, lead, name, list(roles), list(instruments))
            people.accept_invitation(db, self.tools, token, viewer)
        return self.again(lead, viewer)

    def again(self, actor: Actor, viewer: Viewer | None = None) -> Actor:
        """Return the actor (or another person in the same study) as the database has it now."""
        with self.database.read() as db:
            return get_actor(db, self.tools, viewer or actor.viewer, actor.study_public_id)


@pytest.fixture
def world(database: Database, tools: Tools) -> World:
    """A maker of people and studies."""
    return World(database, tools)


@pytest.fixture
def browser_of(app, database: Database, tools: Tools):
    """Return a function that gives a signed-in browser for a viewer, or a visitor's browser for None."""

    def browser(viewer: Viewer | None = None) -> Browser:
        token = None
        if viewer is not None:
            with database.write() as db:
                token = auth.open_login(db, tools, viewer.user_id)
        return Browser(app, token)

    return browser


@pytest.fixture
def drawn_here() -> Iterator[None]:
    """Draw figures in the test's own process, which loads the library for that once."""
    with figure.drawn_here():
        yield


def _server_url(name: str) -> str:
    return make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)


def _on_server(statement: str) -> None:
    engine = create_engine(_server_url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
