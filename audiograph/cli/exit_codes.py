"""Exit codes: every command ends with a code, one line for each error, and never a traceback.

0 done, 1 a job that failed, 2 a wrong graph or wrong usage, 128 + n stopped by
signal n (130 for Ctrl-C). With AUDIOGRAPH_DEBUG set, an internal error keeps its
traceback.
"""

import atexit
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from audiograph.cli.formatting import counted, problem_line, say
from audiograph.errors import AudiographError, GraphError, Unexpected

FAILED, WRONG = 1, 2
SIGNALS = [
    number for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if (number := getattr(signal, name, None))
]
_pending: list[signal.Signals] = []  # signals that came and have not stopped the command yet
_repeats: list[threading.Timer] = []  # what sends those again that came while numba compiled


class Stopped(BaseException):
    """A signal asked to stop.

    Not a KeyboardInterrupt: if one passes through exec(), Python kills its own
    process instead of exiting with a code, and click handles it in its own way.
    """

    def __init__(self, number: signal.Signals) -> None:
        self.number = number
        super().__init__(number.name)


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn any exception raised within into lines on stderr and an exit code."""
    try:
        with _signals_handled():
            yield
    except Stopped as error:
        interrupted = error.number == signal.SIGINT
        say("audiograph: interrupted" if interrupted else f"audiograph: stopped by {error.number.name}")
        sys.exit(128 + error.number)
    except GraphError as error:
        print_problems(error)
        sys.exit(WRONG)
    except Unexpected as error:
        print_problems(error)
        missed = counted(len(error.problems), "expectation")
        say(f"audiograph: {missed} {'is' if len(error.problems) == 1 else 'are'} not met: nothing is written")
        sys.exit(FAILED)
    except AudiographError as error:
        say(f"audiograph: {error}")
        sys.exit(FAILED)
    except OSError as error:
        if _is_broken_pipe(error):
            raise BrokenPipeError(errno.EPIPE, error.strerror) from None  # click ends it quietly
        say(f"audiograph: {_reason(error)}")
        sys.exit(FAILED)
    except Exception as error:
        if type(error).__module__.startswith("click.") or os.environ.get("AUDIOGRAPH_DEBUG"):
            raise  # click reports wrong usage itself
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        say(f"audiograph: internal error: {what}; run with AUDIOGRAPH_DEBUG=1 for the traceback")
        sys.exit(FAILED)


def flushed(end: SystemExit) -> SystemExit:
    """Flush stdout and stderr; returns `end`, or an exit with FAILED if they do not take what was printed."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream and not stream.closed:  # None: the stream was closed from the start
                stream.flush()
    except OSError as error:
        with suppress(OSError):
            if not end.code and not _is_broken_pipe(error):  # else the reader has gone, as `head` does
                say(f"audiograph: {_reason(error)}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would try to flush again at its end
        return SystemExit(end.code or FAILED)
    return end


def leave(end: SystemExit) -> None:
    """Exit with the code of `end` at once; Python would first free every object, one by one.

    Functions registered with `atexit` are called, and the streams flushed. If
    another thread still runs, Python exits in its own way.
    """
    if not isinstance(end.code, int) or threading.active_count() > 1:
        raise end
    atexit._run_exitfuncs()
    code = flushed(end).code
    assert isinstance(code, int)
    os._exit(code)


def print_problems(error: GraphError | Unexpected) -> None:
    """Print a line for each problem of a graph or a mix, on stderr."""
    for problem in error.problems:
        say(problem_line(problem))


def _is_broken_pipe(error: OSError) -> bool:
    """Whether the reader of a stream has gone; Windows then calls the argument invalid, and names no file."""
    invalid = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return invalid or isinstance(error, BrokenPipeError)


def _reason(error: OSError) -> str:
    try:
        Path.cwd()
    except OSError:
        return "the current folder has been deleted: go to another one"
    return ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)


def check_stopped() -> None:
    """Raise Stopped if a signal asked to stop. For long work: C code can lose a handler's exception."""
    if _pending:
        raise Stopped(_pending[0])


@contextmanager
def _signals_handled() -> Iterator[None]:
    """Let signals that ask to stop raise Stopped within; those that are ignored (nohup) stay ignored."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in SIGNALS if in_main_thread}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for timer in _repeats:  # or it would stop whoever called the command
            timer.cancel()
            timer.join()
        _repeats.clear()
        _pending.clear()
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _stop(number: int, frame: FrameType | None) -> None:
    """Stop on the first signal; a second one kills the process."""
    _pending.append(signal.Signals(number))
    if _is_compiling(frame):
        _repeats[:] = [threading.Timer(0.02, _again, (number,))]
        _repeats[0].daemon = True
        _repeats[0].start()
    else:
        signal.signal(number, signal.SIG_DFL)
        check_stopped()


def _again(number: int) -> None:
    if sys.platform == "win32":  # where os.kill() ends the process, whatever the signal
        signal.raise_signal(number)
    else:
        os.kill(os.getpid(), number)


def _is_compiling(frame: FrameType | None) -> bool:
    """Whether numba is compiling: an exception in one of its callbacks would crash LLVM."""
    while frame:
        if frame.f_globals.get("__name__", "").partition(".")[0] in ("numba", "llvmlite"):
            return True
        frame = frame.f_back
    return False
