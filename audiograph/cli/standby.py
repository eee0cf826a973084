"""`audiograph standby`: keep a process in the background, loaded and ready, for the commands that follow."""

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
from audiograph.standby.warm_up import SHORT, sweep, warm_up

if TYPE_CHECKING:
    from audiograph.standby.server import Server

MAX_IDLE = 30 * 86_400  # seconds
MAX_FILES = 2**20  # descriptors to close
RESTARTED = "STANDBY_BEGINS_AGAIN"  # environment variable of a process that replaced one that had compiled


@click.command()
@time_option("--for", "idle", "1 h", 1, MAX_IDLE, "How long it waits for a command before it ends.")
@click.option("--stop", is_flag=True, help="End every such process when its work is done.")
def standby(idle: float, stop: bool) -> None:
    """Stand by in the background, so that the commands that follow start at once.

    A short command spends most of its time on starting up: Python, its libraries,
    the first touch of memory. This command starts a process that has done all
    that, and waits. A fork of it then runs every command that has the same user,
    rights, limits, Python, package and settings, with the same open files, folder
    and environment, and the same result and exit code; other commands start by
    themselves as usual. The process takes some 70 MB, is open to its user alone,
    and ends when it is no longer used, or when the package has changed. Linux only.
    """
    from audiograph.standby import client, rendezvous

    if not rendezvous.SUPPORTED:
        raise click.UsageError("standby works on Linux only")
    if stop:
        for process in (processes := client.dismiss(rendezvous.addresses())):
            click.echo(f"process {process} ends")
        if not processes:
            click.echo("none stood by")
        return
    while os.open(os.devnull, os.O_RDWR) < 3:
        pass  # or a file opened here could take the number of a closed standard stream
    _forget_secrets(rendezvous.KEPT)
    client.dismiss([rendezvous.address()])
    sweep()
    with Progress(what="warming up"):
        warm_up(command)
    if "numba" in sys.modules and RESTARTED not in os.environ:  # the compiler takes 200 MB
        os.environ[RESTARTED] = ""
        os.execv(sys.executable, sys.orig_argv)
    pid = _detached(idle)
    if not pid.isdigit():
        raise AudiographError(f"cannot stand by: {pid or 'the process has ended'}")
    click.echo(f"process {pid} stands by; it ends after {shown(idle, 's')} without a command, or by --stop")


def _forget_secrets(kept: tuple[str, ...]) -> None:
    """Begin again with the environment variables that are needed: others may be keys and passwords.

    A process keeps the variables it was started with, whatever it does with them later.
    """
    few = {name: value for name, value in os.environ.items() if name.startswith(kept)}
    if len(few) < len(os.environ):
        os.execve(sys.executable, sys.orig_argv, few)


def _detached(idle: float) -> str:
    """Start the process that stands by; returns its process id, or the reason why it did not start."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as answer:
            return answer.read()
    os.closerange(3, writing)
    os.closerange(writing + 1, MAX_FILES)
    with os.fdopen(writing, "w") as answer:
        try:
            server = _server(idle)
            answer.write(str(os.getpid()))
        except Exception as error:
            answer.write(f"{type(error).__name__}: {error}")
            answer.flush()
            os._exit(1)
    try:
        server.serve()
    finally:
        os._exit(0)


def _server(idle: float) -> "Server":
    """A listening server, in a process without a terminal and with everything loaded that a command needs."""
    from audiograph.cli.commands import COMMANDS
    from audiograph.graph.catalog import catalog
    from audiograph.standby.server import Server
    from audiograph.streams.buffers import start_fresh

    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    for name in COMMANDS:
        import_module(f"audiograph.cli.{name}")
    for name in (types := catalog()):
        types[name]
    start_fresh()
    return Server(partial(warm_up, command, SHORT), _run_fresh, idle)


def _run_fresh(words: list[str]) -> None:
    """Run a command as the first one of its process: warnings given during the warm-up are given again."""
    from audiograph.graph.catalog import forget_plugins
    from audiograph.machine_code import store

    forget_plugins()
    store.troubles.clear()
    command(words)
