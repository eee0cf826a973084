"""Entries on disk, one file each, in the user's cache folder.

An entry's name is made of all that decides what its content must be, so it is
right or not there: there is no index to fall out of step, and any number of
processes may write at once. Whatever goes wrong here costs only time. Entries
are run as code, so only a folder is read that nobody but its user, or root, can
write to. Set AUDIOGRAPH_CACHE to move it.
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
DIGEST = 32
SUFFIX = ".kernel"
PICKLED = "-numba"  # ends the key of what only numba can read
DAY = 86_400  # seconds
LIFE = 90 * DAY  # of an entry that nobody uses

troubles = Once()  # reasons why entries could not be written


def folder() -> Path:
    """Where compiled kernels are kept."""
    if chosen := os.environ.get("AUDIOGRAPH_CACHE"):
        return Path(chosen) / "kernels"
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return Path(home or Path.home() / ".cache") / "audiograph" / "kernels"


def path(key: str) -> Path:
    """The file of an entry."""
    return folder() / f"{key}{SUFFIX}"


def holds(key: str) -> bool:
    """Whether there is such an entry, good or bad."""
    with suppress(OSError, RuntimeError):
        return path(key).exists()
    return False


def read(key: str) -> bytes:
    """The content of an entry; OSError or ValueError where there is none to be used."""
    found = path(key)
    _private(found.parent)
    entry = found.read_bytes()
    content = entry[len(FORMAT) + DIGEST :]
    if entry != _entry(key, content):
        raise ValueError("is not an entry, or is damaged")
    with suppress(OSError):
        if time() - found.stat().st_mtime > DAY:
            os.utime(found)  # it is in use
    return content


def write(key: str, content: bytes) -> None:
    """Keep an entry, whole or not at all. Where that is not possible, say so once."""
    import tempfile  # only who writes pays for it

    try:
        final = path(key)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _private(final.parent)
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
    except RuntimeError as error:  # there is no home
        _complain(f"anywhere: {error}")


def _entry(key: str, content: bytes) -> bytes:
    return FORMAT + blake2b(key.encode() + content, digest_size=DIGEST).digest() + content


def _private(place: Path) -> None:
    """PermissionError where somebody else could have put an entry."""
    if not hasattr(os, "getuid"):
        return
    found = place.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(None, "is not a folder")
    if found.st_uid not in (os.getuid(), 0) or found.st_mode & 0o022:
        raise PermissionError(None, "others can write to it")


def _complain(why: str) -> None:
    if troubles.is_new(why):
        what = "compiled kernels cannot be kept %s; each start compiles anew (AUDIOGRAPH_CACHE moves them)"
        warn(what, why)


@cache  # once a process is enough
def _prune(place: Path) -> None:
    """Remove entries that nobody has used for long, and what killed writers have left."""
    for found in place.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            life = DAY if found.name.startswith(".") else LIFE
            if time() - found.stat().st_mtime > life:
                found.unlink()
