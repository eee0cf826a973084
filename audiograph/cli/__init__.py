"""The command `audiograph`: one module a verb.

Nothing here imports the engine before a verb runs, so `--help` is there at once.
"""

from audiograph.cli.endings import told


def main() -> None:
    """The command, as a process runs it."""
    with told():
        from audiograph.cli.verbs import verbs

        verbs(prog_name="audiograph")
