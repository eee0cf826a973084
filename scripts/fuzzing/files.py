"""Damaged sound files against the reader: no traceback, no crash, no hang.

Each file is read in a child process of its own, which has 2 GB and 5 seconds. It
must be read, or refused with an AudioFileError; what is read must have the
length that was promised, and be made of numbers; nothing else may be printed.
"""

import os
import random
import resource
import select
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from audiograph import audiofile, measure
from audiograph.errors import AudioFileError

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 2 * 2**30  # bytes
SECONDS = 5.0
FORMATS = ("wav", "flac", "mp3", "ogg", "opus", "aiff", "caf", "rf64", "w64")
SUFFIXES = (".mp3", ".ogg", ".opus", ".flac", ".wav")  # of the files of other tools
LARGEST = 60_000  # bytes of a file that is damaged
JUNK = (b"<html>500</html>", b"ID3\4\0\0\0\0\1\0", b"TAG")
KNOWN = (
    "dequantization failed"  # libmpg123 prints this of bits flipped inside a frame: docs/troubleshooting.md
)
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def originals(folder: Path) -> list[Path]:
    """Small whole files of every kind: written here, and those of other tools that the tests have."""
    rng = np.random.default_rng(1)
    for kind in FORMATS:
        for channels in (1, 2, 6):
            path = folder / f"{channels}.{kind}"
            rate = 48_000 if kind == "opus" else 22_050
            encoding = audiofile.encoding(path)
            if audiofile.check(encoding, rate, channels, 6000):
                continue
            with audiofile.Writer(path, rate, channels, encoding, 6000) as file:
                file.write(rng.uniform(-0.3, 0.3, (channels, 6000)).astype(np.float32))
    data = ROOT / "tests" / "data"
    others = [
        path for path in sorted(data.rglob("*")) if path.suffix in (".mp3", ".ogg", ".opus", ".flac", ".wav")
    ]
    for number, path in enumerate(others):
        (folder / f"other{number}{path.suffix}").write_bytes(path.read_bytes()[:LARGEST])
    return sorted(folder.iterdir())


def _place(rng: random.Random, size: int) -> int:
    """A place in a file, mostly near its head, where there is more to break."""
    return rng.randrange(min(size, 200)) if rng.random() < 0.5 else rng.randrange(size)


def _flip(rng: random.Random, x: bytearray, _: bytes) -> None:
    for _ in range(rng.choice((1, 3, 30))):
        x[_place(rng, len(x))] ^= 1 << rng.randrange(8)


def _overwrite(rng: random.Random, x: bytearray, _: bytes) -> None:
    at = _place(rng, len(x))
    x[at : at + rng.choice((1, 4, 64, 1000))] = rng.randbytes(rng.choice((1, 4, 64, 1000)))


def _zeros(rng: random.Random, x: bytearray, _: bytes) -> None:
    at, some = _place(rng, len(x)), rng.choice((4, 100, 3000))
    x[at : at + some] = bytes(some)


def _cut(rng: random.Random, x: bytearray, _: bytes) -> None:
    del x[_place(rng, len(x)) :]


def _behead(rng: random.Random, x: bytearray, _: bytes) -> None:
    del x[: _place(rng, len(x))]


def _remove(rng: random.Random, x: bytearray, _: bytes) -> None:
    at = _place(rng, len(x))
    del x[at : at + rng.choice((1, 7, 500))]


def _insert(rng: random.Random, x: bytearray, _: bytes) -> None:
    at = _place(rng, len(x))
    x[at:at] = rng.choice(
        (rng.randbytes(rng.choice((1, 9, 700))), b"<html>500</html>", b"ID3\4\0\0\0\0\1\0", b"TAG")
    )


def _repeat(rng: random.Random, x: bytearray, _: bytes) -> None:
    at = _place(rng, len(x))
    x[at:at] = x[at : at + rng.choice((4, 300, 5000))]


def _extreme(rng: random.Random, x: bytearray, _: bytes) -> None:
    at, width = _place(rng, len(x)), rng.choice((1, 2, 4, 8))
    number = rng.choice(EXTREMES) % 256**width
    x[at : at + width] = number.to_bytes(width, rng.choice(("little", "big")))


def _join(_: random.Random, x: bytearray, other: bytes) -> None:
    x += other


def _transplant(rng: random.Random, x: bytearray, other: bytes) -> None:
    at = _place(rng, len(x))
    x[at:] = other[_place(rng, len(other)) :]


DAMAGES: tuple[Callable[[random.Random, bytearray, bytes], None], ...] = (
    _flip, _overwrite, _zeros, _cut, _behead, _remove, _insert, _repeat, _extreme, _join, _transplant,
)  # fmt: skip


def damaged(seed: int, number: int, files: list[Path]) -> tuple[str, bytes]:
    """The file of this number: its suffix and its bytes. The same for the same seed and originals."""
    rng = random.Random(f"{seed} {number}")
    path = rng.choice(files)
    x = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 2, 4))):
        rng.choice(DAMAGES)(rng, x, rng.choice(files).read_bytes())
        if not x:
            x = bytearray(b"\0")
    return path.suffix, bytes(x[: 4 * LARGEST])


def read(path: Path) -> None:
    """Read a file in all the ways it is read; AssertionError where what is read is not as promised."""
    try:
        info = audiofile.probe(path)
        for rate in (info.rate, 44_100):
            for first in (0, audiofile.length(info, rate) // 2):
                frames = 0
                for x in audiofile.read(path, info, rate, first):
                    floats = path.suffix not in (".mp3", ".ogg", ".opus", ".flac")  # these may hold anything
                    assert floats or np.isfinite(x).all(), "samples that are not numbers"
                    frames += x.shape[1]
                promised = audiofile.length(info, rate) - first
                assert frames == promised, f"{frames} frames of {promised} at {rate} Hz from {first}"
        audiofile.tags(path)
        measure(path)
    except AudioFileError as error:
        assert str(path) in str(error) and "\n" not in str(error), f"an error in other words: {error}"


def in_child(path: Path, seconds: float = SECONDS) -> str:
    """What is wrong with how a file is read, or nothing. It is read in a fork of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.dup2(writing, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = 1
        try:
            read(path)
            code = 0
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        os._exit(code)
    os.close(writing)
    said, until, status = b"", time.monotonic() + seconds, None
    while status is None:
        left = until - time.monotonic()
        if select.select([reading], [], [], max(0.0, min(left, 0.2)))[0] and (
            part := os.read(reading, 65_536)
        ):
            said += part
            continue
        done, found = os.waitpid(child, os.WNOHANG)
        if done:
            status = found
        elif left <= 0:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reading)
            return f"hangs: not done after {seconds:g} s"
    os.close(reading)
    lines = said.decode(errors="replace").strip().splitlines()
    text = "\n".join(line for line in lines if KNOWN not in line)
    if os.WIFSIGNALED(status):
        return f"crashes: {signal.Signals(os.WTERMSIG(status)).name}; {text[-300:]}"
    return text[-2000:] if os.WEXITSTATUS(status) else f"prints {text[:300]!r}" if text else ""


def run(
    seed: int,
    numbers: range,
    folder: Path,
    tell: Callable[[str], None] = print,
    kinds: Counter[str] | None = None,
) -> list[str]:
    """Damage and read these files; the failures, each kept in the folder. `kinds` counts how they went."""
    failures = []
    with tempfile.TemporaryDirectory() as place:
        files = originals(Path(place))
        for number in numbers:
            suffix, content = damaged(seed, number, files)
            path = folder / f"{seed}_{number}{suffix}"
            path.write_bytes(content)
            if wrong := in_child(path):
                failures.append(f"{path.name}: {wrong}")
                tell(failures[-1])
            else:
                path.unlink()
            if kinds is not None:
                kinds["failed" if wrong else "read or refused"] += 1
    return failures


def again(seed: int, number: int, folder: Path) -> Path:
    """Read one file in this process; it stays in the folder."""
    with tempfile.TemporaryDirectory() as place:
        suffix, content = damaged(seed, number, originals(Path(place)))
    path = folder / f"{seed}_{number}{suffix}"
    path.write_bytes(content)
    read(path)
    return path
