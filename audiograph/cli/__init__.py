"""The command `audiograph`: one module a verb.

Nothing here imports the engine before a verb runs, so `--help` is there at once.
"""

import os
import sys

from audiograph.standby.client import hand_over

ALONE = ("standby", "warmup")  # verbs that are done by the process that is asked


def main() -> None:
    """The command, as a process runs it: by one that stands by, else by itself."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that have nothing to do
    words = sys.argv[1:]
    if not set(words[:1]) & set(ALONE):
        done = hand_over(words)
        if done is not None:
            os._exit(done)
    import gc

    from audiograph.cli.exit_codes import leave

    gc.set_threshold(100_000, 50, 100)  # imports make many objects and no garbage
    try:
        command(words)
    except SystemExit as end:
        leave(end)


def command(words: list[str]) -> None:
    """Do what the words say; raises SystemExit with the exit code."""
    from audiograph.cli.exit_codes import flushed, told

    try:
        with told():
            from audiograph.cli.commands import verbs

            verbs(words, prog_name="audiograph")
    except SystemExit as end:
        raise flushed(end) from None
