"""Several new files are put in the places of the old ones, all or none.

Before anything is touched, the log tells what will be done. Each old file is kept
aside, by a second name, until the last new one is in place. If one cannot be, or the
process is killed meanwhile, the old ones are put back: at once, or by who reads the
log later. Once it says so, all is done, and the old ones go.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from audiograph.audiofile.atomic.log import DONE, MOVES, Log
from audiograph.audiofile.atomic.targets import folders_to_disk, reason, replace, seen_from

SAME_TIME = 2.0  # seconds; a file system may round the times of files to as much


class Move(NamedTuple):
    """A new file, its place, and where the old one is kept meanwhile."""

    staged: Path
    final: Path
    old: Path
    had: bool  # there was an old file
    size: int  # bytes, of the new file
    time: float  # seconds: when it was last written to


class PlacingError(OSError):
    """A file could not be put in its place: `index` tells which one. `is_undone`: all is as it was."""

    def __init__(self, error: OSError, index: int, is_undone: bool) -> None:
        super().__init__(error.errno, reason(error))
        self.index, self.is_undone = index, is_undone


def move(staged: Path, final: Path, old: Path) -> Move:
    """What is to be done for one complete file; OSError if a folder has come in its place."""
    if final.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    facts = staged.stat()
    return Move(staged, final, old, os.path.lexists(final), facts.st_size, facts.st_mtime)


def place(moves: Sequence[Move], log: Log) -> None:
    """Put all files in their places, or none; PlacingError names the one that failed.

    The log tells how to undo it, until it says that all is done.
    """
    done = 0
    try:
        log.add(MOVES, rows_of(moves, log.path.parent))
        log.to_disk()
        for each in moves:
            done += 1
            if each.had:
                _keep(each)
            replace(each.staged, each.final)
        folders_to_disk([each.final for each in moves])
        log.add(DONE)
        log.to_disk()
    except BaseException as error:
        is_undone = roll_back(moves[:done])
        if isinstance(error, OSError):
            raise PlacingError(error, max(done - 1, 0), is_undone) from error
        raise


def roll_back(moves: Iterable[Move]) -> bool:
    """Put the old files back, the last one first; False if one cannot be. What others wrote since stays."""
    failed = False
    for each in reversed(list(moves)):
        try:
            if os.path.lexists(each.old):
                if not os.path.lexists(each.final) or _is_new(each):
                    replace(each.old, each.final)
            elif not each.had and not os.path.lexists(each.staged) and _is_new(each):
                each.final.unlink()
        except OSError:
            failed = True
    return not failed


def _keep(each: Move) -> None:
    """Give the old file a second name; where it cannot have two, only that one."""
    if stat.S_ISDIR(each.final.lstat().st_mode):
        raise IsADirectoryError(None, "it is a folder")
    try:
        os.link(each.final, each.old)
    except FileExistsError:
        raise
    except OSError:
        each.final.rename(each.old)


def _is_new(each: Move) -> bool:
    """Whether the file in its place is the one that was put there."""
    with suppress(OSError):
        facts = each.final.lstat()
        return facts.st_size == each.size and abs(facts.st_mtime - each.time) <= SAME_TIME
    return False


def moves_of(lines: Iterable[Sequence[Any]], folder: Path) -> list[Move]:
    """The moves that lines of a log in `folder` tell of; none where they are not whole."""
    moves = []
    with suppress(ValueError, TypeError):
        for names, had, size, time in [row for (rows,) in lines for row in rows]:
            staged, final, old = (Path(os.path.normpath(folder / name)) for name in names)
            moves.append(Move(staged, final, old, bool(had), int(size), float(time)))
    return moves


def rows_of(moves: Iterable[Move], folder: Path) -> list[list[Any]]:
    """Moves as plain data, as seen from a folder: another container may have it elsewhere."""
    return [
        [[seen_from(folder, path) for path in (each.staged, each.final, each.old)], *each[3:]]
        for each in moves
    ]
