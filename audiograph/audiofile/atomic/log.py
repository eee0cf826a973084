"""The log of a writer: what it has staged, and what it is about to do, a line of plain data each.

It is a hidden file beside the targets, and locked as long as its writer lives. So
whoever finds it unlocked knows all there is to be mended.

Reference: J. Gray, A. Reuter, "Transaction Processing", 1992, ch. 10: undo logs.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from audiograph.audiofile.atomic import locks
from audiograph.audiofile.atomic.targets import sync

MOST = 1 << 28  # bytes; 100,000 outputs take a tenth
BEGUN, STAGED, MOVES, DONE = "begun", "staged", "moves", "done"  # the first words of lines


class Log:
    """The log at `path`, whose open file is `handle`. It has the lock, where files have locks."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self._handle = path, handle

    def add(self, *line: Any) -> None:
        """Append a line."""
        text = ascii(line) + "\n"
        os.lseek(self._handle, 0, os.SEEK_END)
        if os.write(self._handle, text.encode("ascii")) < len(text):
            raise OSError(None, "No space left on device")

    def to_disk(self) -> None:
        """Return once all lines are on disk."""
        sync(self._handle)

    def lines(self) -> dict[str, list[list[Any]]]:
        """The lines by their first word; a last one that is not whole is left out."""
        found: dict[str, list[list[Any]]] = {BEGUN: [], STAGED: [], MOVES: [], DONE: []}
        os.lseek(self._handle, 0, os.SEEK_SET)
        text = b""
        if os.fstat(self._handle).st_size > MOST:
            return found
        while part := os.read(self._handle, 1 << 20):
            text += part
        lines = text.decode("ascii", "replace").split("\n")[:-1]
        if not lines:
            return found
        from ast import literal_eval  # rarely needed, so not imported at start; json would be, for each write

        wrong = (ValueError, SyntaxError, KeyError, IndexError, TypeError, RecursionError, MemoryError)
        with suppress(*wrong):  # of a file that is no log
            for line in lines:
                word, *rest = literal_eval(line)
                found[word].append(rest)
        return found

    def take(self) -> bool | None:
        """Lock it, as `locks.take`; False, too, if it has been removed."""
        taken = locks.take(self._handle)
        return taken if locks.is_at(self._handle, self.path) else False

    def is_own(self) -> bool:
        """Whether this user has made it, and nobody else can write to it: what it says is done."""
        facts = os.fstat(self._handle)
        if not stat.S_ISREG(facts.st_mode) or not hasattr(os, "geteuid"):
            return stat.S_ISREG(facts.st_mode)
        return facts.st_uid == os.geteuid() and facts.st_nlink == 1 and not facts.st_mode & 0o022

    def remove(self) -> None:
        """Remove and close it. On Windows, what is open cannot be removed."""
        if os.name != "nt":
            with suppress(OSError):
                self.path.unlink()
        self.close()
        if os.name == "nt":
            with suppress(OSError):
                self.path.unlink()

    def close(self) -> None:
        """Close it; what it says is left to be mended."""
        os.close(self._handle)


def new(path: Path) -> Log | None:
    """A new log, with its lock; None if there is one. OSError if there can be none."""
    try:
        handle = os.open(path, locks.OPEN | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    log = Log(path, handle)
    if log.take() is False:  # somebody has swept it away, before it was locked
        log.close()
        return None
    return log


def existing(path: Path) -> Log | None:
    """The log at `path`, without its lock; None if there is none, OSError if it cannot be read."""
    try:
        return Log(path, os.open(path, locks.OPEN))
    except FileNotFoundError:
        return None
