"""A tool to compare with."""

import shutil
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

PIP = "pip install 'audiograph[peers]'"
Command = Callable[[Any, Path], list[str]]


class Peer(NamedTuple):
    """A tool and how it does the work. One that cannot do it is left out, and `lacks` says why."""

    name: str
    command: Command | None = None  # of a whole process, from the inputs and the file to write
    install: str = ""  # how to get it
    mixes: str = ""  # the module whose function `mix` does the same within a process
    longest: float = inf  # seconds of the longest mix it is given; tools with a limit are measured once
    why: str = ""  # the reason for the limit
    lacks: str = ""  # the part of the work that it does not do
    env: Mapping[str, str] = {}  # environment variables of its process, in addition to ours
    is_floor: bool = False  # reads and writes the same files, and computes no mix

    @property
    def missing(self) -> str:
        """Why it is skipped; empty if it is installed."""
        if not self.command and not self.mixes:
            return f"{self.name}: left out ({self.lacks})"
        if not self.install or shutil.which(self.name) or find_spec(self.name):
            return ""
        return f"{self.name}: not found, skipped ({self.install})"

    @property
    def is_slow(self) -> bool:
        """Whether it is so slow that it is measured only once."""
        return self.longest < inf

    def refusal(self, length: float) -> str:
        """Why it is skipped at this length; empty if it is not."""
        return f"{self.name}: skipped at {length:g} s ({self.why})" if length > self.longest else ""


def script(module: str) -> Command:
    """The command that runs a Python module, with the inputs and the file to write as arguments."""
    return lambda given, out: [sys.executable, "-m", module, *map(str, given), str(out)]
