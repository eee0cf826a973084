"""A file that appears whole or not at all.

It is made under a hidden name in the folder of its target and takes the
target's place when it is complete and on the disk. The name tells the target,
the machine and the process, so that what a killed process left behind is found
and removed by the next that writes there.
"""

import contextlib
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from audiograph.digest import blake2b
from audiograph.errors import AudioFileError

_NAME = r"\.audiograph-(?P<target>\w+)-(?P<machine>\w+)-(?P<process>\d+)-\w+\..*"


@contextlib.contextmanager
def partial(target: Path) -> Iterator[Path]:
    """The path to write to, an empty file; it becomes `target` at the end, or vanishes if an error ends it.

    Where the target is a link, what it leads to is replaced. Raises
    AudioFileError where nothing can be written there.
    """
    with _refusing(target):
        final = _checked(target)
        _sweep(final)
        hidden = final.with_name(f"{_prefix(final)}{os.getpid()}-{os.urandom(4).hex()}{final.suffix or '.'}")
    try:
        with _refusing(target):
            os.close(os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield hidden
        with _refusing(target):
            _place(hidden, final)
    finally:
        hidden.unlink(missing_ok=True)


@contextlib.contextmanager
def _refusing(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:  # of links in a circle, of a zero byte
        reason = getattr(error, "strerror", None) or error
        raise AudioFileError(f"{target} cannot be written: {reason}") from error


def _checked(target: Path) -> Path:
    final = target.resolve()
    if not final.parent.is_dir():
        raise AudioFileError(f"{target} cannot be written: there is no folder {target.parent}")
    if final.exists() and not final.is_file():
        what = "a folder" if final.is_dir() else "not a regular file"
        raise AudioFileError(f"{target} cannot be written: it is {what}")
    return final


def _place(hidden: Path, final: Path) -> None:
    _to_disk(hidden)
    hidden.replace(final)
    with contextlib.suppress(OSError):  # some file systems cannot, and the file itself is safe
        _to_disk(final.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prefix(final: Path) -> str:
    return f".audiograph-{_short(final.name)}-{_short(platform.node())}-"


def _short(text: str) -> str:
    return blake2b(os.fsencode(text), digest_size=5).hexdigest()


def _sweep(final: Path) -> None:
    """Remove what dead processes of this machine left of the same target."""
    for left in final.parent.glob(_prefix(final) + "*"):
        match = re.fullmatch(_NAME, left.name)
        if match and not _lives(int(match["process"])):
            left.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
