"""`audiograph warmup`: compile every kernel now."""

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

    Kernels are compiled when they are first needed, and stored for this user and
    machine. This command compiles those of all node types at once, including
    installed packages: run it after an installation, or when a container is
    built. The store is $AUDIOGRAPH_CACHE, or else the user's cache folder;
    kernels that have not been used for 90 days are removed.
    """
    from tempfile import TemporaryDirectory

    from audiograph.cli.exercise import exercises
    from audiograph.cli.progress import Progress
    from audiograph.graph.catalog import catalog
    from audiograph.kernel import kernels
    from audiograph.machine_code import folder, store

    begun, types = perf_counter(), catalog(files)
    with TemporaryDirectory(prefix="audiograph-") as place, Progress(what="warming up") as progress:
        for done, (name, exercise) in enumerate(exercises(types, Path(place))):
            try:
                exercise()
            except Exception as error:  # of a node type that somebody wrote
                say(f"note: {name} is left out: {type(error).__name__}: {error}")
            progress((done + 1) / (len(types) + 1))
    ready = sum(len(kernel.signatures) for kernel in kernels())
    took = f"{counted(progress.kernels_compiled, 'kernel')} compiled, {perf_counter() - begun:.1f} s"
    if store.troubles:
        context.exit(FAILED)
    click.echo(plain(f"{counted(ready, 'kernel')} ready in {folder()}: {took}"))
