"""State of the whole process, with one owner each: settings of Python, listeners, warnings given.

Any thread may use these at any time. The first holder changes a setting, and the
last one to leave restores it, in whatever order they come and go. A fork has the
thread that made it alone: what the other threads held is restored there.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock, get_ident

SHORT_TURN = 0.0005  # seconds

_LOCK = RLock()  # re-entrant: a finalizer may come here while the thread it interrupts holds the lock


class _Setting:
    """A setting of the process that is changed while anyone holds it.

    `change()` changes it and returns a function that restores it.
    """

    def __init__(self, change: Callable[[], Callable[[], None]]) -> None:
        self._change = change
        self._holders: list[int] = []  # a thread each
        self._restore: Callable[[], None] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        here = get_ident()
        with _LOCK:
            if not self._holders:
                self._restore = self._change()
            self._holders.append(here)
        try:
            yield
        finally:
            with _LOCK:
                self._holders.remove(here)
                self._restore_if_free()

    def forget_others(self) -> None:
        """This process is a fork: the holders in other threads are not in it."""
        self._holders = [each for each in self._holders if each == get_ident()]
        self._restore_if_free()

    def _restore_if_free(self) -> None:
        if not self._holders and self._restore:
            self._restore()
            self._restore = None


def _disable_collector() -> Callable[[], None]:
    was_enabled = gc.isenabled()
    gc.disable()
    return gc.enable if was_enabled else gc.disable


def _shorten_turns() -> Callable[[], None]:
    before = sys.getswitchinterval()
    if before > SHORT_TURN:
        sys.setswitchinterval(SHORT_TURN)
    return lambda: sys.setswitchinterval(before)


_collector, _turns = _Setting(_disable_collector), _Setting(_shorten_turns)

paused_collector = _collector.held
"""A context manager: Python's garbage collector is off while any thread is inside."""

short_turns = _turns.held
"""A context manager: threads give up Python's lock within half a millisecond while any thread is inside.

A thread that returns from a kernel waits for the lock. Another one that enters
and leaves its own kernels releases the lock too briefly to be noticed, until
the waiting thread asks for it, which it does after this interval.
"""


def _in_the_fork() -> None:
    _collector.forget_others()
    _turns.forget_others()
    _LOCK.release()


if hasattr(os, "register_at_fork"):  # the lock is taken first, or a fork might never get it
    os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_in_the_fork)

_listeners: list[Callable[[str], None]] = []


@contextmanager
def compile_listener(callback: Callable[[str], None]) -> Iterator[None]:
    """Call `callback(name)` within for each kernel that any thread is about to compile.

    The compiling thread calls it. An exception from it propagates there, and the
    kernel is not compiled.
    """
    with _LOCK:
        _listeners.append(callback)
    try:
        yield
    finally:
        with _LOCK:
            _listeners.remove(callback)


def compiling(name: str) -> None:
    """Call every listener: a kernel of this name is about to be compiled."""
    with _LOCK:
        listeners = list(_listeners)
    for listener in listeners:
        listener(name)


class Once:
    """Remembers messages, so that each is given once per process. True if it remembers any."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def is_new(self, message: str) -> bool:
        """Whether a message is new; it is remembered from now on."""
        with _LOCK:
            new = message not in self._given
            self._given.add(message)
            return new

    def clear(self) -> None:
        """Forget all messages."""
        with _LOCK:
            self._given.clear()

    def __bool__(self) -> bool:
        return bool(self._given)
