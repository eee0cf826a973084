"""Progress on stderr: a bar on a terminal, elsewhere only a line when kernels are compiled."""

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from audiograph.cli.exit_codes import check_stopped
from audiograph.cli.formatting import console, counted, say

if TYPE_CHECKING:
    from rich import progress

STEP = 0.005  # of the whole, between two updates of the bar: drawing it is slow
COMPILING = "compiling kernels for this machine, once"


class Progress:
    """Call it with the part that is done, 0 to 1. `kernels_compiled` counts kernels compiled meanwhile."""

    def __init__(self, quiet: bool = False, what: str = "rendering") -> None:
        self.quiet, self.what, self.kernels_compiled = quiet, what, 0
        self.bar: progress.Progress | None = None
        self._listening = ExitStack()
        self._drawn = 0.0

    def __call__(self, part: float) -> None:
        """Show that this part is done. Raises Stopped if a signal asked to stop."""
        check_stopped()
        if self.bar and (part - self._drawn >= STEP or part >= 1):
            self._drawn = part
            self._draw(self.what)

    def compiling(self, name: str) -> None:
        """Count and show a kernel that is about to be compiled."""
        self.kernels_compiled += 1
        if self.bar:
            self._draw(f"{COMPILING}: {counted(self.kernels_compiled, 'kernel')}, {name.strip('_')}")
        elif self.kernels_compiled == 1 and not self.quiet:
            say(f"{COMPILING}: up to a minute")

    def _draw(self, what: str) -> None:
        assert self.bar
        self.bar.update(self.bar.task_ids[0], completed=self._drawn, description=what)

    def __enter__(self) -> "Progress":
        from audiograph import machine_code

        self._listening.enter_context(machine_code.compile_listener(self.compiling))
        if sys.stderr.isatty() and not self.quiet:
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn()
            screen = console(err=True)
            self.bar = Progress(*columns, TimeRemainingColumn(), console=screen, transient=True)
            self.bar.add_task(self.what, total=1.0)
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()
        if self.bar:
            self.bar.stop()
