"""A tool that is measured beside ours."""

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
    """A tool, and how it does the work; one with no way to do it is left out, and `lacks` says why."""

    name: str
    command: Command | None = None  # of a whole process, from what it is given and the file to write
    install: str = ""  # how to get it
    mixes: str = ""  # the module whose `mix` does the same in one process
    longest: float = inf  # seconds of mix that it is asked for; whoever has such a limit is measured once
    why: str = ""  # it is not asked for more
    lacks: str = ""  # what it does not do of the work
    env: Mapping[str, str] = {}  # settings of its process, besides our own
    is_floor: bool = False  # reads and writes what the others do, and makes no mix

    @property
    def missing(self) -> str:
        """Why it is skipped; empty where it is here."""
        if not self.command and not self.mixes:
            return f"{self.name}: left out ({self.lacks})"
        if not self.install or shutil.which(self.name) or find_spec(self.name):
            return ""
        return f"{self.name}: not found, skipped ({self.install})"

    @property
    def is_slow(self) -> bool:
        """By so much that it is asked once."""
        return self.longest < inf

    def refusal(self, length: float) -> str:
        """Why it is skipped at a length; empty where it is asked."""
        return f"{self.name}: skipped at {length:g} s ({self.why})" if length > self.longest else ""


def script(module: str) -> Command:
    """A program in Python, given the words of all it needs and the file to write."""
    return lambda given, out: [sys.executable, "-m", module, *map(str, given), str(out)]
