"""The group of all commands. Each is imported when it is used: `render` needs no other."""

from importlib import import_module
from typing import Any

import click

from audiograph import __version__
from audiograph.cli.exit_codes import reporting_errors
from audiograph.errors import nearest

COMMANDS = ("render", "check", "show", "measure", "credits", "nodes", "new", "schema", "warmup", "standby")


class Commands(click.Group):
    """A group whose commands always end with an exit code, and with one line for an error."""

    def main(self, *words: Any, **options: Any) -> Any:
        """Run the command with these arguments."""
        with reporting_errors():
            return super().main(*words, **options)

    def list_commands(self, _: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command:
        """A command, from the module of the same name."""
        if name not in COMMANDS:
            context.fail(f"no such command: {name!r}{nearest(name, COMMANDS)}")
        command = getattr(import_module(f"audiograph.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="audiograph %(version)s")
def commands() -> None:
    """Mixes as text: a graph of nodes in YAML, rendered to sound files.

    Exit codes: 0 done, 1 a job that failed, 2 a wrong graph or wrong usage, 130 interrupted.
    """
