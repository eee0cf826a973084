"""Atomic writes: several files are put in place together, or none."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from atomic_cases import NEW, OLD, hidden, state, targets, write

from audiograph.audiofile.atomic import AtomicFiles, files, log, placing
from audiograph.audiofile.atomic.held_signals import held_signals
from audiograph.errors import AudioFileError


def test_several_files_appear_together(tmp_path: Path):
    paths = targets(tmp_path)
    with AtomicFiles() as files:
        for n, path in enumerate(paths):
            files.add(path).write_text(f"{NEW} {n}")
        assert state(paths) == OLD
    assert state(paths) == NEW and not hidden(tmp_path)


def test_an_error_leaves_all_as_it_was(tmp_path: Path):
    paths = targets(tmp_path)
    with pytest.raises(ZeroDivisionError), AtomicFiles() as files:
        for path in paths:
            files.add(path).write_text(NEW)
        raise ZeroDivisionError
    assert state(paths) == OLD and not hidden(tmp_path)


STEPS = {
    "link": os, "replace": placing, "to_disk": files, "hand_over": files, "add": log.Log,
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_step_that_fails_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: int
):
    paths, calls, real = targets(tmp_path), 0, getattr(STEPS[name], name)

    def fail(*words: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(errno.EIO, "Input/output error")
        return real(*words, **options)

    monkeypatch.setattr(STEPS[name], name, fail)
    if name == "link" or (name == "hand_over" and at == 5):  # which is called four times
        write(paths)  # on a file system without second names, the old ones are moved aside
        assert state(paths) == NEW
    else:
        with pytest.raises(AudioFileError, match=r"wav cannot be written: Input/output error$"):
            write(paths)
        assert state(paths) == OLD
    assert not hidden(tmp_path)


@pytest.mark.parametrize("line", [log.MOVES, log.DONE])
@pytest.mark.parametrize("name", ["add", "to_disk"])
def test_a_log_that_cannot_be_written_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, name: str
):
    paths, real, seen = targets(tmp_path), {each: getattr(log.Log, each) for each in ("add", "to_disk")}, ""

    def add(self: log.Log, *words: object) -> None:
        nonlocal seen
        seen = str(words[0])
        if seen == line and name == "add":
            os.write(self._handle, b'["half')
            raise OSError(errno.ENOSPC, "No space left on device")
        real["add"](self, *words)

    def to_disk(self: log.Log) -> None:
        if seen == line and name == "to_disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        real["to_disk"](self)

    monkeypatch.setattr(log.Log, "add", add)
    monkeypatch.setattr(log.Log, "to_disk", to_disk)
    with pytest.raises(AudioFileError, match=r"wav cannot be written: No space left on device$"):
        write(paths)
    assert state(paths) == OLD and not hidden(tmp_path)


@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_folder_that_came_in_the_place_of_an_output_leaves_all_as_it_was(tmp_path: Path, at: int):
    paths = targets(tmp_path)
    with pytest.raises(AudioFileError, match=rf"{at}\.wav cannot be written: "), AtomicFiles() as files:
        for n, path in enumerate(paths):
            files.add(path).write_text(f"{NEW} {n}")
        paths[at].unlink(missing_ok=True)
        paths[at].mkdir()
    paths[at].rmdir()
    if at % 3 != 2:
        paths[at].write_text(f"{OLD} {at}")
    assert state(paths) == OLD and not hidden(tmp_path)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux, to mount")
@pytest.mark.parametrize("several", [False, True])
def test_an_output_that_is_mounted_leaves_all_as_it_was(tmp_path: Path, several: bool):
    """As a file that a container is given: nothing can be put in its place."""
    paths = targets(tmp_path)
    if subprocess.run(["mount", "--bind", paths[4], paths[4]], capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    try:
        with pytest.raises(AudioFileError, match=r"4\.wav cannot be written: it is mounted by itself: mount"):
            write(paths if several else paths[4:5])
    finally:
        subprocess.run(["umount", paths[4]], check=True)
    assert state(paths) == OLD and not hidden(tmp_path)


def test_signals_wait_for_the_end_of_the_block():
    came = list[str]()
    before = signal.signal(signal.SIGINT, lambda *_: came.append("signal"))
    try:
        with held_signals(), held_signals():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            came.append("end")
        assert came == ["end", "signal"]
        with pytest.raises(ZeroDivisionError), held_signals():
            signal.raise_signal(signal.SIGINT)
            raise ZeroDivisionError
        assert came == ["end", "signal", "signal"]
    finally:
        signal.signal(signal.SIGINT, before)


def test_signals_that_raise_leave_every_handler_as_it_was():
    def stop(number: int, _: object) -> None:
        raise InterruptedError(str(number))

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        with pytest.raises(InterruptedError), held_signals():
            for number in numbers:
                signal.raise_signal(number)
        assert [signal.getsignal(number) for number in numbers] == [stop, stop]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_in_another_thread_nothing_is_held(tmp_path: Path):
    paths = targets(tmp_path)
    thread = threading.Thread(target=write, args=(paths,))
    thread.start()
    thread.join()
    assert state(paths) == NEW
