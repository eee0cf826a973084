"""The command line: one module per command.

Nothing here imports the engine before a command runs, so that `--help` is quick.
"""

import _signal  # type: ignore[import-not-found]  # `signal` takes 4 ms to import and only adds names
import os
import sys

from audiograph.standby.client import hand_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")
ALONE = ("standby", "warmup")  # commands that are never handed over to the process that stands by


def main() -> None:
    """Run the command of this process: handed over to the process that stands by, or else here."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that have nothing to do
    for name in STOPPING:
        number = getattr(_signal, name, None)
        if number is not None and _signal.getsignal(number) is not _signal.SIG_IGN:
            _signal.signal(number, _stop_early)
    words = sys.argv[1:]
    if not set(words[:1]) & set(ALONE):
        code = hand_over(words)
        if code is not None:
            os._exit(code)
    _open_closed_streams()
    import gc

    from audiograph.cli.exit_codes import leave

    gc.set_threshold(100_000, 50, 100)  # imports make many objects and no garbage
    try:
        command(words)
    except SystemExit as end:
        leave(end)


def _stop_early(number: int, _: "FrameType | None") -> None:
    """End in one line while everything is still being imported; `reporting_errors` takes over from here."""
    name = next(name for name in STOPPING if getattr(_signal, name, None) == number)
    line = "interrupted" if name == "SIGINT" else f"stopped by {name}"
    try:
        os.write(2, f"audiograph: {line}\n".encode())
    finally:
        os._exit(128 + number)


def _open_closed_streams() -> None:
    """Let no file have the number of a closed standard stream: what is printed would go there.

    A closed stderr takes what is printed; a closed stdin or stdout stays None, and commands say so.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(number)
    if not sys.stderr:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the process ends


def command(words: list[str]) -> None:
    """Run a command with these arguments; raises SystemExit with the exit code."""
    from audiograph.cli.exit_codes import flushed, reporting_errors
    from audiograph.cli.formatting import escape_what_is_not_encoded

    escape_what_is_not_encoded()
    try:
        with reporting_errors():
            from audiograph.cli.commands import commands

            commands(words, prog_name="audiograph")
    except SystemExit as end:
        raise flushed(end) from None
