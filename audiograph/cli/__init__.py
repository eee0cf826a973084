"""The command line: one module per command.

Nothing here imports the engine before a command runs, so that `--help` is quick.
"""

import os
import sys

from audiograph.standby.client import hand_over

ALONE = ("standby", "warmup")  # commands that are never handed over to the process that stands by


def main() -> None:
    """Run the command of this process: handed over to the process that stands by, or else here."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that have nothing to do
    words = sys.argv[1:]
    if not set(words[:1]) & set(ALONE):
        code = hand_over(words)
        if code is not None:
            os._exit(code)
    import gc

    from audiograph.cli.exit_codes import leave

    gc.set_threshold(100_000, 50, 100)  # imports make many objects and no garbage
    try:
        command(words)
    except SystemExit as end:
        leave(end)


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
