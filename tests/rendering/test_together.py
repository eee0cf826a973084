"""The outputs of a render and its receipt: all old or all new, whatever stops it.

Four signals here; with the marker slow 100 at steps of the last moment, and 100 at any time.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from command import graph, run

from audiograph.audiofile.atomic.placing import place
from audiograph.audiofile.text_files import write_text
from audiograph.cli import command

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are forked")
OUTPUTS, SIGNALS = 60, 100
NAMES = [f"{'far/' if n % 5 == 4 else ''}{n}.{'flac' if n % 3 else 'wav'}" for n in range(OUTPUTS)]
NEW_ONES = range(50, 55)  # that had no old file
RECEIPT = "receipt.json"
TEXT = "nodes: {a: {use: tone, length: 5 ms}}\noutputs:\n" + "".join(
    f"  o{n}: {{from: a, file: {name}}}\n" for n, name in enumerate(NAMES)
)
EVENTS = {"os.rename", "os.link", "os.remove", "os.rmdir"}


def old(folder: Path) -> dict[str, bytes]:
    """Old files, in a new folder."""
    (folder / "far").mkdir(parents=True)
    graph(folder, TEXT)
    contents = {name: f"old {n}".encode() for n, name in enumerate(NAMES) if n not in NEW_ONES}
    for name, content in {**contents, RECEIPT: b"old"}.items():
        (folder / name).write_bytes(content)
    return contents


def found(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in NAMES if (folder / name).exists()}


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed render writes."""
    folder = tmp_path_factory.mktemp("new")
    old(folder)
    code, _ = rendered(folder, lambda: None)
    assert code == 0
    return found(folder)


def rendered(folder: Path, begin: Callable[[], None]) -> tuple[int, int]:
    """The exit status and the process of a render in a child; `begin` is called in it first."""
    child = os.fork()
    if not child:
        code = 99
        try:
            os.fsync = lambda _: None
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            os.chdir(folder)
            begin()
            command(["render", "mix.yaml", "-q", "--jobs", "1", "--receipt", RECEIPT])
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), child


def is_new(folder: Path, new: dict[str, bytes], before: dict[str, bytes]) -> bool:
    """Whether all files are new; fails if only some are."""
    receipt, files = (folder / RECEIPT).read_bytes(), found(folder)
    if receipt == b"old":
        assert files == before, mixed(files, new)
        return False
    assert files == new, mixed(files, new)
    told = [each["sha256"] for each in json.loads(receipt)["outputs"]]
    assert told == [sha256(new[name]).hexdigest() for name in NAMES]
    return True


def mixed(files: dict[str, bytes], new: dict[str, bytes]) -> str:
    return f"{sum(files.get(name) == new[name] for name in new)} of {len(new)} are new"


def cases(number: int) -> Iterator[tuple[int, int]]:
    """Signals, and at which step of putting the files in place they come: there are about 300."""
    chance = random.Random(12)
    for n in range(number):
        yield (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)[n % 4], chance.randrange(1, 330)


def at_step(number: int, step: int) -> None:
    """Let a signal come at a step."""
    left = step

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event in EVENTS and ".audiograph" in str(args[0]):
            left -= 1
            if not left:
                os.kill(os.getpid(), number)

    sys.addaudithook(count)


@pytest.mark.parametrize("number", [4, pytest.param(SIGNALS, marks=pytest.mark.slow)])
def test_signals_in_the_midst_leave_all_old_or_all_new(tmp_path: Path, new: dict[str, bytes], number: int):
    ends = list[bool]()
    for turn, (sent, step) in enumerate(cases(number)):
        folder = tmp_path / str(turn)
        before = old(folder)
        code, _ = rendered(folder, lambda: at_step(sent, step))  # noqa: B023
        if sent == signal.SIGKILL:
            write_text(folder / "other.txt", "the next one that writes there")
        else:
            assert code in (0, 128 + sent)
        ends.append(is_new(folder, new, before))
        assert not list(folder.rglob(".audiograph*")) or sent == signal.SIGKILL, (sent, step)
        assert code != 0 or ends[-1]
    assert number < 20 or {True, False} <= set(ends)


@pytest.mark.slow
def test_signals_at_any_time_leave_all_old_or_all_new(tmp_path: Path, new: dict[str, bytes]):
    chance, ends, longest = random.Random(7), list[bool](), 0.0
    for turn in range(SIGNALS):
        folder = tmp_path / str(turn)
        before, sent = old(folder), chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
        began, wait = time.monotonic(), chance.uniform(0, longest)

        def begin(sent: int = sent, wait: float = wait if longest else 0) -> None:
            if wait:
                parent = os.getpid()
                if not os.fork():
                    time.sleep(wait)
                    os.kill(parent, sent)
                    os._exit(0)

        rendered(folder, begin)
        longest = max(longest, time.monotonic() - began)
        write_text(folder / "other.txt", "the next one that writes there")
        ends.append(is_new(folder, new, before))
    assert {True, False} <= set(ends)


@pytest.mark.parametrize("what", ["a folder", "read-only", "mounted"])
def test_an_output_that_cannot_be_replaced_leaves_all_old(tmp_path: Path, new: dict[str, bytes], what: str):
    """Found before the render, or in the midst of the last moment."""
    before = old(tmp_path / "a")
    odd, folder = tmp_path / "a" / NAMES[30], tmp_path / "a"

    def begin() -> None:
        import audiograph.audiofile.atomic.placing as module

        def late(*words: object) -> None:
            if what == "a folder":
                odd.unlink()
                odd.mkdir()
            elif what == "mounted" and os.system(f"mount --bind {odd} {odd}"):
                os._exit(77)
            place(*words)

        module.place = late

    if what == "read-only":
        odd.chmod(0o444)
        result = run("render", folder / "mix.yaml", "-q", "--receipt", folder / RECEIPT)
        assert result.exit_code == 2 and f"{NAMES[30]} is read-only" in result.stderr
    else:
        code, _ = rendered(folder, begin)
        if code == 77:
            pytest.skip("mounting is not permitted")
        assert code == 1
        if what == "a folder":
            odd.rmdir()
            odd.write_bytes(before[NAMES[30]])
        else:
            os.system(f"umount {odd}")
    assert not is_new(folder, new, before) and not list(folder.rglob(".audiograph*"))


def test_a_receipt_that_cannot_be_written_leaves_all_old(tmp_path: Path, new: dict[str, bytes]):
    before = old(tmp_path / "a")

    def begin() -> None:
        from audiograph.rendering import receipt

        def fail(_: object) -> str:
            raise OSError(28, "No space left on device")

        receipt.text = fail

    code, _ = rendered(tmp_path / "a", begin)
    assert code == 1 and not is_new(tmp_path / "a", new, before)
