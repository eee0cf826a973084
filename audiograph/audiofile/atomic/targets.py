"""The file that is to be written: what stands in the way, its rights, and how it is replaced.

Reference: Microsoft, "Win32 API": CreateFile, MoveFileEx. On Windows a file that
a program has open is not replaced.
"""

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from audiograph.audiofile.names import HIDDEN as PREFIX
from audiograph.audiofile.names import resolved
from audiograph.errors import AudioFileError

WINDOWS = sys.platform == "win32"
PATIENCE = 2.0  # seconds; on Windows a scanner may have a new file open for a moment
LONG, HIDDEN = 240, 70  # characters: of a path that Windows needs marked as long; of a staged file's name
SHARING_VIOLATION = 32  # Windows' number of an error
NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}  # of file systems that need or have no fsync


def is_read_only(path: Path) -> bool:
    """Whether there is a file that its owner has protected, or that this user may not write."""
    try:
        return path.is_file() and (not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK))
    except (OSError, ValueError):
        return False


def checked(target: Path, force: bool) -> Path:
    """The file that a target leads to; AudioFileError if nothing can be written there."""
    final = resolved(target)
    if WINDOWS:
        final = _long(final)
    if not final.parent.is_dir():
        raise AudioFileError(f"{target} cannot be written: there is no folder {target.parent}")
    if final.is_symlink():
        raise AudioFileError(f"{target} cannot be written: it is a link that leads back to itself")
    if final.name.casefold().startswith(PREFIX):
        raise AudioFileError(f"{target} cannot be written: it is one of audiograph's hidden files")
    if final.exists() and not final.is_file():
        what = "a folder" if final.is_dir() else "not a regular file"
        raise AudioFileError(f"{target} cannot be written: it is {what}")
    if not force and is_read_only(final):
        raise AudioFileError(f"{target} cannot be written: it is read-only")
    if why := obstacle(final):
        raise AudioFileError(f"{target} cannot be written: {why}")
    return final


def _long(path: Path) -> Path:
    r"""A long path as `\\?\C:\...`, which has no limit; the staged file's is longer than most."""
    text = str(path)
    if len(str(path.parent)) + max(len(path.name), HIDDEN) < LONG or text.startswith("\\\\?\\"):
        return path
    return Path("\\\\?\\UNC" + text[1:] if text.startswith("\\\\") else "\\\\?\\" + text)


def obstacle(final: Path) -> str:
    """Why Windows would not let `final` be replaced, known before anything is written; else empty."""
    if not WINDOWS or not final.exists():
        return ""
    try:
        os.rename(final, final)  # noqa: PTH104 - fails as replacing it would, and changes nothing
    except PermissionError as error:
        shared = getattr(error, "winerror", SHARING_VIOLATION) == SHARING_VIOLATION
        return "another program has it open" if shared else str(error.strerror)
    return ""


def hand_over(staged: Path, rights: os.stat_result) -> None:
    """Give the new file the owner, group and mode of the old one, as far as this user may."""
    if hasattr(os, "chown"):
        for owner, group in ((-1, rights.st_gid), (rights.st_uid, -1)):
            with suppress(OSError):
                os.chown(staged, owner, group)
    now = staged.stat()
    mode = rights.st_mode & 0o777
    if now.st_gid != rights.st_gid:
        mode &= 0o707  # or another group could read it
    with suppress(OSError):  # of a file system without modes
        staged.chmod(mode)


def replace(staged: Path, final: Path) -> None:
    """Put the new file in the place of the old one; on Windows, wait for who has it open for a moment."""
    if WINDOWS and is_read_only(final):
        final.chmod(0o666)  # or it cannot be replaced
    begun = monotonic()
    while True:
        try:
            staged.replace(final)
            return
        except PermissionError as error:
            if not WINDOWS:
                raise
            if monotonic() - begun > PATIENCE:
                raise PermissionError(error.errno, obstacle(final) or error.strerror) from None
        sleep(0.05)


def to_disk(path: Path) -> None:
    """Return once the content of a file or a folder is on disk, where the file system can say so."""
    handle = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)  # Windows syncs what is open for writing
    try:
        sync(handle)
    finally:
        os.close(handle)


def sync(handle: int) -> None:
    """Return once an open file is on disk, where the file system can say so."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise


def folders_to_disk(finals: Iterable[Path]) -> None:
    """Return once it is on disk which files are where, where the file system can say so."""
    for folder in {path.parent for path in finals}:
        with suppress(OSError):  # and the files themselves are safe
            to_disk(folder)


def reason(error: Exception) -> str:
    """Why a file cannot be written, in words."""
    if getattr(error, "errno", None) == errno.EBUSY:
        return "it is mounted by itself: mount its folder instead"
    return str(getattr(error, "strerror", None) or error)


def seen_from(folder: Path, path: Path) -> str:
    """The path relative to a folder, where they are on one drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return str(path)
