"""A full disk: the old file stays, one line names the path, nothing is left behind."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import soundfile
from command import TONE, graph, run

LONG = "nodes: {a: {use: noise, length: 20 s}}\noutput: a\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 64 kB."""
    place = tmp_path_factory.mktemp("small")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        mounted = os.name != "nt" and subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def full(small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A full disk with an old file on it."""
    graph(tmp_path)
    graph(tmp_path, LONG, "long.yaml")
    soundfile.write(tmp_path / "a.wav", [0.0] * 48_000, 48_000)
    (small / "old").write_bytes(b"old")
    filler = small / "filler"
    with suppress(OSError):
        filler.write_bytes(bytes(65_536))
    monkeypatch.chdir(tmp_path)
    yield small
    for path in small.iterdir():
        path.unlink()


@pytest.mark.parametrize(
    "words",
    [
        ["schema", "-o"], ["show", "mix.yaml", "--svg"], ["measure", "a.wav", "--svg"],
        ["render", "mix.yaml", "--receipt"], ["render", "long.yaml", "--format", "raw", "-o"],
        ["render", "long.yaml", "--format", "mp3", "-o"], ["render", "long.yaml", "--format", "ogg", "-o"],
    ],
)  # fmt: skip
def test_the_old_file_stays_and_the_path_is_named(full: Path, words: list[str]):
    result = run(*words, full / "old")
    assert result.exit_code == 1
    assert f"audiograph: {full / 'old'} cannot be written: " in result.stderr
    assert "o space left on device" in result.stderr or "was not written" in result.stderr
    assert sorted(path.name for path in full.iterdir()) == ["filler", "old"]
    assert (full / "old").read_bytes() == b"old"


@pytest.mark.parametrize(
    "words", [["new", "node", "swirl"], ["new", "recipe", "mine"], ["new", "graph", "mine"]]
)
def test_nothing_new_is_left(full: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]):
    monkeypatch.chdir(full)
    result = run(*words)
    assert result.exit_code == 1 and "cannot be written: No space left on device" in result.stderr
    assert sorted(path.name for path in full.iterdir()) == ["filler", "old"]


def test_a_read_only_file_needs_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    graph(tmp_path, TONE)
    Path("mix.wav").write_bytes(b"old")
    Path("mix.wav").chmod(0o444)
    for words in (["render", "mix.yaml"], ["render", "mix.yaml", "--dry-run"], ["check", "mix.yaml"]):
        result = run(*words)
        assert result.exit_code == 2
        assert "mix.yaml:7: output: mix.wav is read-only: replace it with --force" in result.stderr
        assert Path("mix.wav").read_bytes() == b"old"
    assert run("render", "mix.yaml", "--force").exit_code == 0
    assert soundfile.info("mix.wav").frames == 22_050


def test_a_read_only_receipt_or_picture_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    graph(tmp_path, TONE)
    Path("old").write_bytes(b"old")
    Path("old").chmod(0o444)
    for words in (["schema", "-o"], ["show", "mix.yaml", "--svg"], ["render", "mix.yaml", "--receipt"]):
        result = run(*words, "old")
        assert result.exit_code in (1, 2) and "old cannot be written: it is read-only" in result.stderr
    assert Path("old").read_bytes() == b"old" and not Path("mix.wav").exists()
