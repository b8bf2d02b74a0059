"""``demo``: build the demo study if it is not there, tell its results, and serve it on this computer."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import click

from coder_app.config import ConfigError, Settings, load_settings
from coder_app.db import Database
from coder_app.migrations import MigrationError, upgrade
from coder_app.services.folder_lock import FolderLock

LOCK = "demo.lock"
HOST = "127.0.0.1"


@click.command("demo", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--port", default=8766, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.  [default: open]")
@click.option(
    "--serve/--no-serve", default=True, help="Serve the demo after telling its results.  [default: serve]"
)
@click.option("--fresh", is_flag=True, help="Build the demo anew; what was tried in it is gone.")
def command(port: int, browser: bool, serve: bool, fresh: bool) -> None:
    """Build the demo study and serve it on this computer.

    Its people, scores, recordings and ratings are made up. They are in instance/demo/, or in the folder demo/
    of the one that CODER_APP_DATA names, apart from your own installation. Each start draws new passwords.
    """
    from coder_app.demo.stamp import DemoError

    try:
        settings = load_settings(demo=True)
        with FolderLock(settings.data_dir.parent / LOCK) as lock:
            if not lock.acquire():
                raise click.ClickException(
                    f"The demo in {settings.data_dir} is running already. End it first, with Ctrl+C."
                )
            _run(settings, port, browser, serve, fresh)
    except (ConfigError, MigrationError, DemoError) as error:
        raise click.ClickException(str(error)) from None


def _run(settings: Settings, port: int, browser: bool, serve: bool, fresh: bool) -> None:
    from coder_app.cli.serving import serve_app
    from coder_app.demo.stamp import EXPORT, is_built

    must_build = fresh or not is_built(settings.data_dir)
    with ThreadPoolExecutor(1) as thread:
        # Building needs a core for itself; a second start has both for the passwords.
        accounts = thread.submit(_draw_accounts, 1 if must_build else 2)
        if must_build:
            settings = _build(settings)
        results, lines = _open(settings, accounts.result)
    click.echo("\n".join([*results, "", f"The same as files: {settings.data_dir / EXPORT}", ""]))
    if serve:
        serve_app(settings, host=HOST, port=port, browser=browser, notices=lines)
    else:
        click.echo("\n".join(lines))


def _draw_accounts(n_threads: int) -> list:
    from coder_app.demo.accounts import draw_accounts

    return draw_accounts(n_threads)


def _build(settings: Settings) -> Settings:
    """Build the demo and return the settings of what was built, which has a secret of its own."""
    from coder_app.demo.build import build

    began = time.monotonic()

    def tell(what: str) -> None:
        click.echo(f"{time.monotonic() - began:6.1f} s  {what}", err=True)

    tell("Building the demo")
    build(settings, tell)
    tell("The demo is built")
    return load_settings(demo=True)


def _open(settings: Settings, accounts: Callable[[], list]) -> tuple[list[str], list[str]]:
    """Set the new passwords; return the lines of the results and of the accounts."""
    from coder_app.demo.accounts import describe_accounts, renew_passwords
    from coder_app.demo.report import describe_results
    from coder_app.services.actor import Tools

    database = Database(settings.database_url)
    try:
        upgrade(database)
        results = list(describe_results(database))
        drawn = accounts()
        with database.write() as db:
            renew_passwords(db, Tools(), drawn)
    finally:
        database.dispose()
    return results, list(describe_accounts(drawn))
