"""`audiograph warmup`: all that is ever compiled, compiled at once."""

from pathlib import Path
from time import perf_counter

import click

from audiograph.cli.exit_codes import FAILED
from audiograph.cli.formatting import counted, plain, say
from audiograph.cli.options import nodes_option


@click.command()
@nodes_option
@click.pass_context
def warmup(context: click.Context, files: tuple[Path, ...]) -> None:
    """Compile every kernel now, so that no render has to.

    Kernels are compiled when they are first needed, and kept for this user and
    machine. This does it for all node types at once, those of installed
    packages too: after an installation, or when a container is built. They are
    kept in $AUDIOGRAPH_CACHE, else in the user's cache folder; those that
    nobody uses for 90 days are removed.
    """
    from tempfile import TemporaryDirectory

    from audiograph.cli.exercise import kernels, stops
    from audiograph.cli.progress import Progress
    from audiograph.graph.catalog import catalog
    from audiograph.machine_code import folder, store

    begun, types = perf_counter(), catalog(files)
    with TemporaryDirectory(prefix="audiograph-") as place, Progress(what="warming up") as progress:
        for done, (name, stop) in enumerate(stops(types, Path(place))):
            try:
                stop()
            except Exception as error:  # of a node type that somebody wrote
                say(f"note: {name} is left out: {type(error).__name__}: {error}")
            progress((done + 1) / (len(types) + 1))
    ready = sum(len(kernel.signatures) for kernel in kernels())
    took = f"{counted(progress.compiled, 'kernel')} compiled, {perf_counter() - begun:.1f} s"
    if store.troubles:
        context.exit(FAILED)
    click.echo(plain(f"{counted(ready, 'kernel')} ready in {folder()}: {took}"))
