"""What belongs to the whole process, each with one owner: settings of Python, listeners, warnings given.

Any thread may use these at any time. A setting is changed by the first holder
and restored by the last one to leave, whatever their order.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock

SHORT_TURN = 0.0005  # seconds

_LOCK = RLock()  # re-entrant: a finalizer may come here while the thread it interrupts holds the lock


class _Setting:
    """A setting of the process that differs while anybody holds it. `change` returns how to restore it."""

    def __init__(self, change: Callable[[], Callable[[], None]]) -> None:
        self._change = change
        self._holders = 0
        self._restore: Callable[[], None] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        with _LOCK:
            if not self._holders:
                self._restore = self._change()
            self._holders += 1
        try:
            yield
        finally:
            with _LOCK:
                self._holders -= 1
                if not self._holders and self._restore:
                    self._restore()


def _disable_collector() -> Callable[[], None]:
    was_enabled = gc.isenabled()
    gc.disable()
    return gc.enable if was_enabled else gc.disable


def _shorten_turns() -> Callable[[], None]:
    before = sys.getswitchinterval()
    if before > SHORT_TURN:
        sys.setswitchinterval(SHORT_TURN)
    return lambda: sys.setswitchinterval(before)


paused_collector = _Setting(_disable_collector).held
"""A context manager: Python's garbage collector is off while any thread is inside."""

short_turns = _Setting(_shorten_turns).held
"""A context manager: threads give up Python's lock within half a millisecond while any thread is inside.

A thread that returns from a kernel waits for the lock. Another one that enters
and leaves its own kernels releases the lock too briefly to be noticed, until
the waiting thread asks for it, which it does after this interval.
"""

_listeners: list[Callable[[str], None]] = []


@contextmanager
def compile_listener(callback: Callable[[str], None]) -> Iterator[None]:
    """Within, call `callback` with the name of each kernel that any thread is about to compile.

    It is called by the thread that compiles; what it raises prevents that.
    """
    with _LOCK:
        _listeners.append(callback)
    try:
        yield
    finally:
        with _LOCK:
            _listeners.remove(callback)


def compiling(name: str) -> None:
    """Tell every listener that this kernel is about to be compiled."""
    with _LOCK:
        listeners = list(_listeners)
    for listener in listeners:
        listener(name)


class Once:
    """Messages that are given once per process, until they are cleared. True if there was any."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def is_new(self, message: str) -> bool:
        """Whether this message has not been given yet; from now on it has."""
        with _LOCK:
            new = message not in self._given
            self._given.add(message)
            return new

    def clear(self) -> None:
        """Let every message be given again."""
        with _LOCK:
            self._given.clear()

    def __bool__(self) -> bool:
        return bool(self._given)
