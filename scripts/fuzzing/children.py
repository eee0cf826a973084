"""Children with limits: each does one piece of work after another, and a parent sees how each ends."""

import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import IO, NamedTuple

MEMORY = 4 * 2**30  # bytes
SECONDS = 100.0  # of one case; the first of its kind compiles a kernel, and the machine may be busy


class Outcome(NamedTuple):
    """How one case ended."""

    number: int
    kind: str  # what became of it, as `work` says
    wrong: str  # what is wrong with that; empty if nothing


def outcomes(
    numbers: Sequence[int],
    work: Callable[[int], str],
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Iterator[Outcome]:
    """Work on each number, in a child that begins anew where one dies or hangs.

    `work` returns in a word what became of a case, and raises for what is wrong.
    What it prints on stderr is wrong, too.
    """
    left = list(numbers)
    while left:
        for outcome in _one_child(list(left), work, seconds, memory):
            left.remove(outcome.number)
            yield outcome


def _one_child(
    numbers: Sequence[int], work: Callable[[int], str], seconds: float, memory: int
) -> Iterator[Outcome]:
    """The outcomes of one child: of all numbers, or of those until it is killed or dies."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as said:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os.close(reading)
            _work(numbers, work, writing, said, memory)
        os.close(writing)
        current, dead = numbers[0], ""
        try:
            for line in _lines(reading, seconds):
                if line is None:
                    dead = f"hangs: not done after {seconds:g} s"
                    break
                outcome = Outcome(*json.loads(line))
                yield outcome
                current = next((n for n in numbers[numbers.index(outcome.number) + 1 :]), -1)
        finally:
            os.close(reading)
            if dead:
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        if current != -1:
            if not dead and os.WIFSIGNALED(status):
                dead = f"crashes: {signal.Signals(os.WTERMSIG(status)).name}"
            said.seek(0)
            words = said.read()[-300:].decode(errors="replace")
            yield Outcome(current, "dead", f"{dead or 'ends the process'}; {words}".rstrip("; "))


def _lines(reading: int, seconds: float) -> Iterator[bytes | None]:
    """What a child writes, line by line; None once it has been silent for too long."""
    text = b""
    while True:
        until = time.monotonic() + seconds
        while b"\n" not in text:
            if not select.select([reading], [], [], max(0.0, until - time.monotonic()))[0]:
                yield None
                return
            part = os.read(reading, 65_536)
            if not part:
                return
            text += part
        line, _, text = text.partition(b"\n")
        yield line


def _work(
    numbers: Sequence[int], work: Callable[[int], str], writing: int, said: IO[bytes], memory: int
) -> None:
    """Do the work of a child, and end it."""
    code = 1
    try:
        os.dup2(said.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number in numbers:
            before, kind, wrong = os.fstat(2).st_size, "wrong", ""
            try:
                kind = work(number)
            except AssertionError as error:
                wrong = str(error)[:2000] or traceback.format_exc()[-3000:]
            except BaseException:
                wrong = traceback.format_exc()[-3000:]
            if not wrong and os.fstat(2).st_size > before:
                wrong = f"prints {os.pread(2, 300, before)!r}"
            os.write(writing, json.dumps([number, kind, wrong]).encode() + b"\n")
        code = 0
    finally:
        os._exit(code)
