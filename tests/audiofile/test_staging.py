"""Staged files: what dead writers left is removed, and what lives is not."""

import ctypes
import errno
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from atomic_cases import NEW, hidden, in_a_child, on_posix, state, targets, write

from audiograph.audiofile.atomic import AtomicFiles, atomic_write, locks, staging
from audiograph.audiofile.atomic.log import BEGUN, STAGED, Log

CLONE_NEWPID, FORBIDDEN, DEAD = 0x20000000, 77, 9


def a_dead_writer(folder: Path, machine: str = "", age: float = 0) -> Path:
    """A file that a killed writer left."""
    slot = next(path for n in range(99) if not (path := Path(f"{staging._slots(folder)}{n}")).exists())
    number = staging.new_number()
    left = folder / f"{staging.PREFIX}{number}-0.wav"
    log = Log(slot, os.open(slot, os.O_RDWR | os.O_CREAT, 0o600))
    log.add(BEGUN, machine or locks.machine(), number, None)
    log.add(STAGED, left.name)
    log.close()
    left.write_bytes(b"half")
    for path in (left, slot):
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


def test_the_number_of_files_in_a_folder_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The folder of the target is never listed."""
    monkeypatch.setattr(os, "listdir", lambda *_: pytest.fail("listed"))
    monkeypatch.setattr(os, "scandir", lambda *_: pytest.fail("listed"))
    write([tmp_path / "mix.wav", tmp_path / "b.wav"])


def test_more_writers_than_slots_are_no_trouble(tmp_path: Path):
    with ExitStack() as stack:
        for n in range(20):
            stack.enter_context(atomic_write(tmp_path / f"{n}.wav")).write_text(NEW)
    assert len(list(tmp_path.iterdir())) == 20 and not hidden(tmp_path)


@on_posix
@pytest.mark.parametrize(
    "what", ["others write", "a link", "two names", "a stranger's", "a pipe", "a folder"]
)
def test_a_log_that_is_not_the_users_own_is_not_believed(tmp_path: Path, what: str):
    """It could tell to move any file anywhere."""
    left = a_dead_writer(tmp_path)
    slot, elsewhere = Path(f"{staging._slots(tmp_path)}0"), tmp_path / "elsewhere"
    if what == "others write":
        slot.chmod(0o622)
    elif what == "two names":
        os.link(slot, elsewhere)
    elif what == "a stranger's":
        if os.geteuid() != 0:
            pytest.skip("needs root, to be another user")
        os.chown(slot, 54_321, -1)
    else:
        slot.rename(elsewhere)
        if what == "a link":
            slot.symlink_to(elsewhere)
        elif what == "a pipe":
            os.mkfifo(slot)
        else:
            slot.mkdir()
    write([tmp_path / "mix.wav"])
    assert left.exists() and os.path.lexists(slot) and (tmp_path / "mix.wav").read_text() == f"{NEW} 0"
    assert hidden(tmp_path) == sorted([left, slot])
