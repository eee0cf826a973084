"""`audiograph standby`: a process in the background, loaded and ready, for the commands that follow."""

import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import click

from audiograph.cli import command
from audiograph.cli.options import time_option
from audiograph.cli.progress import Progress
from audiograph.errors import AudiographError
from audiograph.language.quantity import shown
from audiograph.standby.warm_up import SHORT, rehearse, sweep

if TYPE_CHECKING:
    from audiograph.standby.server import Server

MOST = 30 * 86_400  # seconds
MANY = 2**20  # files that may be open
AGAIN = "STANDBY_BEGINS_AGAIN"  # in the environment of a process that has replaced one that compiled


@click.command()
@time_option("--for", "idle", "1 h", 1, MOST, "How long it waits for a command before it ends.")
@click.option("--stop", is_flag=True, help="End every such process that is found, when its work is done.")
def standby(idle: float, stop: bool) -> None:
    """Stand by in the background: commands that follow start at once.

    Most of a short command is spent on starting: Python, its libraries, the
    first touch of all memory. This starts a process that has done it and waits.
    Every command that is like it in user, rights, limits, Python, package and
    settings is then done by a fork of it, with the same open files, folder and
    environment, the same result and exit code; any other starts by itself as
    ever. It takes some 70 MB, is open to its user alone, and ends by itself when
    nobody needs it, or when the package has changed. On Linux.
    """
    from audiograph.standby import client
    from audiograph.standby import rendezvous as meeting

    if not meeting.POSSIBLE:
        raise click.UsageError("only Linux has what this needs")
    if stop:
        for process in (ended := client.dismiss(meeting.addresses())):
            click.echo(f"process {process} ends")
        if not ended:
            click.echo("none stood by")
        return
    while os.open(os.devnull, os.O_RDWR) < 3:
        pass  # or a stream that was closed would be one of those opened here
    client.dismiss([meeting.address()])
    sweep()
    with Progress(what="warming up"):
        rehearse(command)
    if "numba" in sys.modules and AGAIN not in os.environ:  # it has compiled, which takes 200 MB
        os.environ[AGAIN] = ""
        os.execv(sys.executable, sys.orig_argv)
    said = _detached(idle)
    if not said.isdigit():
        raise AudiographError(f"cannot stand by: {said or 'the process has ended'}")
    click.echo(f"process {said} stands by; it ends after {shown(idle, 's')} without a command, or by --stop")


def _detached(idle: float) -> str:
    """The number of the process that stands by from now on, or why there is none."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as told:
            return told.read()
    os.closerange(3, writing)
    os.closerange(writing + 1, MANY)
    with os.fdopen(writing, "w") as telling:
        try:
            server = _server(idle)
            telling.write(str(os.getpid()))
        except Exception as error:
            telling.write(f"{type(error).__name__}: {error}")
            telling.flush()
            os._exit(1)
    try:
        server.serve()
    finally:
        os._exit(0)


def _server(idle: float) -> "Server":
    """In a process without a terminal, with all loaded that any verb may need, a server that listens."""
    from audiograph.cli.commands import VERBS
    from audiograph.graph.catalog import catalog
    from audiograph.standby.server import Server
    from audiograph.streams.buffers import start_fresh

    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    for verb in VERBS:
        import_module(f"audiograph.cli.{verb}")
    for name in (types := catalog()):
        types[name]
    start_fresh()
    return Server(partial(rehearse, command, SHORT), _afresh, idle)


def _afresh(words: list[str]) -> None:
    """Do a command, and say what is said once a process: the rehearsal has said it to nobody."""
    from audiograph.graph.catalog import forget_plugins
    from audiograph.machine_code import store

    forget_plugins()
    store.troubles.clear()
    command(words)
