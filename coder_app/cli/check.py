"""`check`: verifies the audit trails of an installation."""

import json
import sys

import click

from coder_app.config import ConfigError, load_settings
from coder_app.db import Database
from coder_app.migrations import MigrationError, upgrade


@click.command("check", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", is_flag=True, help="Check the demo study instead of the installation.")
@click.option(
    "--noted",
    multiple=True,
    metavar="NUMBER:HASH",
    help="The end of a trail as an export printed it: a trail that was cut since has it no more.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(demo: bool, noted: tuple[str, ...], as_json: bool) -> None:
    """Verify every study's audit trail and name its first broken link; ends with 1 where one is broken."""
    from coder_app.services.installation_check import NotedHead, check_trails, find_noted

    try:
        heads = [NotedHead.parse(text) for text in noted]
        database = Database(load_settings(demo=demo).database_url)
        try:
            upgrade(database)
            with database.read() as db:
                checks = check_trails(db)
                found = [(head, find_noted(db, head)) for head in heads]
        finally:
            database.dispose()
    except (ConfigError, MigrationError, ValueError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    whole = all(check.broken_link is None for check in checks) and all(name for _, name in found)
    if as_json:
        click.echo(json.dumps(_as_json(checks, found), ensure_ascii=False))
    else:
        _print(checks, found)
    sys.exit(0 if whole else 1)


def _print(checks, found) -> None:
    if not checks:
        click.echo("There is no study yet, and so no audit trail.")
    for check in checks:
        chain = check.chain
        if check.broken_link:
            click.echo(f"{check.study}: BROKEN, {check.broken_link}; the acts before it are whole.")
        else:
            click.echo(f"{check.study}: whole, {chain.length} acts, ends with {chain.length}:{chain.head}")
    for head, name in found:
        if name:
            click.echo(f"{head.seq}:{head.hash}: still there, in {name}.")
        else:
            click.echo(f"{head.seq}:{head.hash}: NOT THERE, the trail was cut or rewritten since.")


def _as_json(checks, found) -> dict[str, object]:
    return {
        "trails": [
            {
                "study": check.study,
                "acts": check.chain.length,
                "head": check.chain.head,
                "first_broken": check.chain.broken_at,
                "reason": check.broken_link,
            }
            for check in checks
        ],
        "noted": [{"act": head.seq, "hash": head.hash, "study": name} for head, name in found],
    }
