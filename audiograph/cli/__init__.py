"""The command `audiograph`: one module a verb.

Nothing here imports the engine before a verb runs, so `--help` is there at once.
"""

import gc
import os

from audiograph.cli.endings import leave, told


def main() -> None:
    """The command, as a process runs it."""
    gc.set_threshold(100_000, 50, 100)  # imports make many objects and no garbage
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that have nothing to do
    try:
        with told():
            from audiograph.cli.verbs import verbs

            verbs(prog_name="audiograph")
    except SystemExit as end:
        leave(end)
