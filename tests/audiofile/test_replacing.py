"""A file that is replaced keeps its mode and owner; nothing is thrown away because a disk cannot sync."""

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audiograph.audiofile import Writer, encoding, probe
from audiograph.audiofile.text_files import write_text, write_texts
from audiograph.errors import AudioFileError

TAGS = {"title": "with a tag, which an MP3 file gets last"}
on_posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners are those of POSIX")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")


def sound(path: Path, force: bool = False) -> None:
    tags = TAGS if path.suffix == ".mp3" else {}
    with Writer(path, 48_000, 1, encoding(path, tags=tags), 5000, force=force) as file:
        file.write(np.zeros((1, 5000), np.float32))


def text(path: Path) -> None:
    write_text(path, "new text")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def usual_mask():
    mask = os.umask(0o022)
    yield
    os.umask(mask)


@on_posix
@pytest.mark.parametrize("rights", [0o600, 0o664, 0o640, 0o755, 0o200])
@pytest.mark.parametrize(("name", "write"), [("a.wav", sound), ("a.mp3", sound), ("a.svg", text)])
def test_the_mode_is_kept(
    tmp_path: Path, usual_mask: None, name: str, write: Callable[[Path], None], rights: int
):
    path = tmp_path / name
    path.write_bytes(b"old")
    path.chmod(rights)
    write(path)
    assert mode(path) == rights and path.stat().st_size != len(b"old")


@on_posix
def test_a_new_file_has_the_usual_mode(tmp_path: Path, usual_mask: None):
    for name in ("a.wav", "a.mp3"):
        sound(tmp_path / name)
        assert mode(tmp_path / name) == 0o644


@on_posix
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_a_private_file_is_private_while_it_is_written(tmp_path: Path, usual_mask: None, name: str):
    (tmp_path / name).touch(0o600)
    modes = set[int]()
    with Writer(tmp_path / name, 48_000, 1, encoding(tmp_path / name, tags=TAGS), 5000) as file:
        file.write(np.zeros((1, 5000), np.float32))
        modes |= {mode(path) for path in tmp_path.rglob("*") if path.is_file()}
        file.complete()
        modes |= {mode(path) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o600}


@on_posix
def test_behind_a_link_the_mode_is_that_of_the_file(tmp_path: Path, usual_mask: None):
    (tmp_path / "real.wav").touch(0o600)
    (tmp_path / "a.wav").symlink_to("real.wav")
    sound(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").is_symlink() and mode(tmp_path / "real.wav") == 0o600
    assert (tmp_path / "real.wav").stat().st_size > 5000


@as_root
@pytest.mark.parametrize("rights", [0o600, 0o664])
def test_the_owner_and_the_group_are_kept_where_that_is_permitted(tmp_path: Path, rights: int):
    path = tmp_path / "a.wav"
    path.touch(rights)
    path.chmod(rights)
    os.chown(path, 12_345, 23_456)
    sound(path)
    status = path.stat()
    assert (status.st_uid, status.st_gid, mode(path)) == (12_345, 23_456, rights)


@on_posix
def test_where_the_group_cannot_be_kept_another_group_gets_no_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "a.wav"
    path.touch()
    path.chmod(0o664)
    real = Path.stat

    def other_group(self: Path, **options: bool) -> os.stat_result:
        found = real(self, **options)
        return found if self.name != "a.wav" else os.stat_result((*found[:5], 54_321, *found[6:]))

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "stat", other_group)
    monkeypatch.setattr(os, "chown", refuse)
    sound(path)
    monkeypatch.undo()
    assert mode(path) == 0o604


@pytest.mark.parametrize(("name", "write"), [("a.wav", sound), ("a.mp3", sound), ("a.json", text)])
def test_a_read_only_file_stays(tmp_path: Path, name: str, write: Callable[[Path], None]):
    path = tmp_path / name
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(AudioFileError, match=rf"{name} cannot be written: it is read-only"):
        write(path)
    assert path.read_bytes() == b"old" and [each.name for each in tmp_path.iterdir()] == [name]


def test_force_replaces_it_and_keeps_it_read_only(tmp_path: Path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")
    path.chmod(0o444)
    sound(path, force=True)
    assert path.read_bytes() != b"old" and mode(path) & 0o222 == 0


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
@pytest.mark.parametrize("write", [sound, text])
def test_a_disk_that_cannot_sync_gets_the_file_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, write: Callable[[Path], None]
):
    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    write(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").stat().st_size > 0


def test_a_disk_that_fails_to_sync_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    (tmp_path / "a.wav").write_bytes(b"old")
    with pytest.raises(AudioFileError, match=r"a\.wav cannot be written: Input/output error"):
        sound(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_device_is_written_to_as_it_is():
    write_text(Path("/dev/null"), "text")
    with pytest.raises(AudioFileError, match="/dev/full cannot be written: No space left on device"):
        write_text(Path("/dev/full"), "text")


def test_several_texts_are_written_or_none(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(AudioFileError, match="folder cannot be written: it is a folder"):
        write_texts({tmp_path / "a": "1", tmp_path / "folder": "2"})
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from audiograph.audiofile import Writer, encoding
path = Path(sys.argv[1])
with Writer(path, 48000, 2, encoding(path)) as writer:
    writer.write(np.zeros((2, 48000), np.float32))
    print("begun", flush=True)
    time.sleep(60)
"""


def test_a_killed_render_leaves_the_old_file_and_the_next_one_sweeps_after_it(tmp_path: Path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"as it was")
    command = [sys.executable, "-c", KILLED, path]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    ) as process:
        assert process.stdout and process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGKILL)
    assert path.read_bytes() == b"as it was"
    left = [other for other in tmp_path.iterdir() if other != path]
    assert len(left) == 2 and all(other.name.startswith(".audiograph-") for other in left)
    sound(path)
    assert [other.name for other in tmp_path.iterdir()] == ["a.wav"]


def test_two_renders_to_one_target_do_not_sweep_each_other(tmp_path: Path):
    path = tmp_path / "a.wav"
    with Writer(path, 48_000, 1, encoding(path)) as first:
        first.write(np.zeros((1, 100), np.float32))
        sound(path)
        assert probe(path).frames == 5000
    assert probe(path).frames == 100
