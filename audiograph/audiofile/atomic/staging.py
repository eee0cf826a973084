"""Staged files: new ones that wait, hidden beside their targets, to be put in place.

A writer has a log in each folder that it writes to, in the first free one of some
slots. The slots have fixed names. So whoever writes to a folder finds what dead
writers left there without listing the folder, however many files are in it.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

from audiograph.audiofile.atomic import locks
from audiograph.audiofile.atomic.log import BEGUN, DONE, MOVES, STAGED, Log, existing, new
from audiograph.audiofile.atomic.targets import folders_to_disk, seen_from

PREFIX = ".audiograph-"
OLD, COPY = ".old", ".copy"  # end the names of the old file, and of a copy while it is rewritten
SLOTS, MOST = 8, 1000  # that are always looked at; that there may be
WEEK, MINUTE = 7 * 86_400, 60  # seconds


class Staging:
    """The files that one writer stages in `folder`; `log` tells of them.

    `number` is the writer's. If it writes to several folders, `home` is the first
    one, whose log tells what is put in place. Making one sweeps after writers that
    are dead. Raises OSError if nothing can be written there.
    """

    def __init__(self, folder: Path, number: str, home: "Staging | None" = None) -> None:
        self._folder, self._number, self._names = folder, number, list[str]()
        self.log = _swept(folder)
        try:
            self.log.add(BEGUN, locks.machine(), number, seen_from(folder, home.log.path) if home else None)
        except BaseException:
            self.log.remove()
            raise

    def paths(self, index: int, suffix: str) -> tuple[Path, Path]:
        """Where a new file is staged, and where the old one is kept when it is replaced."""
        name = f"{PREFIX}{self._number}-{index}{suffix}"
        self._names.append(name)
        self.log.add(STAGED, name)
        return self._folder / name, self._folder / (name + OLD)

    def close(self, *, keep: bool = False) -> None:
        """Remove what is left; with `keep`, leave that to the next one who writes here."""
        if keep:
            self.log.close()
            return
        _remove(self._folder, self._names)
        self.log.remove()


def new_number() -> str:
    """A number that no other writer has."""
    return os.urandom(6).hex()


def _slots(folder: Path) -> str:
    """What the paths of logs begin with. Each user has slots: others may not be able to remove a log."""
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    return f"{folder}{os.sep}{PREFIX}{user}-"


def _swept(folder: Path) -> Log:
    """A new log in the first free slot, after a look at all that may have one."""
    slots, mine = _slots(folder), None
    for index in range(MOST):
        path = f"{slots}{index}"
        if not mine:
            mine = new(Path(path)) or (new(Path(path)) if _mend(Path(path)) else None)
        elif index >= SLOTS:
            break
        elif os.access(path, os.F_OK):  # which is quicker than an error
            _mend(Path(path))
    if not mine:
        raise BlockingIOError(None, "too many write to this folder")
    return mine


def _mend(path: Path) -> bool:
    """Do for a dead writer what its log tells; whether that slot is free now."""
    is_done = False
    with suppress(OSError, ValueError, TypeError):  # of a file system, or of a log that is none
        log = existing(path)
        if not log:
            return True
        try:
            is_done = log.is_own() and _mended(log)
        finally:
            if is_done:
                log.remove()
            else:
                log.close()
    return is_done


def _mended(log: Log) -> bool:
    """Whether nothing is left of the writer of this log; False if it may be alive."""
    taken = log.take()
    if taken is False:
        return False
    folder, lines = log.path.parent, log.lines()
    if not lines[BEGUN]:
        return _is_certain(taken, locks.machine()) or _age([log.path]) > WEEK
    machine, number, home = lines[BEGUN][0]
    names = [name for (name,) in lines[STAGED] if str(name).startswith(f"{PREFIX}{number}-")]
    age = _age([log.path, *[folder / name for name in names]])
    if not _is_certain(taken, machine) and age <= (MINUTE if lines[MOVES] else WEEK):
        return False
    if home:
        there = Path(os.path.normpath(folder / home))
        if not there.parent.is_dir():  # another container sees it elsewhere
            if age <= WEEK:
                return False
        elif _writer_at(there) == number and not _mend(there):
            return False
    elif lines[MOVES] and not lines[DONE]:
        from audiograph.audiofile.atomic.placing import moves_of, roll_back  # rarely needed

        moves = moves_of(lines[MOVES], folder)
        if not roll_back(moves):
            return False
        folders_to_disk([each.final for each in moves])
    _remove(folder, names)
    return True


def _is_certain(taken: bool | None, machine: str) -> bool:
    """Whether a free lock means a dead writer: not without locks, nor on another machine."""
    return bool(taken) and machine == locks.machine()


def _writer_at(path: Path) -> Any:
    """The number of the writer whose log is there, alive or not."""
    log = existing(path)
    if not log:
        return None
    try:
        begun = log.lines()[BEGUN]
        return begun[0][1] if begun else None
    finally:
        log.close()


def _age(paths: list[Path]) -> float:
    """Seconds since one of the files was last written to."""
    times = [path.lstat().st_mtime for path in paths if os.path.lexists(path)]
    return time() - max(times, default=0)


def _remove(folder: Path, names: list[str]) -> None:
    for path in [f"{folder}{os.sep}{Path(name).name}{more}" for name in names for more in ("", OLD, COPY)]:
        if os.access(path, os.F_OK):
            with suppress(OSError):  # on Windows: somebody reads it
                if sys.platform == "win32":
                    Path(path).chmod(0o666)
                Path(path).unlink()
