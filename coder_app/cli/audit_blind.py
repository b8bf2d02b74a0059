"""`audit-blind`: opens all that everybody can reach and looks for what they must not know."""

import json
import signal
import sys
from types import FrameType

import click

from coder_app.config import ConfigError, load_settings


@click.command("audit-blind")
@click.option("--demo", is_flag=True, help="Audit the demo study instead of the installation.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--record/--no-record", default=True, help="Keep the figures in each study's audit trail.")
def command(demo: bool, as_json: bool, record: bool) -> None:
    """Crawl every page as each role, on a copy, and report every secret that somebody could see."""
    from coder_app.leakaudit.columns import UnknownColumnError
    from coder_app.leakaudit.installation import audit_whole
    from coder_app.leakaudit.values import NoValueError

    # As if by Ctrl+C: the copy is removed on the way out.
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, _end)
    tell = (lambda line: None) if as_json else click.echo
    try:
        result = audit_whole(load_settings(demo=demo), tell, record=record)
    except (ConfigError, NoValueError, UnknownColumnError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    sys.exit(1 if result.n_findings else 0)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
