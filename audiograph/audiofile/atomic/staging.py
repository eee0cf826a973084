"""Staged files: new ones that wait, hidden beside their targets, to be put in place.

A writer has a log in each folder that it writes to, in the first free one of some
slots. The slots have fixed names. So whoever writes to a folder finds what dead
writers left there without listing the folder, however many files are in it.
"""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from audiograph.audiofile.atomic import locks
from audiograph.audiofile.atomic.log import BEGUN, DONE, MOVES, STAGED, Log, existing, new
from audiograph.audiofile.atomic.targets import folders_to_disk, seen_from
from audiograph.audiofile.names import HIDDEN as PREFIX

if TYPE_CHECKING:
    from audiograph.audiofile.atomic.placing import Move  # rarely needed

OLD, COPY = ".old", ".copy"  # end the names of the old file, and of a copy while it is rewritten
SLOTS, MOST = 8, 1000  # that are always looked at; that there may be
WEEK, MINUTE = 7 * 86_400, 60  # seconds
_NUMBER = re.compile("[0-9a-f]{12}")  # as `new_number` makes them


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
    if not _NUMBER.fullmatch(str(number)):  # no log of ours
        return False
    names = [name for (name,) in lines[STAGED] if str(name).startswith(f"{PREFIX}{number}-")]
    age = _age([log.path, *[folder / name for name in names]])
    if not _is_certain(taken, machine) and age <= (MINUTE if lines[MOVES] else WEEK):
        return False
    if home:
        there = Path(os.path.normpath(folder / home))
        if not there.name.startswith(PREFIX):
            return False
        if not there.parent.is_dir():  # another container sees it elsewhere
            if age <= WEEK:
                return False
        elif (_begun_at(there) or (None, None))[1] == number and not _mend(there):
            return False
    elif lines[MOVES] and not lines[DONE]:
        from audiograph.audiofile.atomic.placing import moves_of, roll_back  # rarely needed

        moves = [each for each in moves_of(lines[MOVES], folder) if _is_due(each, number, log.path)]
        if not roll_back(moves):
            return False
        folders_to_disk([each.final for each in moves])
    _remove(folder, names)
    return True


def _is_due(move: "Move", number: str, log: Path) -> bool:
    """Whether the writer of this log could have made this move.

    A log may have come with an archive that somebody unpacked here. So it moves nothing
    but hidden files within their folders, where that writer has a log, too.
    """
    folder, staged = move.final.parent, move.staged
    if not staged.name.startswith(f"{PREFIX}{number}-") or move.final.name.startswith(PREFIX):
        return False
    if staged.parent != folder or move.old != folder / (staged.name + OLD):
        return False
    return folder == log.parent or _has_log(folder, number, log)


def _has_log(folder: Path, number: str, home: Path) -> bool:
    """Whether the writer whose first log is `home` has one in this folder, too."""
    slots = _slots(folder)
    for index in range(MOST):
        path = Path(f"{slots}{index}")
        if not path.exists():
            if index >= SLOTS:
                break
            continue
        _, its, first = _begun_at(path) or (None, None, None)
        if its == number and first and os.path.normpath(folder / first) == os.path.normpath(home):
            return True
    return False


def _is_certain(taken: bool | None, machine: str) -> bool:
    """Whether a free lock means a dead writer: not without locks, nor on another machine."""
    return bool(taken) and machine == locks.machine()


def _begun_at(path: Path) -> Any:
    """Machine, number and home of the writer whose log is there, alive or not; None if there is no log."""
    log = existing(path)
    if not log:
        return None
    try:
        begun = log.lines()[BEGUN] if log.is_own() else []
        return begun[0] if begun else None
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
