"""`audit-blind`: opens all that each coder can reach and looks for what they must not know."""

import sys

import click

from coder_app.config import ConfigError, load_settings


@click.command("audit-blind")
@click.option("--demo", is_flag=True, help="Audit the demo study instead of the installation.")
def command(demo: bool) -> None:
    """Crawl every page as each coder, on a copy, and report every secret that a coder could see."""
    from coder_app.leakaudit.installation import audit_installation

    n_coders = n_findings = 0
    try:
        for report in audit_installation(load_settings(demo=demo)):
            n_coders += 1
            n_findings += len(report.findings)
            reached = len(report.routes_reached)
            routes = reached + len(report.routes_missed)
            click.echo(
                f"{report.coder}: {report.n_answers} answers searched for {report.n_secrets} secrets, "
                f"{reached} of {routes} routes of the coder's room reached, {len(report.findings)} findings"
            )
            for finding in report.findings:
                click.echo(f"  {finding.where}: {finding.what}")
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if not n_coders:
        click.echo("No coder has an assignment yet; there is nothing to audit.")
    sys.exit(1 if n_findings else 0)
