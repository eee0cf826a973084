"""Files that are written together: all of them replace their targets, or none."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from audiograph.audiofile.atomic import locks
from audiograph.audiofile.atomic.held_signals import held_signals
from audiograph.audiofile.atomic.staging import Staging, new_number
from audiograph.audiofile.atomic.targets import checked, folders_to_disk, hand_over, reason, replace, to_disk
from audiograph.errors import AudioFileError


class _File(NamedTuple):
    target: Path  # as it was named
    final: Path  # where links lead
    staged: Path
    old: Path  # where the old file is kept while the new ones are put in place
    rights: os.stat_result | None  # of the old file


class AtomicFiles:
    """Several files: ``with AtomicFiles() as files: files.add(target).write_bytes(content)``.

    At the end of the block all of them are put in place, or none, if one cannot be;
    signals wait for that moment. If the block ends in an error, nothing is touched.
    A process that is killed in that moment leaves some old and some new; the next
    one that writes to the folder puts the old ones back.
    """

    def __init__(self) -> None:
        self._number = new_number()
        self._stagings = dict[Path, Staging]()
        self._files: list[_File] = []
        self._keep = False  # what is staged, as the old files are needed

    def add(self, target: Path, force: bool = False) -> Path:
        """The path of an empty file to write to: at the end it replaces `target`.

        If the target is a symbolic link, the file it leads to is replaced. The new
        file has the mode of the old one and, where that is permitted, its owner and
        group. Raises AudioFileError if nothing can be written there, and for a file
        that is read-only unless `force` is given.
        """
        with _as_audio_file_error(target):
            final = checked(target, force)
            rights = final.stat() if final.exists() else None
            staging = self._staging(final.parent)
            staged, old = staging.paths(len(self._files), final.suffix)
            file = _File(target, final, staged, old, rights)
            self._files.append(file)
            mode = 0o600 if rights else 0o666
            os.close(os.open(file.staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        return file.staged

    def _staging(self, folder: Path) -> Staging:
        if folder not in self._stagings:
            home = next(iter(self._stagings.values()), None)
            self._stagings[folder] = Staging(folder, self._number, home)
        return self._stagings[folder]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if not kind and self._files:
                self._complete()
                with ExitStack() as stack:
                    if len(self._files) > 1:
                        for folder in sorted(self._stagings):  # or two writers would mix their files
                            stack.enter_context(locks.held_folder(folder))
                    with held_signals():
                        try:
                            self._place()
                        finally:
                            self._close()
        finally:
            with held_signals():
                self._close()

    def _complete(self) -> None:
        """Return once every file is on disk, with the rights of the old one."""
        for file in self._files:
            with _as_audio_file_error(file.target):
                to_disk(file.staged)
                if file.rights:
                    hand_over(file.staged, file.rights)

    def _place(self) -> None:
        if len(self._files) > 1:
            self._place_together()
            return
        (file,) = self._files
        with _as_audio_file_error(file.target):
            replace(file.staged, file.final)
        folders_to_disk([file.final])

    def _place_together(self) -> None:
        from audiograph.audiofile.atomic.placing import (
            PlacingError,
            move,
            place,
        )  # most renders have one file

        moves = []
        for file in self._files:
            with _as_audio_file_error(file.target):
                moves.append(move(file.staged, file.final, file.old))
        try:
            place(moves, next(iter(self._stagings.values())).log)
        except PlacingError as error:
            self._keep = not error.is_undone
            file = self._files[error.index]
            kept = f"; the old files are kept in {file.staged.parent}" if self._keep else ""
            raise AudioFileError(f"{file.target} cannot be written: {error.strerror}{kept}") from error

    def _close(self) -> None:
        """Remove what is staged, the home last."""
        while self._stagings:
            self._stagings.popitem()[1].close(keep=self._keep)


@contextmanager
def atomic_write(target: Path, force: bool = False) -> Iterator[Path]:
    """The path of an empty file to write to: it replaces `target` at the end, or vanishes on an error.

    As `AtomicFiles.add`, for one file.
    """
    with AtomicFiles() as files:
        yield files.add(target, force)


@contextmanager
def _as_audio_file_error(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # of a zero byte
        raise AudioFileError(f"{target} cannot be written: {reason(error)}") from error
