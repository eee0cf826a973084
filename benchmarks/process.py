"""Whole processes: their time and memory, as the system reports them at the end.

They are started from a small process: the system includes the memory that a
process had before it became another program, and this one has a lot.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import NamedTuple


class Cost(NamedTuple):
    """Time and memory of one run."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, of all its processes
    memory: float | None  # MB, peak of any of its processes, 10 at least; None within our own


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command. Raises RuntimeError with the end of its output if it fails."""
    launch = [sys.executable, "-I", "-S", __file__, *command]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    ran = subprocess.run(launch, **pipes, text=True, env={**os.environ, **(env or {})})
    if ran.returncode:
        raise RuntimeError(f"{command[0]} failed: {ran.stderr[-2000:]}")
    return Cost(*json.loads(ran.stdout.splitlines()[-1]))


def surroundings() -> dict[str, str]:
    """The environment, with compiled modules kept, as they are for installed packages."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _launch(command: list[str]) -> int:
    """Run it, print its cost, and return its exit code."""
    begun = perf_counter()
    child = os.posix_spawnp(command[0], command, surroundings(), file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
    _, status, used = os.wait4(child, 0)
    print(json.dumps([perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(abs(_launch(sys.argv[1:])))
