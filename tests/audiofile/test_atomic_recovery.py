"""A process that is killed while it puts files in place: the next one mends what it left."""

import errno
import os
import signal
import sys
from ast import literal_eval
from pathlib import Path

import pytest
from atomic_cases import NEW, OLD, hidden, in_a_child, on_posix, state, targets, write

from audiograph.audiofile.atomic import AtomicFiles, atomic_write, locks, placing, staging
from audiograph.audiofile.atomic.log import Log
from audiograph.errors import AudioFileError

STAGED = ".audiograph-00112233aabb-0"
SLOW = [("home", False), ("far", True), ("both", True), ("both", False)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody pulls the plug here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@on_posix
@pytest.mark.parametrize(("first", "links"), [
    ("home", True),
    ("far", False),
    *[pytest.param(*case, marks=pytest.mark.slow) for case in SLOW],
])  # fmt: skip
def test_whenever_it_is_killed_the_next_writer_makes_it_all_old_or_all_new(
    tmp_path: Path, links: bool, first: str
):
    """At every single step. Who recovers writes to the first folder, or to the other one."""
    found = list[str]()
    for step in range(1, 200):
        folder = tmp_path / str(step)
        folder.mkdir()
        paths = targets(folder)
        status = in_a_child(lambda: dies_at(step, paths, links))  # noqa: B023
        found.append(state(paths))
        for place in {"home": [folder], "far": [folder / "far"], "both": [folder / "far", folder]}[first]:
            with atomic_write(place / "other.txt") as path:
                path.write_text("other")
        found[-1] += f", then {state(paths)}"
        assert state(paths) in (OLD, NEW), f"step {step}"
        assert first != "both" or not hidden(folder), f"step {step}"
        if not status:
            break
    assert not status and 20 < step < 199
    counts = {each: found.count(each) for each in found}
    assert counts["mixed, then old"] >= 8 and counts["new, then new"] >= 2, counts


def dies_at(step: int, paths: list[Path], links: bool) -> None:
    left = step
    events = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.listdir"}

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event in events or (event == "open" and args[1] is None and staging.PREFIX in str(args[0])):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        os.link = no_link
    with AtomicFiles() as files:
        for n, path in enumerate(paths):
            files.add(path).write_text(f"{NEW} {n}")
        sys.addaudithook(count)


def left_half_done(paths: list[Path]) -> None:
    """What a process leaves that was killed after it had put half of the files in place."""

    def work() -> None:
        real, calls = placing.replace, 0

        def replace(one: Path, other: Path) -> None:
            nonlocal calls
            calls += 1
            if calls > len(paths) // 2:
                os.kill(os.getpid(), signal.SIGKILL)
            real(one, other)

        placing.replace = replace
        write(paths)

    assert in_a_child(work) == -signal.SIGKILL and state(paths) == "mixed"


@on_posix
def test_what_somebody_has_written_since_is_not_undone(tmp_path: Path):
    paths = targets(tmp_path)
    left_half_done(paths)
    paths[0].write_text("somebody's")
    write([tmp_path / "other"])
    assert paths[0].read_text() == "somebody's" and not paths[2].exists()
    assert paths[1].read_text() == f"{OLD} 1" and paths[4].read_text() == f"{OLD} 4"
    assert [path for path in hidden(tmp_path) if path.parent == tmp_path] == []


@on_posix
def test_the_folder_may_have_moved_meanwhile(tmp_path: Path):
    """As another container sees it elsewhere."""
    (tmp_path / "a").mkdir()
    left_half_done(targets(tmp_path / "a"))
    (tmp_path / "a").rename(tmp_path / "b")
    paths = [tmp_path / "b" / ("far" if n % 4 == 3 else "") / f"{n}.wav" for n in range(6)]
    write([tmp_path / "b" / "far" / "other"])
    assert state(paths) == OLD


@on_posix
@pytest.mark.parametrize("cut", [1, 20, 100, 400])
def test_a_log_that_is_not_whole_means_that_nothing_was_moved(tmp_path: Path, cut: int):
    paths = targets(tmp_path)

    def dies(self: Log) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        Log.to_disk = dies
        write(paths)

    assert in_a_child(work) == -signal.SIGKILL
    (left,) = tmp_path.glob(f"{staging.PREFIX}*-0")
    os.truncate(left, left.stat().st_size - cut)
    write([tmp_path / "other"])
    assert state(paths) == OLD and [path.parent for path in hidden(tmp_path)] == [tmp_path / "far"] * 2
    write([tmp_path / "far" / "other"])
    assert not hidden(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "\n", "[]\n", "null\n", '["begun"]\n', '["begun", 1, 2]\n', "\0" * 99, '["x", 1]\n']
)
def test_a_log_that_is_none_harms_nobody(tmp_path: Path, text: str):
    Path(f"{staging._slots(tmp_path)}0").write_text(text)
    Path(f"{staging._slots(tmp_path)}0").chmod(0o600)
    paths = targets(tmp_path)
    write(paths)
    assert state(paths) == NEW


@on_posix
@pytest.mark.parametrize(("number", "home", "names"), [
    ("00112233aabb", None, ["nothing", "../victim", "../evil"]),  # moves that no writer makes
    ("00112233aabb", None, [STAGED, "../victim", "../evil"]),
    ("00112233aabb", None, [f"../{STAGED}", "../victim", f"../{STAGED}.old"]),
    ("00112233aabb", None, [STAGED, "0.wav", "../evil"]),
    (".", None, ["..", "0.wav", ".old"]),
    ("00112233aabb", "/dev/zero", []),  # which has no end
    ("00112233aabb", "../.audiograph-1-1", []),
])  # fmt: skip
@pytest.mark.parametrize("had", [True, False])
def test_a_log_from_an_archive_moves_and_removes_nothing(tmp_path, number, home, names, had):
    """What somebody unpacked may have a file of that name, which says anything."""
    (tmp_path / "jail").mkdir()
    paths = targets(tmp_path / "jail")
    for name in ("victim", "evil"):
        (tmp_path / name).write_text(name)
    (tmp_path / f"{STAGED}.old").write_text("evil")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    log = Path(f"{staging._slots(tmp_path / 'jail')}3")
    time = (tmp_path / "victim").stat().st_mtime
    lines = [("begun", locks.machine(), number, home), ("moves", [[names, had, len("victim"), time]])]
    log.write_text("".join(f"{line!a}\n" for line in lines))
    log.chmod(0o600)
    write([tmp_path / "jail" / "other"])
    assert before == {path: path.read_bytes() for path in before}
    assert state(paths) == OLD


@on_posix
@pytest.mark.parametrize("text", ["(" * 90_000, "-" * 90_000 + "1", "[" * 90_000 + "]" * 90_000])
def test_a_log_of_nothing_but_brackets_harms_nobody(tmp_path: Path, text: str):
    log = Path(f"{staging._slots(tmp_path)}3")
    log.write_text(text + "\n")
    log.chmod(0o600)
    write([tmp_path / "other"])


@on_posix
def test_old_files_that_cannot_be_put_back_are_kept_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    paths, real, broken = targets(tmp_path), placing.replace, False

    def replace(one: Path, other: Path) -> None:
        nonlocal broken
        broken |= other.name == "4.wav"
        if broken:
            raise OSError(errno.EROFS, "Read-only file system")
        real(one, other)

    monkeypatch.setattr(placing, "replace", replace)
    with pytest.raises(
        AudioFileError, match=r"4\.wav .*Read-only file system; the old files are kept in \S+$"
    ):
        write(paths)
    monkeypatch.undo()
    assert state(paths) == "mixed"
    write([tmp_path / "far" / "other"])
    assert state(paths) == OLD


def test_moves_are_told_with_relative_paths(tmp_path: Path):
    moves = [placing.Move(tmp_path / "s" / "0", tmp_path / "\udce4", tmp_path / "s" / "0.old", True, 1, 2.5)]
    rows = literal_eval(ascii(placing.rows_of(moves, tmp_path / "s")))
    assert rows == [[["0", "../\udce4", "0.old"], True, 1, 2.5]]
    assert placing.moves_of([[rows]], tmp_path / "s") == moves
