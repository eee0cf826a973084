"""A file that appears whole or not at all.

It is written under a hidden name in the folder of its target, and replaces the
target once it is complete and on disk. The hidden name encodes the target, the
machine and the process, so that the next process that writes there finds and
removes what a killed process left behind.
"""

import contextlib
import errno
import os
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from audiograph.audiofile.names import resolved
from audiograph.audiofile.processes import hold, is_alive, is_held
from audiograph.digest import blake2b
from audiograph.errors import AudioFileError

WINDOWS = sys.platform == "win32"
PATIENCE = 2.0  # seconds; on Windows a scanner may have a new file open for a moment
LONG, HIDDEN = 240, 70  # characters: of a path that Windows needs marked as long; of a hidden name
SHARING_VIOLATION = 32  # Windows' number of an error
NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}  # of file systems that need or have no fsync

_NAME = r"\.audiograph-(?P<target>\w+)-(?P<machine>\w+)-(?P<process>\d+)-\w+\..*"


@contextlib.contextmanager
def partial(target: Path, force: bool = False) -> Iterator[Path]:
    """The path of an empty file to write to: it replaces `target` at the end, or vanishes on an error.

    If the target is a symbolic link, the file it leads to is replaced. The new
    file has the mode of the old one and, where that is permitted, its owner and
    group. Raises AudioFileError if nothing can be written there, and for a file
    that is read-only unless `force` is given.
    """
    with _as_audio_file_error(target):
        final = _checked(target, force)
        rights = final.stat() if final.exists() else None
        _sweep(final)
        hidden = final.with_name(f"{_prefix(final)}{os.getpid()}-{os.urandom(4).hex()}{final.suffix or '.'}")
    try:
        with _as_audio_file_error(target):
            handle = os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if rights else 0o666)
        with _held(handle):
            yield hidden
        with _as_audio_file_error(target):
            _place(hidden, final, rights)
    finally:
        with contextlib.suppress(PermissionError):  # on Windows: somebody reads it; it is swept later
            hidden.unlink(missing_ok=True)


@contextlib.contextmanager
def _held(handle: int) -> Iterator[None]:
    """Hold an open file within; on Windows the writer does so, who could not open it twice."""
    if WINDOWS:
        os.close(handle)
        yield
        return
    try:
        hold(handle)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _as_audio_file_error(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # of a zero byte
        reason = getattr(error, "strerror", None) or error
        raise AudioFileError(f"{target} cannot be written: {reason}") from error


def is_read_only(path: Path) -> bool:
    """Whether there is a file that its owner has protected, or that this user may not write."""
    try:
        return path.is_file() and (not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK))
    except (OSError, ValueError):
        return False


def _hand_over(hidden: Path, rights: os.stat_result) -> None:
    """Give the new file the owner, group and mode of the old one, as far as this user may."""
    if hasattr(os, "chown"):
        for owner, group in ((-1, rights.st_gid), (rights.st_uid, -1)):
            with contextlib.suppress(OSError):
                os.chown(hidden, owner, group)
    now = hidden.stat()
    mode = rights.st_mode & 0o777
    if now.st_gid != rights.st_gid:
        mode &= 0o707  # or another group could read it
    with contextlib.suppress(OSError):  # of a file system without modes
        hidden.chmod(mode)


def _checked(target: Path, force: bool) -> Path:
    final = resolved(target)
    if WINDOWS:
        final = _long(final)
    if not final.parent.is_dir():
        raise AudioFileError(f"{target} cannot be written: there is no folder {target.parent}")
    if final.is_symlink():
        raise AudioFileError(f"{target} cannot be written: it is a link that leads back to itself")
    if final.exists() and not final.is_file():
        what = "a folder" if final.is_dir() else "not a regular file"
        raise AudioFileError(f"{target} cannot be written: it is {what}")
    if not force and is_read_only(final):
        raise AudioFileError(f"{target} cannot be written: it is read-only")
    if why := _obstacle(final):
        raise AudioFileError(f"{target} cannot be written: {why}")
    return final


def _long(path: Path) -> Path:
    r"""A long path as `\\?\C:\...`, which has no limit; the hidden name is longer than most."""
    text = str(path)
    if len(str(path.parent)) + max(len(path.name), HIDDEN) < LONG or text.startswith("\\\\?\\"):
        return path
    return Path("\\\\?\\UNC" + text[1:] if text.startswith("\\\\") else "\\\\?\\" + text)


def _obstacle(final: Path) -> str:
    """Why Windows would not let `final` be replaced, known before anything is written; else empty."""
    if not WINDOWS or not final.exists():
        return ""
    try:
        os.rename(final, final)  # noqa: PTH104 - fails as replacing it would, and changes nothing
    except PermissionError as error:
        shared = getattr(error, "winerror", SHARING_VIOLATION) == SHARING_VIOLATION
        return "another program has it open" if shared else str(error.strerror)
    return ""


def _place(hidden: Path, final: Path, rights: os.stat_result | None) -> None:
    _to_disk(hidden)
    if rights:
        _hand_over(hidden, rights)
    if WINDOWS and is_read_only(final):
        final.chmod(0o666)  # or it cannot be replaced
    _replace(hidden, final)
    with contextlib.suppress(OSError):  # some file systems cannot do this, and the file itself is safe
        _to_disk(final.parent)


def _replace(hidden: Path, final: Path) -> None:
    begun = monotonic()
    while True:
        try:
            hidden.replace(final)
            return
        except PermissionError as error:
            if not WINDOWS:
                raise
            if monotonic() - begun > PATIENCE:
                raise PermissionError(error.errno, _obstacle(final) or error.strerror) from None
        sleep(0.05)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)  # Windows syncs what is open for writing
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
    finally:
        os.close(handle)


def _prefix(final: Path) -> str:
    return f".audiograph-{_short(final.name)}-{_short(platform.node())}-"


def _short(text: str) -> str:
    return blake2b(os.fsencode(text), digest_size=5).hexdigest()


def _sweep(final: Path) -> None:
    """Remove partial files of the same target that dead processes of this machine left behind."""
    for left in final.parent.glob(_prefix(final) + "*"):
        match = re.fullmatch(_NAME, left.name)
        if match and not is_alive(int(match["process"])) and not is_held(left):
            with contextlib.suppress(PermissionError):  # on Windows: somebody reads it
                left.unlink(missing_ok=True)
