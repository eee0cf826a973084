"""Several new files are put in the places of the old ones, all or none.

Before anything is touched, a journal beside the new files says what is to be done.
Each old file is kept aside, by a second name, until the last new one is in place.
If one cannot be, or the process is killed meanwhile, the old ones are put back: at
once, or by who reads the journal later. Once it is removed, all is done.

Reference: J. Gray, A. Reuter, "Transaction Processing", 1992, ch. 10: undo logs.
"""

import json
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from audiograph.audiofile.atomic.targets import replace, to_disk

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
        super().__init__(error.errno, error.strerror or str(error))
        self.index, self.is_undone = index, is_undone


def move(staged: Path, final: Path, old: Path) -> Move:
    """What is to be done for one complete file; OSError if a folder has come in its place."""
    if final.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    facts = staged.stat()
    return Move(staged, final, old, os.path.lexists(final), facts.st_size, facts.st_mtime)


def place(moves: Sequence[Move], journal: Path) -> None:
    """Put all files in their places, or none; PlacingError names the one that failed."""
    if len(moves) == 1:
        try:
            replace(moves[0].staged, moves[0].final)
        except OSError as error:
            raise PlacingError(error, 0, True) from error
        _folders_to_disk(moves)
        return
    done = 0
    try:
        _write(journal, moves)
        for each in moves:
            done += 1
            if each.had:
                _keep(each)
            replace(each.staged, each.final)
        _folders_to_disk(moves)
        journal.unlink()
    except BaseException as error:
        is_undone = roll_back(moves[:done])
        if is_undone:
            with suppress(OSError):
                journal.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise PlacingError(error, max(done - 1, 0), is_undone) from error
        raise


def recover(journal: Path) -> bool:
    """Undo what a killed process left half done; False if something is in the way."""
    try:
        moves = _read(journal)
    except FileNotFoundError:
        return True
    except (ValueError, KeyError, TypeError):  # killed while it was written: nothing has been moved
        moves = []
    except OSError:
        return False
    if not roll_back(moves):
        return False
    with suppress(OSError):
        _folders_to_disk(moves)
        journal.unlink()
    return not os.path.lexists(journal)


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


def _folders_to_disk(moves: Iterable[Move]) -> None:
    for folder in {each.final.parent for each in moves}:
        with suppress(OSError):  # some file systems cannot do this, and the files themselves are safe
            to_disk(folder)


def _write(journal: Path, moves: Iterable[Move]) -> None:
    """Write the journal; its paths are relative, as another container may have the folder elsewhere."""
    rows = [
        ([_relative(path, journal.parent) for path in (each.staged, each.final, each.old)], *each[3:])
        for each in moves
    ]
    handle = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(rows, file)
    to_disk(journal)


def _read(journal: Path) -> list[Move]:
    moves = []
    for names, had, size, time in json.loads(journal.read_text("ascii")):
        staged, final, old = (Path(os.path.normpath(journal.parent / name)) for name in names)
        moves.append(Move(staged, final, old, bool(had), int(size), float(time)))
    return moves


def _relative(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path, folder)
    except ValueError:  # another drive of Windows
        return str(path)
