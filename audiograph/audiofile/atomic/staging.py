"""The staging folder: where new files are written, beside their targets and so on the same file system.

All that one writer has there begins with its number; a lock file of that number is
held as long as it works. The folder is there only while somebody writes, so that
usually there is nothing to look through, however many files lie beside it.
"""

import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep, time

from audiograph.audiofile.atomic import locks
from audiograph.audiofile.atomic.placing import recover

NAME = ".audiograph"
LOCK, JOURNAL, OLD = ".lock", ".journal", ".old"  # suffixes
WEEK, MINUTE = 7 * 86_400, 60  # seconds
TRIES = 200
_NUMBER = r"[0-9a-f]{8}-[0-9a-f]{12}(?=[-.])"


class Staging:
    """The part of one writer in the staging folder of `folder`.

    `number` is the writer's. If it has several, `home` is the first one, which keeps
    the journal. Making one sweeps after writers that are dead; OSError if it cannot
    be made.
    """

    def __init__(self, folder: Path, number: str, home: "Staging | None" = None) -> None:
        self.folder, self.number = _made(folder / _name()), number
        self._lock = self._locked()
        if home:
            pointer = os.path.relpath(home.folder, self.folder) if _one_drive(home, self) else home.folder
            os.write(self._lock, os.fsencode(pointer))
        _sweep(self.folder, number)

    @property
    def journal(self) -> Path:
        """The file that says what is being put in place."""
        return self.folder / (self.number + JOURNAL)

    def path(self, index: int, suffix: str) -> Path:
        """The path of a file of this writer."""
        return self.folder / f"{self.number}-{index}{suffix}"

    def close(self, *, keep: bool = False) -> None:
        """Remove what is left of this writer; with `keep`, leave that to the next one who writes here."""
        if not keep:
            _remove(self.folder, self.number)
        with suppress(OSError):
            if not keep and sys.platform != "win32":
                (self.folder / (self.number + LOCK)).unlink()
        with suppress(OSError):
            os.close(self._lock)
        with suppress(OSError):
            if not keep and sys.platform == "win32":  # where what is open cannot be removed
                (self.folder / (self.number + LOCK)).unlink()
        with suppress(OSError):
            self.folder.rmdir()  # unless others write there

    def _locked(self) -> int:
        """The open lock file: new, and held."""
        path = self.folder / (self.number + LOCK)
        for _ in range(TRIES):
            try:
                handle = os.open(path, locks.OPEN | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # somebody sweeps it away just now
                sleep(0.005)
                continue
            except FileNotFoundError:  # somebody has removed the empty folder
                self.folder = _made(self.folder)
                continue
            if locks.take(handle) is not False and locks.is_at(handle, path):
                return handle
            os.close(handle)
        raise BlockingIOError(None, f"{path} is taken")


def new_number() -> str:
    """A number that no other writer has; it begins with that of the machine."""
    return f"{locks.machine()}-{os.urandom(6).hex()}"


def _name() -> str:
    """Each user has a staging folder: others may not be able to write to it."""
    return f"{NAME}-{os.geteuid()}" if hasattr(os, "geteuid") else NAME


def _made(folder: Path) -> Path:
    """The folder, made if need be; another one if it is somebody else's, or others can write to it."""
    mode = 0o777 if sys.platform == "win32" else 0o700  # there, 0o700 would give the files other rights
    for _ in range(TRIES):
        try:
            folder.mkdir(mode)
            return folder
        except FileExistsError:
            with suppress(FileNotFoundError):  # removed meanwhile
                if _is_safe(folder):
                    return folder
                folder = folder.with_name(f"{_name()}-{os.urandom(6).hex()}")
        except PermissionError:  # on Windows: it is being removed
            if sys.platform != "win32":
                raise
            sleep(0.01)
    raise BlockingIOError(None, f"{folder} is taken")


def _is_safe(folder: Path) -> bool:
    """Whether nobody can change it but the user, and who can change the folder above it anyway."""
    mine, above = folder.lstat(), folder.parent.stat()
    if not stat.S_ISDIR(mine.st_mode):
        return False
    if sys.platform == "win32":
        return True
    owners = (os.geteuid(), above.st_uid)
    known = 0 if above.st_mode & stat.S_ISVTX else above.st_mode
    return mine.st_uid in owners and not mine.st_mode & 0o022 & ~known


def _one_drive(*stagings: Staging) -> bool:
    return len({each.folder.drive for each in stagings}) == 1


def _sweep(folder: Path, own: str) -> None:
    """Recover what dead writers left half done, and remove the rest of what they left."""
    with suppress(OSError):
        numbers = {match[0] for name in os.listdir(folder) if (match := re.match(_NUMBER, name))}  # noqa: PTH208
        for number in numbers - {own}:
            with suppress(OSError):
                _sweep_after(folder, number)


def _sweep_after(folder: Path, number: str) -> bool:
    """Sweep after one writer, unless it may be alive; whether nothing of it is left to recover."""
    lock = folder / (number + LOCK)
    try:
        handle = os.open(lock, locks.OPEN)
    except FileNotFoundError:
        _remove(folder, number)
        return True
    try:
        if not _is_dead(handle, folder, number):
            return False
        home = _home(handle, folder)
        if not home:
            done = recover(folder / (number + JOURNAL))
        elif home.parent.is_dir():
            done = not os.path.lexists(home / (number + LOCK)) or _sweep_after(home, number)
        else:  # another container sees it elsewhere
            done = _age(folder, number) > WEEK
        if done:
            _remove(folder, number)
            if sys.platform != "win32":
                lock.unlink()
    finally:
        os.close(handle)
    with suppress(OSError):
        if done and sys.platform == "win32":
            lock.unlink()
        folder.rmdir()  # where it is another folder than that of who sweeps
    return done


def _is_dead(handle: int, folder: Path, number: str) -> bool:
    """Whether a writer whose lock file is open has ended. If it is, this process now has its lock.

    Without locks, or where those of another machine may be unseen, its age tells.
    """
    taken = locks.take(handle)
    if taken is False or not locks.is_at(handle, folder / (number + LOCK)):
        return False
    if taken and number.startswith(locks.machine()):
        return True
    is_placing = os.path.lexists(folder / (number + JOURNAL))
    return _age(folder, number) > (MINUTE if is_placing else WEEK)


def _home(handle: int, folder: Path) -> Path | None:
    """The folder with the journal, if it is another one."""
    told = os.fsdecode(os.read(handle, 65_536))
    return Path(os.path.normpath(folder / told)) if told else None


def _age(folder: Path, number: str) -> float:
    """Seconds since a writer last wrote here."""
    return time() - max(path.lstat().st_mtime for path in _of(folder, number))


def _remove(folder: Path, number: str) -> None:
    """Remove the files of a writer, but not its lock."""
    with suppress(OSError):
        for path in _of(folder, number):
            with suppress(OSError):  # on Windows: somebody reads it
                if path.suffix != LOCK or path.stem != number:
                    if sys.platform == "win32":
                        path.chmod(0o666)
                    path.unlink(missing_ok=True)


def _of(folder: Path, number: str) -> list[Path]:
    return [folder / name for name in os.listdir(folder) if name.startswith(number)]  # noqa: PTH208
