"""`stats`: each statistic of the pages on files, without the web application."""

import errno
import importlib

import click

from coder_app.analysis.results import StatsError

SUMMARIES = {
    "icc": "Intraclass correlations of each item, with intervals.",
    "agreement": "Percent agreement, Gwet's AC1 and AC2, Krippendorff's alpha, kappa, and all pairs.",
    "omega": "Omega total of one scale, with ratio and alpha beside it.",
    "alpha": "Cronbach's alpha of one scale, also by session, with Feldt's interval.",
    "intra": "Agreement of raters with themselves when a target comes back.",
    "dstudy": "Variance components, and the reliability of the mean of several raters.",
    "drift": "Control charts of each rater's deviations, in the order of rating.",
    "ruptures": "Ruptures in alliance scores, by control chart and absolute drop.",
    "permutation": "Permutation analysis of variance over the positions of sequences.",
    "plan": "Recordings needed for an interval of a given width.",
}


class Problem(click.ClickException):
    """Any failure of a statistic, as one line on standard error and exit status 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Print the message on one line, whatever it holds."""
        click.echo("error: " + " ".join(self.format_message().split()), err=True)


class StatsGroup(click.Group):
    """Imports a statistic only when it is asked for: pandas and scipy cost a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the statistics in the order of the documentation."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one statistic and return its command."""
        if cmd_name not in SUMMARIES:
            return None
        return importlib.import_module(f"{__name__}.{cmd_name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the statistics without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def make_context(self, *args: object, **kwargs: object) -> click.Context:
        """Parse the group's own arguments; a mistake is one line."""
        try:
            return super().make_context(*args, **kwargs)
        except (click.exceptions.NoArgsIsHelpError, click.exceptions.Exit):
            raise
        except click.ClickException as error:
            raise Problem(error.format_message()) from error

    def invoke(self, ctx: click.Context) -> object:
        """Run a statistic; whatever goes wrong, a script that reads the output sees one line and a 2."""
        try:
            return super().invoke(ctx)
        except (Problem, click.exceptions.Exit, click.Abort):
            raise
        except click.ClickException as error:
            raise Problem(error.format_message()) from error
        except StatsError as error:
            raise Problem(str(error)) from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            raise Problem(f"unexpected {type(error).__name__}: {error}") from error


@click.group(cls=StatsGroup, name="stats")
def command() -> None:
    """Compute a statistic on a CSV file in long format ('-' reads standard input)."""
