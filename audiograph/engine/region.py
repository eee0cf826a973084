"""A region: the effects between some outputs and the streams that feed them, in lockstep.

All of a region runs on one clock. A signal that is `late` by k frames has at
time t what belongs at t - k; the outputs are aligned, and `Region.blocks` tells
the time in the mix. Where a signal is known to be silent nothing is computed:
steps sleep and wake, at rest, by the spans that `plan.clocks` computes in advance.
Blocks are cut where this happens, so that it happens at the same frame whatever
the size of a block.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from audiograph.engine.steps import Call, Intake, Signal, Silence, Step
from audiograph.engine.stopwatch import Stopwatch
from audiograph.engine.wiring import Inlet, Wiring
from audiograph.errors import AudiographError, Problem, RenderError
from audiograph.graph import Graph, Out
from audiograph.node import Effect
from audiograph.plan.fusion import fused
from audiograph.sound import ENDLESS, Audio, Stream
from audiograph.streams.taps import Tap, Taps

MANY = 1024  # calls: a sum may have as many inputs as a file has room for


class Block(NamedTuple):
    """`frames` of every output from time `at` of the mix; None is silence. Overwritten by the next."""

    at: int
    frames: int
    parts: tuple[Audio | None, ...]

    def copied(self, copy: Callable[[Audio], Audio]) -> "Block":
        """The block with copies of its parts."""
        return self._replace(parts=tuple(None if part is None else copy(part) for part in self.parts))


class Region:
    """One pass over some outputs of a graph, from frame `first` of the mix.

    A pass from the beginning claims those of the `taps` whose nodes it holds. It
    ends upstream at the `inlets`, streams in the place of what feeds it or of
    effects. What is `fusible`, and neither an output nor tapped, may vanish in a
    fusion. `checking` looks through the sound of every node for samples that are
    not numbers. `check` is called at each block, and may end the pass.
    """

    def __init__(
        self,
        graph: Graph,
        outputs: Sequence[Out],
        streams: Mapping[Out, Stream],
        effects: Mapping[str, Effect],
        *,
        block: int,
        first: int,
        checking: bool,
        taps: Taps,
        watch: Stopwatch | None,
        fusible: frozenset[Out],
        inlets: Mapping[Out, Inlet],
        check: Callable[[], None] | None = None,
    ) -> None:
        tapped = [] if first else taps.waiting()
        wiring = Wiring(graph, outputs, streams, effects, block, inlets, fusible.difference(outputs, tapped))
        self.parts, self.outputs, self.late = wiring.parts, wiring.outputs, wiring.outputs[0].late
        self.graph, self.rate = graph, streams[outputs[0]].rate
        self.block, self.checking, self.watch = wiring.block, checking, watch
        self.size, self.check = wiring.size, check
        claimed = taps.claim(wiring.signals) if tapped else {}
        self.taps = {id(wiring.signals[out]): tap for out, tap in claimed.items()}
        for signal in self.outputs:
            signal.needed = first + self.late if first else -ENDLESS
        for part in reversed(self.parts):
            part.open()
        self._pending: deque[tuple[Step, Effect]] = deque()  # changes that wait for the next block
        self._changed: list[Step] = []  # in the block that comes next
        self.stale = True  # the calls that are bound no longer fit who is awake

    def blocks(self) -> Iterator[Block]:
        """Blocks in order of time; times at which everything is silent are left out."""
        due, now, frames = deque(self._turns()), 0, 0
        bind = _Binding(self)
        while True:
            if self.check:
                self.check()
            self._apply_changes()
            while due and due[0][0] <= now:
                self._turn(due.popleft()[1], now)
            following = due[0][0] if due else ENDLESS
            size = min(self.block, following - now)
            if self.stale or size != frames:
                frames, self.stale = size, False
                bind.to(frames)
            if bind.calls:
                bind.run(now - self.late)
                self._settle()
                yield Block(now - self.late, frames, bind.outs)
                now += frames
            elif following < ENDLESS:
                now = following
            else:
                return

    def fitting(self, node: str, effects: Mapping[str, Effect]) -> list[tuple[Step, Effect]]:
        """The steps of a node, with what they become when it has its new coefs in `effects`.

        Raises NodeError where a step cannot take them while it runs.
        """
        steps = [step for step in self.parts if isinstance(step, Step) and node in step.made_of]
        return [(step, step.fitting(fused([effects[each] for each in step.made_of]))) for step in steps]

    def change(self, changes: Iterable[tuple[Step, Effect]]) -> None:
        """Change steps when the next block begins. Any thread may call this."""
        self._pending.extend(changes)

    def _apply_changes(self) -> None:
        while self._pending:
            step, effect = self._pending.popleft()
            step.change(effect)
            self._changed.append(step)
            self.stale = True

    def _settle(self) -> None:
        """The block in which steps changed has ended."""
        for step in self._changed:
            step.before = None
        self.stale = bool(self._changed) or self.stale
        self._changed.clear()

    def _turns(self) -> list[tuple[int, Intake | Step]]:
        """When each part wakes or falls asleep, in order of time."""
        turns = [
            (turn, part) for part in self.parts for span in part.spans for turn in span if turn < ENDLESS
        ]
        return sorted(turns, key=lambda turn: turn[0])

    def _turn(self, part: Intake | Step, now: int) -> None:
        awake = not part.outs[0].awake
        for signal in part.outs:
            signal.awake = awake
        if awake:
            part.wake(now)
        else:
            part.sleep(now)
        self.stale = True


class _Binding:
    """The calls for blocks of one size while nothing wakes or falls asleep."""

    def __init__(self, region: Region) -> None:
        self.region, self.silence = region, Silence(region.block)
        self.calls: list[Call] = []
        self.nodes: list[str] = []  # that each call belongs to
        self.at = 0  # frame of the mix at which the block begins
        self.outs: tuple[Audio | None, ...] = ()

    def run(self, at: int) -> None:
        """Compute a block, which begins at frame `at` of the mix."""
        self.at, place = at, 0
        try:
            for place, call in enumerate(self.calls):  # noqa: B007 - the place is read where a call fails
                call()
        except AudiographError:
            raise
        except Exception as error:  # of a kernel that somebody wrote
            raise self._failed(self.nodes[place], f"failed: {type(error).__name__}: {error}") from error

    def to(self, frames: int) -> None:
        """Bind the calls anew, for blocks of so many frames."""
        self.calls, self.nodes = [], []
        for part in self.region.parts:
            if part.outs[0].awake:
                for call in part.calls(frames, self.silence):
                    self.calls.append(self._timed(part.node, call))
                    if self.region.check and len(self.calls) % MANY == 0:
                        self.region.check()
                self.calls += [
                    partial(self._pass_on, self.region.taps[id(signal)], signal, signal.view(frames))
                    for signal in part.outs
                    if id(signal) in self.region.taps
                ]
                self.calls += [partial(self._check, part, frames)] * self.region.checking
                self.nodes += [part.node] * (len(self.calls) - len(self.nodes))
        self.outs = tuple(signal.view(frames) if signal.awake else None for signal in self.region.outputs)

    def _timed(self, node: str, call: Call) -> Call:
        return partial(self.region.watch.run, node, call) if self.region.watch else call

    def _pass_on(self, tap: Tap, signal: Signal, x: Audio) -> None:
        tap.pass_on(self.at + self.region.late - signal.late, x)

    def _check(self, part: Intake | Step, frames: int) -> None:
        """Name the node if what it gave is not made of numbers."""
        for signal in part.outs:
            wrong = np.argwhere(~np.isfinite(signal.view(frames).T))
            if len(wrong):
                frame = self.at + self.region.late - signal.late + int(wrong[0, 0])
                when = f"{frame / self.region.rate:.3f} s"
                raise self._failed(part.node, f"gives a sample that is not a number at {when}")

    def _failed(self, node: str, what: str) -> RenderError:
        return RenderError(str(Problem(self.region.graph.nodes[node].where, node, what)))


def pass_on(blocks: Iterator[Block], taps: Sequence[Tap], report: Callable[[str, float], None]) -> None:
    """Pass blocks on to the taps of their outputs, until all have what they wait for."""
    total = max(tap.end for tap in taps)
    for block in blocks:
        for tap, part in zip(taps, block.parts, strict=True):
            if part is not None:
                tap.pass_on(block.at, part)
        if block.at + block.frames >= total:
            break
        report("", max(0.0, (block.at + block.frames) / total))
    for tap in taps:
        tap.finish()
