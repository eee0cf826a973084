"""Partial files: what dead processes left behind is removed, and what lives is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import graph, run

from audiograph.audiofile.partial import _prefix, partial
from audiograph.audiofile.processes import hold, is_alive


def left_by(process: int, target: Path) -> Path:
    path = target.with_name(f"{_prefix(target)}{process}-0a0b0c0d{target.suffix}")
    path.write_bytes(b"half")
    return path


def a_dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_whether_a_process_lives():
    assert is_alive(os.getpid())
    assert not is_alive(a_dead_process())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert is_alive(child.pid) and is_alive(child.pid) and child.poll() is None  # asking does not end it
        child.communicate(b"\n")
    assert child.returncode == 0 and not is_alive(child.pid)


@pytest.mark.parametrize("process", [0, 2**31, 2**32, 2**64])
def test_a_number_that_no_process_has_is_no_error(process: int):
    is_alive(process)


def test_what_a_dead_process_left_is_removed_by_the_next_render(tmp_path: Path):
    dead, living = a_dead_process(), os.getpid()
    left, kept = left_by(dead, tmp_path / "mix.wav"), left_by(living, tmp_path / "mix.wav")
    other = left_by(dead, tmp_path / "other.wav")
    assert run("render", graph(tmp_path), "-q", "-o", tmp_path / "mix.wav").exit_code == 0
    assert not left.exists() and kept.exists() and other.exists()


@pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be removed there")
def test_a_file_that_is_held_stays_whatever_its_number_says(tmp_path: Path):
    held = left_by(a_dead_process(), tmp_path / "mix.wav")  # of another container
    handle = os.open(held, os.O_WRONLY)
    hold(handle)
    with partial(tmp_path / "mix.wav"):
        assert held.exists()
    os.close(handle)
    with partial(tmp_path / "mix.wav") as hidden:
        assert not held.exists() and hidden.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]


@pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be removed there")
def test_a_file_that_is_being_written_is_held(tmp_path: Path):
    with partial(tmp_path / "mix.wav") as hidden:
        of_another = hidden.rename(left_by(a_dead_process(), tmp_path / "mix.wav"))
        with partial(tmp_path / "mix.wav"):
            assert of_another.exists()
        of_another.rename(hidden)
