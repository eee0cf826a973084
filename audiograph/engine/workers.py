"""Running ahead: what is wanted next is made by other threads while this one is at work.

A line is an iterator that runs ahead. Whoever wants its next piece takes one
that is ready; where none is, and nobody makes one, he makes it himself. So no
line has a thread of its own: those of the crew make what there is room for, and
a line that nobody had time for costs a copy. Each item is made after the one
before it, by one thread at a time, so it is the same whoever makes it.

A thread that makes a piece of a line may want pieces of lines that feed it. While
another thread makes one, it makes those of others that feed the same line, and
nothing else. So waits lead from a line to one that feeds it, never in a circle.
"""

import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from threading import Condition, Lock, RLock, Thread, current_thread, local
from types import TracebackType
from typing import Any, Self, TypeVar

from audiograph.engine.queue import Copy, Line, Piece
from audiograph.engine.stopwatch import Stopwatch
from audiograph.machine_code import on_compile

T = TypeVar("T")

MOST = 32  # pieces that all lines together run ahead: of stereo they take 32 MB
TURN = 0.0005  # seconds
PATIENCE = 0.1  # seconds that whoever called the crew waits before he looks up

_TURNS = Lock()
_crews, _before = 0, 0.0  # how many there are, and what was before the first


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _take_turns(crews: int) -> None:
    """While there is a crew, threads ask for their turn soon.

    Who comes out of a kernel waits for Python's lock. Another that goes in and
    out of its own lets go of the lock too shortly to be noticed, until it is asked.
    """
    global _crews, _before
    with _TURNS:
        if not _crews:
            _before = sys.getswitchinterval()
        _crews += crews
        sys.setswitchinterval(min(_before, TURN) if _crews else _before)


class Abandoned(BaseException):
    """Nobody wants any more what this thread makes. Nodes do not catch it, as it is no Exception."""


class Crew:
    """`jobs` threads that run ahead: the one that calls, and others, started when there is work.

    At its end the others have ended. `idle` is called now and then while the
    thread that put it together waits.
    """

    def __init__(
        self, jobs: int, idle: Callable[[], None] | None = None, watch: Stopwatch | None = None
    ) -> None:
        self.jobs, self._idle, self._watch = jobs, idle, watch or Stopwatch()
        self._lock = RLock()  # a line may be left by the collector, wherever memory is asked for
        self._work = Condition(self._lock)
        self._lines: list[Line[Any]] = []  # as they were opened, so what is fed comes first
        self._called = 0  # threads that were started
        self._threads: list[Thread] = []  # those of them that have surely begun
        self._free = 0  # threads that wait for work
        self._caller, self._closed = current_thread(), False
        self._here = local()  # `line`: that which this thread makes a piece of

    def __enter__(self) -> Self:
        _take_turns(1)
        on_compile.append(self._compiling)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._work.notify_all()
            for line in self._lines:
                line.arrived.notify_all()
        try:
            for thread in self._threads:
                thread.join()
        finally:
            on_compile.remove(self._compiling)
            _take_turns(-1)

    def ahead(self, items: Iterator[T], kept: Callable[[T, Copy], T]) -> Iterator[T]:
        """The same items, made ahead from now on. One may be overwritten when the next is asked for.

        `kept(item, copy)` gives the item with all of its arrays copied.
        """
        line = Line(items, kept, self._line, Condition(self._lock))
        with self._lock:
            self._lines.append(line)
            self._call()
        given = self._given(line)
        weakref.finalize(given, self._leave, line).atexit = False
        return given

    def _given(self, line: Line[T]) -> Iterator[T]:
        while piece := self._next(line):
            yield from piece.items
            line.spare.extend(piece.arrays)

    def _leave(self, line: Line[T]) -> None:
        with self._lock:
            self._lines.remove(line)
            line.left = True

    def wanted(self) -> None:
        """Long work calls this: it raises Abandoned where nobody waits for it any more."""
        if self._closed:
            raise Abandoned

    def _compiling(self, _: str) -> None:
        """A kernel is about to be compiled, which takes long; maybe by a thread of this crew."""
        if self._line:
            self.wanted()

    def _next(self, line: Line[T]) -> Piece[T] | None:
        """The next piece, made here if nobody else does; None after the last."""
        while True:
            with self._lock:
                if line.ready:
                    self._call()
                    return line.ready.popleft()
                if line.error:
                    raise line.error
                if line.over:
                    return None
                self.wanted()
                todo = self._todo(line)
            if todo:
                self._make(todo)
            elif self._idle and current_thread() is self._caller:
                self._idle()

    def _todo(self, line: Line[T]) -> Line[Any] | None:
        """What to do for one who wants this line; nothing after he waited for another who makes it."""
        if not line.busy:
            line.busy = True
            return line
        if other := self._other():
            return other
        self._watch.run("", partial(line.arrived.wait, PATIENCE))
        return None

    @property
    def _line(self) -> Line[Any] | None:
        """What this thread makes a piece of."""
        return getattr(self._here, "line", None)

    def _other(self) -> Line[Any] | None:
        """A line to run ahead, now busy."""
        if sum(len(line.ready) for line in self._lines) < MOST:
            for line in self._lines:
                if line.has_room(len(self._lines)) and (self._line is None or line.feeds is self._line):
                    line.busy = True
                    return line
        return None

    def _call(self) -> None:
        """Let somebody who is free run ahead, as there is room."""
        if self._free:
            self._work.notify()
        elif self._called < self.jobs - 1 and not self._closed:
            self._called += 1
            thread = Thread(target=self._run, name="audiograph", daemon=True)
            thread.start()  # Ctrl-C may break this off; should it come nevertheless, it sees that all is over
            self._threads.append(thread)

    def _run(self) -> None:
        """What a thread does."""
        with suppress(Abandoned):
            while self._did_one():
                pass

    def _did_one(self) -> bool:
        """Make a piece of some line once there is room; whether there will be more to do."""
        with self._lock:
            while not self._closed:
                if line := self._other():
                    break
                self._free += 1
                self._work.wait()
                self._free -= 1
            else:
                return False
        self._make(line)
        return True

    def _make(self, line: Line[Any]) -> None:
        """Make the next piece of a line that is busy for this."""
        before, self._here.line = self._line, line
        piece, over, error = None, True, None
        try:
            piece = Piece[Any](line.spare)
            error = piece.fill(line.items, line.kept)
            over = not piece.items
        finally:  # what asks this thread to stop is raised here, and the line has ended
            self._here.line = before
            with self._lock:
                line.busy, line.over, line.error = False, over, error
                if piece and piece.items and not line.left:
                    line.ready.append(piece)
                line.arrived.notify()
