"""One pass over some outputs of a plan, into whatever hears them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from threading import current_thread

from audiograph.engine.branches import blocks_ahead
from audiograph.engine.region import Block
from audiograph.engine.workers import Abandoned, Crew, cores
from audiograph.errors import NotFinite, RenderError
from audiograph.graph import Out
from audiograph.plan.plan import Plan
from audiograph.streams.taps import Sink, Tap

LONG = 20  # seconds of sound, for which threads pay that run ahead: one alone takes 30 ms for them
Progress = Callable[[float], None]  # told which part of the work is done, 0 to 1


def pour(
    plan: Plan,
    outs: Sequence[Out],
    lengths: Sequence[int],
    sinks: Sequence[Sink],
    progress: Progress | None = None,
    jobs: int | None = None,
    slow: bool = False,
) -> None:
    """One pass over some outputs, each into its sink, exactly as many frames as `lengths` says.

    `jobs` threads work at it; if left out, one a processor, or one for short sounds.
    The mix runs ahead of `slow` sinks. Raises RenderError, with the name of the
    node, for a sample that is not a number.
    """
    taps = [Tap(sink, frames) for sink, frames in zip(sinks, lengths, strict=True)]
    told = _Told(plan, progress)
    try:
        with _at_work(plan, told, jobs or _enough(plan)) as crew:
            region = plan.open(outs)
            blocks = blocks_ahead(region, crew, slow=slow) if crew else region.blocks()
            _pass_on(blocks, taps, told)
        if progress:
            progress(1.0)
    except NotFinite as error:
        raise RenderError(blame(plan, outs) or str(error)) from error
    except Abandoned:
        assert told.raised
        raise told.raised from None


def _pass_on(blocks: Iterator[Block], taps: Sequence[Tap], told: "_Told") -> None:
    total = max(tap.end for tap in taps)
    for block in blocks:
        for tap, part in zip(taps, block.parts, strict=True):
            if part is not None:
                tap.pass_on(block.at, part)
        if block.at + block.frames >= total:
            break
        told("", max(0.0, (block.at + block.frames) / total))
    for tap in taps:
        tap.finish()


def _enough(plan: Plan) -> int:
    """How many threads are worth their start: for short sounds, one."""
    longest = max(stream.frames or 0 for stream in plan.streams.values())
    return cores() if longest >= LONG * plan.rate else 1


@contextmanager
def _at_work(plan: Plan, told: "_Told", jobs: int) -> Iterator[Crew | None]:
    """The threads that run ahead, if there is more than one, while they do."""
    crew = Crew(jobs, told.tell, plan.watch) if jobs > 1 else None
    try:
        with crew or nullcontext():
            plan.crew, plan.rehearsing, told.crew = crew, told, crew
            yield crew
    finally:
        plan.crew, plan.rehearsing = None, None


class _Told:
    """What tells the progress: of the pass (""), and of nodes that hear their input first, a share each.

    It is told in the thread that asked for it alone. What it raises ends the
    render as it is, and is not taken for the fault of a node that tells.
    """

    def __init__(self, plan: Plan, progress: Progress | None) -> None:
        opened = plan.openings()
        two_pass = [name for (name, _), sound in plan.streams.items() if sound.two_pass and opened[name]]
        self.parts, self.progress = dict.fromkeys(["", *two_pass], 0.0), progress
        self.crew: Crew | None = None
        self.raised: Exception | None = None
        self._here = current_thread()

    def __call__(self, who: str, part: float) -> None:
        self.parts[who] = part
        if current_thread() is self._here:
            self.tell()
        elif self.crew:
            self.crew.wanted()

    def tell(self) -> None:
        """Tell how far it is."""
        if self.progress:
            parts = list(self.parts.values())
            try:
                self.progress(min(1.0, sum(parts) / len(parts)))
            except Exception as error:
                self.raised = error
                raise Abandoned from error


def blame(plan: Plan, outs: Sequence[Out]) -> str:
    """The first node to give a sample that is not a number."""
    plan.checking, plan.taps = True, {}
    try:
        for _ in plan.open(outs).blocks():
            pass
    except RenderError as error:
        return str(error)
    finally:
        plan.checking = False
    return ""
