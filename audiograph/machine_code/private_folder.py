"""A folder that nobody but the user and root can have put anything into.

Whoever may rename in a folder above it can put another folder in its place, also
between a check and what follows. So the way to it is walked from the root, each
folder opened relative to the one before and looked at once it is open. What was
looked at is what is used. Links on the way are followed as part of that walk.

On Windows folders cannot be opened; files are reached by their paths, unchecked.

Reference: POSIX.1-2017, openat(); CERT C, FIO15-C, "Ensure that file operations
are performed in a secure directory".
"""

import os
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

POSIX = os.open in os.supports_dir_fd and hasattr(os, "getuid")
LINKS = 40  # that are followed on the way, as many as Linux follows
GROUP, OTHERS = 0o020, 0o002  # permissions to write

if POSIX:
    # A folder on the way may be one that may be passed, and not read.
    _FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    _FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # no link, no child has it, no pipe is waited for
else:
    _FILE = getattr(os, "O_BINARY", 0)


class PrivateFolder:
    """``with PrivateFolder(path) as folder: handle = folder.open(name, os.O_RDONLY)``.

    With `create`, it is made where it does not exist. Raises OSError if it cannot be
    opened; a PermissionError whose text is the reason if others can change it, or put
    another one in its place.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        self._path = path
        if create and not POSIX:
            path.mkdir(parents=True, exist_ok=True)
        self._handle = _opened(path, create) if POSIX else None
        self._facts = os.fstat(self._handle) if self._handle is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; not what somebody else has opened under its number since."""
        if self._handle is not None and self.is_open():
            os.close(self._handle)
        self._facts = None

    def is_open(self) -> bool:
        """Whether it still is what was opened: a program may have closed whatever it found open."""
        if self._handle is None:
            return True
        with suppress(OSError):
            return self._facts is not None and os.path.samestat(os.fstat(self._handle), self._facts)
        return False

    def is_same(self, other: "PrivateFolder") -> bool:
        """Whether both are one folder, wherever that is now."""
        mine, its = self._facts, other._facts
        return self._path == other._path if mine is None or its is None else os.path.samestat(mine, its)

    def open(self, name: str, flags: int) -> int:
        """An open file of this folder, by its name. A new one is the user's alone.

        Raises PermissionError for a link, and for a file that another user owns or can write to.
        """
        handle = os.open(self._at(name), flags | _FILE, 0o600, dir_fd=self._handle)
        try:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                raise PermissionError(None, f"{name} is no file")
            if POSIX and (facts.st_uid not in _trusted() or facts.st_mode & (GROUP | OTHERS)):
                raise PermissionError(None, f"others can write to {name}")
        except BaseException:
            os.close(handle)
            raise
        return handle

    def names(self) -> list[str]:
        """The names in it."""
        if self._handle is None:
            return os.listdir(self._path)  # noqa: PTH208 - as below
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._handle)
        try:
            return os.listdir(handle)  # noqa: PTH208 - a Path has no open folder
        finally:
            os.close(handle)

    def stat(self, name: str) -> os.stat_result:
        """Size, times and owner of a file, or of a link itself."""
        return os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False)

    def replace(self, name: str, by: str) -> None:
        """Put the file named `by` in the place of the one named `name`."""
        os.replace(self._at(by), self._at(name), src_dir_fd=self._handle, dst_dir_fd=self._handle)

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self._at(name), dir_fd=self._handle)

    def _at(self, name: str) -> str:
        if name in (".", "..") or Path(name).name != name:
            raise ValueError(f"{name!r} is not the name of a file")
        return name if POSIX else str(self._path / name)


def _opened(path: Path, create: bool) -> int:
    """The open folder at the end of the path, after every folder on the way has been looked at."""
    rest = [*reversed(str(path if path.is_absolute() else Path.cwd() / path).split("/"))]
    here, links, handle = "", 0, os.open("/", _FOLDER)
    try:
        while True:
            while rest and rest[-1] in ("", "."):
                rest.pop()
            _check(handle, here, is_last=not rest)
            if not rest:
                return handle
            step = rest.pop()
            following = _folder_or_link(handle, here, step, create)
            if isinstance(following, str):
                links += 1
                if links > LINKS:
                    raise NotADirectoryError(None, f"{here}/{step} is a link that leads back to itself")
                rest += reversed(following.split("/"))
                if not following.startswith("/"):
                    continue
                following, here, step = os.open("/", _FOLDER), "", ""
            os.close(handle)
            handle, here = following, f"{here}/{step}" if step else ""
    except BaseException:
        os.close(handle)
        raise


def _folder_or_link(handle: int, here: str, step: str, create: bool) -> int | str:
    """The folder `step` of an open folder; or, if it is a link, where it leads."""
    try:
        return os.open(step, _FOLDER, dir_fd=handle)
    except FileNotFoundError:
        if not create:
            raise
        with suppress(FileExistsError):
            os.mkdir(step, 0o700, dir_fd=handle)
        return os.open(step, _FOLDER, dir_fd=handle)
    except OSError:  # each system has its own number for a link
        facts = os.stat(step, dir_fd=handle, follow_symlinks=False)
        if not stat.S_ISLNK(facts.st_mode):
            raise
    if facts.st_uid not in _trusted():
        raise PermissionError(None, f"others can change {here}/{step}")
    return os.readlink(step, dir_fd=handle)


def _check(handle: int, here: str, is_last: bool) -> None:
    """Raise PermissionError if others can rename in an open folder or, in the last one, can write."""
    facts = os.fstat(handle)
    writers = facts.st_mode & (GROUP | OTHERS)
    if facts.st_uid in _trusted():
        if not writers:
            return
        if not is_last and (facts.st_mode & stat.S_ISVTX or _is_group_of_one(handle, facts)):
            return  # in a folder with the sticky bit, nobody renames what is another's
    raise PermissionError(None, "others can write to it" if is_last else f"others can change {here or '/'}")


def _trusted() -> tuple[int, ...]:
    """The users whose files may be run: this one, root, and who owns the root folder.

    The last one can replace anything; it is not 0 in a container that does not know root.
    """
    return os.getuid(), 0, _owner_of_all()


@cache
def _owner_of_all() -> int:
    return os.stat("/").st_uid  # noqa: PTH116


def _is_group_of_one(handle: int, facts: os.stat_result) -> bool:
    """Whether the group of a folder has this user alone, as systems with the mask 002 give to each."""
    if facts.st_mode & OTHERS or not facts.st_gid:
        return False
    import grp  # rarely needed, so not imported at start
    import pwd

    with suppress(KeyError, OSError):
        user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(facts.st_gid)
        lists = os.listxattr(f"/proc/self/fd/{handle}") if hasattr(os, "listxattr") else []
        return (
            group.gr_name == user and {*group.gr_mem} <= {user} and not any("acl" in each for each in lists)
        )
    return False
