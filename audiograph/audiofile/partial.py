"""A file that appears whole or not at all.

It is written under a hidden name in the folder of its target, and replaces the
target once it is complete and on disk. The hidden name encodes the target, the
machine and the process, so that the next process that writes there finds and
removes what a killed process left behind.
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
    """The path of an empty file to write to: it replaces `target` at the end, or vanishes on an error.

    If the target is a symbolic link, the file it leads to is replaced. Raises
    AudioFileError if nothing can be written there.
    """
    with _as_audio_file_error(target):
        final = _checked(target)
        _sweep(final)
        hidden = final.with_name(f"{_prefix(final)}{os.getpid()}-{os.urandom(4).hex()}{final.suffix or '.'}")
    try:
        with _as_audio_file_error(target):
            os.close(os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield hidden
        with _as_audio_file_error(target):
            _place(hidden, final)
    finally:
        hidden.unlink(missing_ok=True)


@contextlib.contextmanager
def _as_audio_file_error(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:  # of circular links, of a zero byte
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
    with contextlib.suppress(OSError):  # some file systems cannot do this, and the file itself is safe
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
    """Remove partial files of the same target that dead processes of this machine left behind."""
    for left in final.parent.glob(_prefix(final) + "*"):
        match = re.fullmatch(_NAME, left.name)
        if match and not _is_alive(int(match["process"])):
            left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
