"""The staging folder: what dead writers left is removed, and what lives is not."""

import ctypes
import errno
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from atomic_cases import NEW, hidden, in_a_child, on_posix, state, targets, write

from audiograph.audiofile.atomic import AtomicFiles, atomic_write, locks, staging

CLONE_NEWPID, FORBIDDEN, DEAD = 0x20000000, 77, 9


def a_dead_writer(folder: Path, machine: str = "", age: float = 0) -> Path:
    """A file that a killed writer left in the staging folder."""
    place = folder / staging._name()
    place.mkdir(exist_ok=True, mode=0o700)
    number = f"{machine or locks.machine()}-{os.urandom(6).hex()}"
    (place / (number + staging.LOCK)).touch()
    left = place / f"{number}-0.wav"
    left.write_bytes(b"half")
    for path in (left, place / (number + staging.LOCK)):
        os.utime(path, (time.time() - age,) * 2)
    return left


def test_what_dead_writers_left_is_removed_whatever_they_wrote(tmp_path: Path):
    one, other = a_dead_writer(tmp_path), a_dead_writer(tmp_path)
    with AtomicFiles() as files:
        mine = files.add(tmp_path / "mix.wav")
        assert not one.exists() and not other.exists() and mine.exists()
    assert not hidden(tmp_path)


@pytest.mark.parametrize(("machine", "age", "is_removed"), [
    ("", 0, True), ("00000000", 3 * 86_400, False), ("00000000", 8 * 86_400, True),
])  # fmt: skip
def test_a_writer_of_another_machine_whose_lock_may_be_unseen_has_a_week(
    tmp_path: Path, machine: str, age: float, is_removed: bool
):
    left = a_dead_writer(tmp_path, machine, age)
    write([tmp_path / "mix.wav"])
    assert left.exists() != is_removed


@on_posix
@pytest.mark.parametrize(("age", "is_removed"), [(3 * 86_400, False), (8 * 86_400, True)])
def test_where_there_are_no_locks_a_writer_has_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float, is_removed: bool
):
    """As on network file systems."""

    def no_locks(handle: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_lock", no_locks)
    left = a_dead_writer(tmp_path, age=age)
    paths = targets(tmp_path)
    write(paths)
    assert state(paths) == NEW and left.exists() != is_removed


def test_a_living_writer_is_left_alone_by_others(tmp_path: Path):
    with AtomicFiles() as first:
        mine = first.add(tmp_path / "mix.wav")
        mine.write_text("first")
        write([tmp_path / "mix.wav", tmp_path / "b.wav"])
        assert mine.exists() and (tmp_path / "mix.wav").read_text() == f"{NEW} 0"
    assert (tmp_path / "mix.wav").read_text() == "first" and not hidden(tmp_path)


def in_a_namespace(work: Callable[[], None]) -> int:
    """As `unshare --pid --fork` runs it: its process has the number 1. The number of its parent."""
    child = os.fork()
    if not child:
        code = 1
        try:
            if ctypes.CDLL(None).unshare(CLONE_NEWPID):
                code = FORBIDDEN
            else:
                code = in_a_child(work)
        finally:
            os._exit(code)
    return child


@pytest.mark.skipif(sys.platform != "linux", reason="needs the namespaces of Linux")
@pytest.mark.parametrize("turns", [6, pytest.param(500, marks=pytest.mark.slow)])
def test_eight_containers_on_one_folder_leave_whole_files(tmp_path: Path, turns: int):
    """All have the same process numbers. One dies while it writes, and is followed by another."""

    def work(name: int) -> None:
        assert os.getpid() == 1
        os.fsync = lambda _: None
        for turn in range(turns):
            with AtomicFiles() as files:
                shared = [files.add(tmp_path / f"{n}.wav") for n in range(4)]
                for staged in [*shared, files.add(tmp_path / f"own {name}.wav")]:
                    assert staged.exists(), "swept away"
                    staged.write_text(f"{name} {turn} " * 2000)
                if not name and turn == turns // 2:
                    os._exit(DEAD)

    writers = [in_a_namespace(partial(work, name)) for name in range(8)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]) for writer in writers]
    if FORBIDDEN in codes:
        pytest.skip("namespaces are not permitted here")
    assert codes == [DEAD] + [0] * 7
    texts = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert all(text == " ".join([*text.split()[:2], ""]) * 2000 for text in texts.values())
    assert len({texts[f"{n}.wav"] for n in range(4)}) == 1  # those of one writer together
    assert {f"own {n}.wav" for n in range(8)} == {*texts} - {f"{n}.wav" for n in range(4)}
    write([tmp_path / "last"])
    assert not hidden(tmp_path)


@on_posix
def test_the_number_of_files_in_a_folder_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The folder of the target is never listed."""
    listed, real = list[Path](), os.listdir
    monkeypatch.setattr(os, "listdir", lambda path=".": [listed.append(Path(path)), real(path)][1])
    monkeypatch.setattr(os, "scandir", lambda *_: pytest.fail("scanned"))
    write([tmp_path / "mix.wav", tmp_path / "b.wav"])
    assert {path.name for path in listed} == {staging._name()}


@on_posix
@pytest.mark.parametrize("what", ["others write", "a link", "a file"])
def test_a_staging_folder_that_is_not_the_users_is_not_used(tmp_path: Path, what: str):
    place, elsewhere = tmp_path / staging._name(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    if what == "others write":
        place.mkdir()
        place.chmod(0o777)
    elif what == "a link":
        place.symlink_to(elsewhere)
    else:
        place.touch()
    with atomic_write(tmp_path / "mix.wav") as staged:
        assert staged.parent.name.startswith(f"{place.name}-") and staged.parent.parent == tmp_path
        staged.write_text(NEW)
    assert (tmp_path / "mix.wav").read_text() == NEW and not list(elsewhere.iterdir())
    assert hidden(tmp_path) == [place]
