"""The store of compiled kernels: entries on disk, one file each, in the user's cache folder.

The name of an entry is a digest of everything its content depends on, so an
entry is never out of date: there is no index to keep up to date, and any number
of processes may write at the same time. A failure here only costs time. Entries
are run as code, so a folder is only read if nobody but the user and root can
write to it. Set AUDIOGRAPH_CACHE to move it.
"""

import os
import stat
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import time

from audiograph.digest import blake2b
from audiograph.errors import warn
from audiograph.machine_code.process import Once

FORMAT = b"audiograph kernel 2\n"
DIGEST_SIZE = 32  # bytes
SUFFIX = ".kernel"
PICKLED = "-numba"  # ends the key of an entry that only numba can read
DAY = 86_400  # seconds
MAX_AGE = 90 * DAY  # of an entry since it was last used

troubles = Once()  # reasons why entries could not be written


def folder() -> Path:
    """The folder of the store."""
    if chosen := os.environ.get("AUDIOGRAPH_CACHE"):
        return Path(chosen) / "kernels"
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return Path(home or Path.home() / ".cache") / "audiograph" / "kernels"


def path(key: str) -> Path:
    """The file of an entry."""
    return folder() / f"{key}{SUFFIX}"


def holds(key: str) -> bool:
    """Whether there is such an entry, valid or not."""
    with suppress(OSError, RuntimeError):
        return path(key).exists()
    return False


def read(key: str) -> bytes:
    """The content of an entry; OSError or ValueError if there is no usable one."""
    file = path(key)
    _check_private(file.parent)
    entry = file.read_bytes()
    content = entry[len(FORMAT) + DIGEST_SIZE :]
    if entry != _entry(key, content):
        raise ValueError("is not an entry, or is damaged")
    with suppress(OSError):
        if time() - file.stat().st_mtime > DAY:
            os.utime(file)  # it is still in use
    return content


def write(key: str, content: bytes) -> None:
    """Store an entry, whole or not at all. If that is not possible, warn once per process."""
    import tempfile  # rarely needed, so not imported at start

    try:
        final = path(key)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(final.parent)
        handle, partial = tempfile.mkstemp(dir=final.parent, prefix=".", suffix=SUFFIX)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_entry(key, content))
            Path(partial).replace(final)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        _prune(final.parent)
    except OSError as error:
        _complain(f"in {folder()}: {error.strerror}")
    except RuntimeError as error:  # the user has no home folder
        _complain(f"anywhere: {error}")


def _entry(key: str, content: bytes) -> bytes:
    return FORMAT + blake2b(key.encode() + content, digest_size=DIGEST_SIZE).digest() + content


def _check_private(place: Path) -> None:
    """Raise PermissionError if somebody else could have put an entry there."""
    if not hasattr(os, "getuid"):
        return
    status = place.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(None, "is not a folder")
    if status.st_uid not in (os.getuid(), 0) or status.st_mode & 0o022:
        raise PermissionError(None, "others can write to it")


def _complain(why: str) -> None:
    if troubles.is_new(why):
        message = (
            "compiled kernels cannot be stored %s; each start compiles again (AUDIOGRAPH_CACHE moves them)"
        )
        warn(message, why)


@cache  # once per process is enough
def _prune(place: Path) -> None:
    """Remove entries that have not been used for long, and partial files of killed writers."""
    for file in place.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            max_age = DAY if file.name.startswith(".") else MAX_AGE
            if time() - file.stat().st_mtime > max_age:
                file.unlink()
