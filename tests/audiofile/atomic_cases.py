"""Files to be written together, and whether they are all old or all new."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from audiograph.audiofile.atomic import AtomicFiles, staging

on_posix = pytest.mark.skipif(os.name == "nt", reason="as POSIX has it; tests/windows has the rest")
OLD, NEW = "old", "new"


def targets(folder: Path, number: int = 6) -> list[Path]:
    """Places of files: every third one has no old file; some are in a second folder."""
    (folder / "far").mkdir()
    paths = [folder / ("far" if n % 4 == 3 else "") / f"{n}.wav" for n in range(number)]
    for n, path in enumerate(paths):
        if n % 3 != 2:
            path.write_text(f"{OLD} {n}")
    return paths


def write(paths: list[Path]) -> None:
    with AtomicFiles() as files:
        for n, path in enumerate(paths):
            files.add(path).write_text(f"{NEW} {n}")


def state(paths: list[Path]) -> str:
    """Whether all files are old, or all new, or mixed."""
    found = [path.read_text() if path.exists() else None for path in paths]
    if found == [f"{NEW} {n}" for n in range(len(paths))]:
        return NEW
    return OLD if found == [None if n % 3 == 2 else f"{OLD} {n}" for n in range(len(paths))] else "mixed"


def hidden(folder: Path) -> list[Path]:
    """All that is left of writers."""
    return sorted(folder.rglob(f"{staging.PREFIX}*"))


def in_a_child(work: Callable[[], None]) -> int:
    """The exit status of a forked process, which starts faster than a new one."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
