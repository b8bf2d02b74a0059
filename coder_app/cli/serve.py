"""``serve``: serve one's own installation."""

import click

from coder_app.cli.serving import serve_app
from coder_app.config import ConfigError, load_settings
from coder_app.migrations import MigrationError


@click.command("serve", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.  [default: open]")
def command(port: int, host: str, browser: bool) -> None:
    """Serve your own installation.

    Its data are in instance/, or in the folder that CODER_APP_DATA names. DATABASE_URL may name a PostgreSQL
    database.
    """
    try:
        serve_app(load_settings(), host=host, port=port, browser=browser)
    except (ConfigError, MigrationError) as error:
        raise click.ClickException(str(error)) from None
