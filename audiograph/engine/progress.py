"""How far a run is: told to whoever asked, in the thread that asked."""

from collections.abc import Callable
from threading import current_thread

from audiograph.engine.workers import Abandoned, WorkerPool
from audiograph.plan import Plan

Progress = Callable[[float], None]  # takes the part of the work that is done, 0 to 1
FINDING = "finding"  # the passes in which effects hear what they must before they act


class Reporter:
    """Adds up the progress of the pass (""), of finding, and of two-pass nodes that hear their input.

    Each has an equal share.

    It calls `progress` only in the thread that made it. An exception of `progress`
    ends the run: it is kept in `raised`, the pass is ended by `Abandoned`, and
    `Run.play` raises the kept one, so that no node is blamed for it.
    """

    def __init__(self, plan: Plan, progress: Progress | None) -> None:
        opened = plan.openings()
        two_pass = [name for (name, _), sound in plan.streams.items() if sound.two_pass and opened[name]]
        finding = [FINDING] * any(effect.find for effect in plan.effects.values())
        self._parts, self._progress = dict.fromkeys(["", *finding, *two_pass], 0.0), progress
        self._here = current_thread()
        self.pool: WorkerPool | None = None
        self.raised: Exception | None = None

    def __call__(self, who: str, part: float) -> None:
        """The pass, or a node, has done this part of its work."""
        self._parts[who] = part
        if current_thread() is self._here:
            self.report()
        elif self.pool:
            self.pool.stop_if_abandoned()

    def report(self) -> None:
        """Tell how far the run is."""
        if self._progress:
            parts = list(self._parts.values())
            try:
                self._progress(min(1.0, sum(parts) / len(parts)))
            except Exception as error:
                self.raised = error
                raise Abandoned from error
