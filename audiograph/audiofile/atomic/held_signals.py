"""Signals wait while something is done that must not be cut in two."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | int | None


def _existing(*names: str) -> list[int]:
    return [int(number) for name in names if (number := getattr(signal, name, None))]


STOPPING = _existing("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
OTHERS = _existing(  # that a program may have set a function for, which may raise
    "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGCHLD", "SIGIO", "SIGXCPU", "SIGVTALRM", "SIGPROF"
)


@contextmanager
def held_signals() -> Iterator[None]:
    """Signals that would stop the process, or call a function of Python, arrive at the end of the block.

    Only the main thread can hold them. In other threads they raise nothing; but the
    process may end meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before: list[tuple[int, Handler]] = []
    try:
        for number in STOPPING + OTHERS:
            handler: Handler = signal.getsignal(number)
            stops = handler is signal.SIG_DFL and number in STOPPING
            if stops or (callable(handler) and not isinstance(handler, signal.Handlers)):
                before.append((number, handler))
                signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        _restore(before)
        for number in dict.fromkeys(came):
            signal.raise_signal(number)


def _restore(handlers: list[tuple[int, Handler]]) -> None:
    """Set every handler again, even if one is called meanwhile and raises."""
    if handlers:
        try:
            signal.signal(*handlers.pop())
        finally:
            _restore(handlers)
