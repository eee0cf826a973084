"""The audiograph command as installed, by itself and with a process standing by."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir

from audiograph.standby import rendezvous
from benchmarks.peers import Command, Peer
from benchmarks.process import surroundings

SCRIPT = [sys.executable, "-c", "from audiograph.cli import main; main()"]  # like the script that pip writes
NAME, STANDBY = "audiograph", "audiograph standby"
PLACES = Path(gettempdir(), f"audiograph-benchmarks-{os.getpid()}")
ALONE = {"XDG_RUNTIME_DIR": str(PLACES / "nobody")}
TOGETHER = {"XDG_RUNTIME_DIR": str(PLACES / "one")}


def peers(command: Command, mixes: str) -> list[Peer]:
    """Ours by itself, and where possible with a process standing by."""
    found = [Peer(NAME, command, mixes=mixes, env=ALONE)]
    if rendezvous.SUPPORTED:
        about = "cpu and memory: of the client alone"
        found.append(Peer(STANDBY, command, lacks=about, env=TOGETHER))
    return found


@contextmanager
def standing_by() -> Iterator[None]:
    """While this lasts, a process stands by."""
    if not rendezvous.SUPPORTED:
        yield
        return
    command = [*SCRIPT, "standby"]
    env = {**surroundings(), **TOGETHER}
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        subprocess.run([*command, "--stop"], env=env, check=True, stdout=subprocess.DEVNULL)
        rmtree(PLACES, ignore_errors=True)
