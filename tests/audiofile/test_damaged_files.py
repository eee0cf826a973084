"""Damaged files are read or refused: no traceback, no crash, no hang, no noise (scripts/fuzz)."""

import os

import pytest

if not hasattr(os, "fork"):
    pytest.skip("each file is read in a fork", allow_module_level=True)

from scripts.fuzzing import files as fuzz

SLICES = 6
EACH = 25  # files in a slice; with `slow`, all 3,000 are read


@pytest.mark.parametrize("part", range(SLICES))
def test_a_slice_of_the_damaged_files_is_read_or_refused(part, tmp_path):
    assert fuzz.run(0, range(part * 500, part * 500 + EACH), tmp_path, lambda _: None) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(30))
def test_every_damaged_file_is_read_or_refused(part, tmp_path):
    assert fuzz.run(0, range(part * 100, part * 100 + 100), tmp_path, lambda _: None) == []


def test_a_reader_that_hangs_crashes_or_prints_is_caught(tmp_path, monkeypatch):
    path = tmp_path / "x.wav"
    path.write_bytes(b"RIFF")
    for break_it, said in (
        (lambda _: os.kill(os.getpid(), 9), "crashes: SIGKILL"),
        (lambda _: os.write(2, b"noise"), "prints 'noise'"),
        (lambda _: 1 / 0, "ZeroDivisionError"),
        (lambda _: bytearray(4 * 2**30), "MemoryError"),
        (lambda _: __import__("time").sleep(60), "hangs"),
    ):
        monkeypatch.setattr(fuzz, "read", break_it)
        assert said in fuzz.in_child(path, seconds=1)


def test_the_same_number_is_the_same_file(tmp_path):
    files = fuzz.originals(tmp_path)
    assert fuzz.damaged(3, 5, files) == fuzz.damaged(3, 5, files) != fuzz.damaged(3, 6, files)
