"""Locks on files: they end with the process that holds them, however it ends.

Numbers of processes do not tell whether a writer is alive: another container has
numbers of its own. Every container on a machine sees the same locks.

Reference: Linux, flock(2): on network file systems a lock needs a file that is
open for writing. Microsoft, C runtime: _locking.
"""

import errno
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic, sleep

from audiograph.digest import blake2b

BOOT = Path("/proc/sys/kernel/random/boot_id")  # one for all containers of a machine, until it is restarted
OPEN = (
    os.O_RDWR
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
PATIENCE = 10.0  # seconds, for a process that is stopped while it has a folder
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}

if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  # bytes

    def _lock(handle: int) -> None:
        os.lseek(handle, FAR, os.SEEK_SET)  # nobody else can read what is locked
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)

else:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def _lock(handle: int) -> None:
        flock(handle, LOCK_EX | LOCK_NB)


def take(handle: int) -> bool | None:
    """Lock an open file: True if that is done, False if another one holds it, None where no locks are."""
    try:
        _lock(handle)
    except OSError as error:
        return False if error.errno in _TAKEN else None
    return True


def is_at(handle: int, path: Path) -> bool:
    """Whether the open file is the one at `path`, and has not been removed from there."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.stat(follow_symlinks=False))
    return False


@contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Only one process at a time is within, for a folder; where folders have no locks, any number."""
    handle = None
    with suppress(OSError):  # on Windows, folders cannot be opened
        handle = os.open(folder, os.O_RDONLY)
    try:
        ends = monotonic() + PATIENCE
        while handle is not None and take(handle) is False and monotonic() < ends:
            sleep(0.005)
        yield
    finally:
        if handle is not None:
            os.close(handle)


@cache
def machine() -> str:
    """A word for this machine and this start of it; locks of another one may be unseen here."""
    try:
        told = BOOT.read_text()
    except OSError:
        told = platform.node()
    return blake2b(os.fsencode(told), digest_size=4).hexdigest()
