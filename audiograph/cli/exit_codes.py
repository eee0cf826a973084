"""How a command ends: one line for whatever went wrong, an exit code, and never a traceback.

0 done, 1 a job that failed, 2 a wrong graph or wrong usage, 128 + n stopped by
signal n (130 for Ctrl-C). With AUDIOGRAPH_DEBUG set, an error nobody expected
keeps its traceback.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from audiograph.cli.formatting import counted, problem_line, say
from audiograph.errors import AudiographError, GraphError, Unexpected

FAILED, WRONG = 1, 2
SIGNALS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None))]
_asked: list[signal.Signals] = []  # by those that came and have not been obeyed


class Stopped(BaseException):
    """A signal asked to stop.

    No KeyboardInterrupt: one that passes through exec() makes Python kill its
    own process in place of the exit, and click answers it in its own way.
    """

    def __init__(self, number: signal.Signals) -> None:
        self.number = number
        super().__init__(number.name)


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever is raised within into lines on stderr and an exit code."""
    try:
        with _stopping():
            yield
    except Stopped as error:
        asked = error.number == signal.SIGINT
        say("audiograph: interrupted" if asked else f"audiograph: stopped by {error.number.name}")
        sys.exit(128 + error.number)
    except GraphError as error:
        problems(error)
        sys.exit(WRONG)
    except Unexpected as error:
        problems(error)
        missed = counted(len(error.problems), "expectation")
        say(f"audiograph: {missed} {'is' if len(error.problems) == 1 else 'are'} not met: nothing is written")
        sys.exit(FAILED)
    except AudiographError as error:
        say(f"audiograph: {error}")
        sys.exit(FAILED)
    except BrokenPipeError:
        raise  # click ends it quietly
    except OSError as error:
        say(f"audiograph: {_reason(error)}")
        sys.exit(FAILED)
    except Exception as error:
        if type(error).__module__.startswith("click.") or os.environ.get("AUDIOGRAPH_DEBUG"):
            raise  # click has its own way to tell of wrong usage
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        say(f"audiograph: internal error: {what}; run with AUDIOGRAPH_DEBUG=1 for the traceback")
        sys.exit(FAILED)


def flushed(end: SystemExit) -> SystemExit:
    """The end of a command whose streams have taken all that was printed, or of one that failed by that."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream and not stream.closed:  # None is one that was closed from the begin
                stream.flush()
    except OSError as error:
        with suppress(OSError):
            if not end.code and not isinstance(error, BrokenPipeError):  # who reads has gone, as `head` does
                say(f"audiograph: {_reason(error)}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would try again at its end
        return SystemExit(end.code or FAILED)
    return end


def leave(end: SystemExit) -> None:
    """End the process as `end` says, and at once: Python would first free every object, one by one.

    What registered for the end is called, and what it printed is flushed. Where
    a thread still runs, Python's own way is taken.
    """
    if not isinstance(end.code, int) or threading.active_count() > 1:
        raise end
    atexit._run_exitfuncs()
    code = flushed(end).code
    assert isinstance(code, int)
    os._exit(code)


def problems(error: GraphError | Unexpected) -> None:
    """A line for each problem of a graph or a mix, on stderr."""
    for problem in error.problems:
        say(problem_line(problem))


def _reason(error: OSError) -> str:
    return ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)


def obey() -> None:
    """Stop if a signal asked to. Long work calls this, as what a handler raises can be lost in C code."""
    if _asked:
        raise Stopped(_asked[0])


@contextmanager
def _stopping() -> Iterator[None]:
    """Let signals that ask to stop raise Stopped; those ignored (nohup) stay so."""
    here = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in SIGNALS if here}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        _asked.clear()
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _stop(number: int, frame: FrameType | None) -> None:
    """The first signal asks, the second kills."""
    _asked.append(signal.Signals(number))
    if _compiles(frame):
        later = threading.Timer(0.02, os.kill, (os.getpid(), number))
        later.daemon = True
        later.start()
    else:
        signal.signal(number, signal.SIG_DFL)
        obey()


def _compiles(frame: FrameType | None) -> bool:
    """Whether numba is at work, whose callbacks from LLVM an exception would break off: then LLVM crashes."""
    while frame:
        if frame.f_globals.get("__name__", "").partition(".")[0] in ("numba", "llvmlite"):
            return True
        frame = frame.f_back
    return False
