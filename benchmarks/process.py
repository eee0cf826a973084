"""Whole processes: what they take, told by the system when they end."""

import os
import subprocess
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple


class Cost(NamedTuple):
    """What one run took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, of all its processes
    memory: float | None  # MB, the most that any one of its processes held; None in our own


def run(command: Sequence[str]) -> Cost:
    """Run a command to its end. Raises RuntimeError with the last of what it said where it fails."""
    begun = perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = perf_counter() - begun
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed: {said.decode(errors='replace')[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
