"""The commands, each in a module of its own that is imported when it is called."""

from importlib import import_module

import click

from coder_app.bootstrap import COMMANDS


class LazyGroup(click.Group):
    """A group that lists its commands without importing them: they cost seconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module("coder_app.cli." + cmd_name.replace("-", "_"))
        return module.command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by the launcher's table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Blinded coding of psychotherapy recordings."""


def run(arguments: list[str]) -> int:
    """Run one command as if it had been typed; ends the process with its exit code."""
    return main.main(args=arguments, prog_name="python3 -m coder_app")
