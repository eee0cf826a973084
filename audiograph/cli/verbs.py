"""All verbs under one name."""

from typing import Any

import click

from audiograph import __version__
from audiograph.cli.check import check
from audiograph.cli.credits import credits
from audiograph.cli.endings import told
from audiograph.cli.measure import measure
from audiograph.cli.new import new
from audiograph.cli.nodes import nodes
from audiograph.cli.render import render
from audiograph.cli.schema import schema
from audiograph.cli.show import show
from audiograph.cli.warmup import warmup


class Verbs(click.Group):
    """Commands whose every ending is a line and an exit code."""

    def main(self, *words: Any, **options: Any) -> Any:
        """Run the command that the words say."""
        with told():
            return super().main(*words, **options)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="audiograph %(version)s")
def verbs() -> None:
    """Mixes as text: a graph of nodes in YAML, rendered to sound files.

    Exit codes: 0 done, 1 a job that failed, 2 a wrong graph or wrong usage, 130 interrupted.
    """


for verb in (render, check, show, measure, credits, nodes, new, schema, warmup):
    verbs.add_command(verb)
