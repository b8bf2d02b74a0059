"""`password`: a new password for somebody who has forgotten theirs."""

import sys

import click

from coder_app.config import ConfigError, load_settings
from coder_app.db import Database
from coder_app.migrations import MigrationError, upgrade


@click.command("password", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("user_name")
def command(user_name: str) -> None:
    """Draw a new password for USER_NAME, print it once, and end that person's sign-ins."""
    from coder_app.services import auth
    from coder_app.services.actor import Tools
    from coder_app.services.errors import NotFound

    password = auth.draw_password()
    password_hash = auth.hash_password(password)
    try:
        database = Database(load_settings().database_url)
        try:
            upgrade(database)
            with database.write() as db:
                auth.reset_password(db, Tools(), user_name, password_hash)
        finally:
            database.dispose()
    except (ConfigError, MigrationError) as error:
        raise click.ClickException(str(error)) from None
    except NotFound:
        click.echo(f"There is no user name {user_name!r}.", err=True)
        sys.exit(2)
    click.echo(f"{user_name}: {password}")
    click.echo("It is shown this once. Every sign-in of this person has ended.", err=True)
