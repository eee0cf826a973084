"""All verbs under one name. Each is imported when it is wanted: to render needs no other."""

from importlib import import_module
from typing import Any

import click

from audiograph import __version__
from audiograph.cli.exit_codes import told
from audiograph.errors import nearest

VERBS = ("render", "check", "show", "measure", "credits", "nodes", "new", "schema", "warmup", "standby")


class Verbs(click.Group):
    """Commands whose every ending is a line and an exit code."""

    def main(self, *words: Any, **options: Any) -> Any:
        """Run the command that the words say."""
        with told():
            return super().main(*words, **options)

    def list_commands(self, _: click.Context) -> list[str]:
        """Their names."""
        return sorted(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command:
        """One of them, from the module of its name."""
        if name not in VERBS:
            context.fail(f"no such command: {name!r}{nearest(name, VERBS)}")
        found = getattr(import_module(f"audiograph.cli.{name}"), name)
        assert isinstance(found, click.Command)
        return found


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="audiograph %(version)s")
def verbs() -> None:
    """Mixes as text: a graph of nodes in YAML, rendered to sound files.

    Exit codes: 0 done, 1 a job that failed, 2 a wrong graph or wrong usage, 130 interrupted.
    """
