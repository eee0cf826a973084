"""The store of compiled kernels: entries on disk, one file each, in the user's cache folder.

The name of an entry is a digest of everything its content depends on, so an
entry is never out of date: there is no index to keep up to date, and any number
of processes may write at the same time. A failure here only costs time. Entries
are run as code, so a folder is only used if nobody but the user and root can
write to it or put another one in its place, and only the bytes whose digest was
compared are run. Set AUDIOGRAPH_CACHE to move it.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from time import time

from audiograph.digest import blake2b
from audiograph.errors import warn
from audiograph.machine_code.private_folder import PrivateFolder
from audiograph.machine_code.process import Once

FORMAT = b"audiograph kernel 2\n"
DIGEST_SIZE = 32  # bytes
SUFFIX = ".kernel"
PICKLED = "-numba"  # ends the key of an entry that only numba can read
DAY = 86_400  # seconds
MAX_AGE = 90 * DAY  # of an entry since it was last used

kept = dict[Path, PrivateFolder]()  # the one that entries were last read from, open
pruned = set[Path]()  # folders that this process has looked through
troubles = Once()  # reasons why entries could not be written


def folder() -> Path:
    """The folder of the store."""
    if chosen := os.environ.get("AUDIOGRAPH_CACHE"):
        return Path(chosen) / "kernels"
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return Path(home or Path.home() / ".cache") / "audiograph" / "kernels"


def holds(key: str) -> bool:
    """Whether there is such an entry, valid or not."""
    with suppress(OSError, RuntimeError):
        _place().stat(key + SUFFIX)
        return True
    return False


def read(key: str) -> bytes:
    """The content of an entry; OSError or ValueError if there is no usable one."""
    with os.fdopen(_place().open(key + SUFFIX, os.O_RDONLY), "rb") as file:
        entry = file.read()
        with suppress(OSError):
            if time() - os.fstat(file.fileno()).st_mtime > DAY:
                os.utime(file.fileno() if os.utime in os.supports_fd else folder() / (key + SUFFIX))
    content = entry[len(FORMAT) + DIGEST_SIZE :]
    if entry != _entry(key, content):
        raise ValueError("is not an entry, or is damaged")
    return content


def write(key: str, content: bytes) -> None:
    """Store an entry, whole or not at all. If that is not possible, warn once per process."""
    try:
        with PrivateFolder(folder(), create=True) as place:
            hidden = f".{os.urandom(8).hex()}{SUFFIX}"
            handle = place.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_entry(key, content))
                place.replace(key + SUFFIX, by=hidden)
            except BaseException:
                with suppress(OSError):
                    place.remove(hidden)
                raise
            _prune(place, folder())
            if folder() in kept and not kept[folder()].is_same(place):  # it was deleted, and made again
                kept.pop(folder()).close()
    except OSError as error:
        _complain(f"in {folder()}: {error.strerror}")
    except RuntimeError as error:  # the user has no home folder
        _complain(f"anywhere: {error}")


def _place() -> PrivateFolder:
    """The open folder; it stays open, as a start reads some twenty entries."""
    path = folder()
    if path not in kept or not kept[path].is_open():
        for other in list(kept):
            kept.pop(other).close()
        kept[path] = PrivateFolder(path)
    return kept[path]


def _entry(key: str, content: bytes) -> bytes:
    return FORMAT + blake2b(key.encode() + content, digest_size=DIGEST_SIZE).digest() + content


def _complain(why: str) -> None:
    if troubles.is_new(why):
        message = (
            "compiled kernels cannot be stored %s; each start compiles again (AUDIOGRAPH_CACHE moves them)"
        )
        warn(message, why)


def _prune(place: PrivateFolder, path: Path) -> None:
    """Remove entries that have not been used for long, and partial files of killed writers.

    Once per process is enough.
    """
    if path in pruned:
        return
    pruned.add(path)
    for name in place.names():
        with suppress(OSError):
            max_age = DAY if name.startswith(".") else MAX_AGE
            if name.endswith(SUFFIX) and time() - place.stat(name).st_mtime > max_age:
                place.remove(name)
