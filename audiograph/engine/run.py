"""A run: one playing of a plan, with all that changes while it plays.

A plan is a value, and any number of runs may play it at once. A run owns its
threads, taps, stopwatch, progress and the values changed live.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

import numpy as np

from audiograph.engine.branches import blocks_ahead, chunks_ahead, inlets_ahead
from audiograph.engine.finding import Finder, taped
from audiograph.engine.prefetch import block_size, threads_for
from audiograph.engine.progress import FINDING, Progress, Reporter
from audiograph.engine.region import Region, pass_on
from audiograph.engine.stopwatch import Stopwatch
from audiograph.engine.wiring import Inlet
from audiograph.engine.workers import Abandoned, WorkerPool, processors
from audiograph.errors import NodeError, NotFinite, Problem, RenderError, nearest
from audiograph.graph import Graph, Limits, Out
from audiograph.language.quantity import Wrong
from audiograph.node import Effect
from audiograph.plan import BLOCK, Plan
from audiograph.plan.clocks import inside
from audiograph.plan.planning import plan_graph, set_up
from audiograph.sound import ENDLESS, Audio, Chunks, Stream, cut
from audiograph.streams.taps import Sink, Tap, Taps, taps_of

T = TypeVar("T")

_here = threading.local()  # `run`: what plays in this thread; `limits`: those of what is planned in it


def planned(graph: Graph, *, rate: int | None = None, block: int = BLOCK, fold: bool = True) -> Plan:
    """The plan of a graph, whose streams this engine plays. Raises GraphError with every problem."""
    before, _here.limits = getattr(_here, "limits", None), graph.limits  # for all that is heard meanwhile
    try:
        return plan_graph(graph, _playing, rate=rate, block=block, fold=fold)
    finally:
        _here.limits = before


def _playing(plan: Plan) -> "Run":
    """The run of this plan that is at work in this thread; else a new one."""
    run: Run | None = getattr(_here, "run", None)
    return run if run and run.plan is plan else Run(plan, limits=getattr(_here, "limits", None))


class Run:
    """One playing of a plan. `taps` hear nodes in passing, `watch` counts the seconds of each node.

    With `checking`, a node that gives a sample that is not a number raises
    RenderError with its name. Only `play` uses threads. The `limits` are those of
    the plan from now on, if none are given. They are checked where time passes: at
    each block of a region, chunk of a timeline node and step of a two-pass node.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        taps: Mapping[Out, Tap] | None = None,
        watch: Stopwatch | None = None,
        checking: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.plan, self.watch, self.checking = plan, watch, checking
        self.limits = plan.graph.limits.started() if limits is None else limits
        self.taps = Taps(taps or {}, self._check_limits)
        self._finder = Finder(plan, self._play_apart)
        self.effects: Mapping[str, Effect] = plan.effects  # with the values as they are now
        self._values: dict[str, Mapping[str, Any]] = {}  # of nodes that were changed
        self._pool: WorkerPool | None = None
        self._reporter: Reporter | None = None
        self._regions: WeakSet[Region] = WeakSet()  # that play now
        self._lock = threading.Lock()  # of `effects` and of what plays with them

    def play(
        self,
        outs: Sequence[Out],
        lengths: Sequence[int],
        sinks: Sequence[Sink],
        progress: Progress | None = None,
        threads: int | None = None,
        slow: bool = False,
    ) -> None:
        """Play some outputs, each into its sink, exactly as many frames as `lengths` says.

        So many `threads` work at it; if left out, one a processor, or one for short
        sounds. The mix is made ahead of `slow` sinks. Raises RenderError, with the
        name of the node, for a sample that is not a number.
        """
        taps = taps_of(outs, sinks, lengths, self._check_limits)
        reporter = Reporter(self.plan, progress)
        try:
            self._finder.find(outs, partial(reporter, FINDING), threads)
            with self._at_work(reporter, threads or self._threads()) as pool:
                region = self.open(outs)
                blocks = blocks_ahead(region, pool, slow=slow) if pool else region.blocks()
                pass_on(blocks, taps, reporter)
            if progress:
                progress(1.0)
        except NotFinite as error:
            raise RenderError(self.blame(outs) or str(error)) from error
        except Abandoned:
            if not reporter.raised:
                raise
            raise reporter.raised from None

    def hear(self, out: Out, tap: Tap) -> None:
        """Play one node from its beginning into a tap."""
        self.taps = Taps({out: tap})
        with self._current():
            for block in self.open([out]).blocks():
                if block.at + block.frames >= tap.end:
                    break

    def stream(self, out: Out) -> Stream:
        """An output as a stream that this run plays: `change` is heard in it from the next block on."""
        stream = self.plan.streams[out]

        def chunks(first: int) -> Iterator[Audio]:
            with self._current():
                items = stream.chunks(first)
            return self._stepped(iter(items))

        return replace(stream, chunks=chunks)

    def open(self, outs: Sequence[Out], first: int = 0) -> Region:
        """One pass over some outputs in lockstep, from frame `first` of the mix."""
        if not self._pool:
            return self._region({}, outs, first)
        inlets = inlets_ahead(
            self.plan.graph, outs, self.plan.streams, self._pool, self._branch, cut=not first
        )
        return self._region(inlets, outs, first)

    def change(self, node: str, param: str, raw: Any) -> None:
        """Give a parameter of an effect a new value from the next block on, in this run alone.

        Any thread may call this.

        Raises NodeError where there is no such parameter, where it does not take
        the value, and where it cannot change while it plays.
        """
        use = self.plan.graph.nodes.get(node)
        if use is None:
            raise NodeError(f"there is no node {node!r}{nearest(node, list(self.plan.graph.nodes))}")
        if param not in use.type.params:
            raise NodeError(f"{use.type.name} has no {param!r}{nearest(param, list(use.type.params))}")
        if node not in self.effects:
            raise NodeError(f"{node}.{param} cannot change while it plays: plan again")
        try:
            value = use.type.params[param].read(raw)
        except Wrong as error:
            raise NodeError(f"{node}.{param}: {error}") from None
        with self._lock:
            values = {**self._values.get(node, use.values), param: value}
            effects = {**self.effects, node: set_up(self.plan, node, values)}
            acting = {**effects, node: self._finder.acting(node, effects[node])}
            changes = [(region, region.fitting(node, acting)) for region in self._regions]
            for region, steps in changes:
                region.change(steps)
            self._values[node], self.effects = values, effects

    def blame(self, outs: Sequence[Out]) -> str:
        """Play again, and name the first node to give a sample that is not a number; "" if none does."""
        again = Run(self.plan, checking=True, limits=self.limits)
        again.effects = self.effects
        try:
            with again._current():
                for _ in again.open(outs).blocks():
                    pass
        except RenderError as error:
            return str(error)
        return ""

    # What the plan's streams ask of a run: see plan.Playing.

    def sound(self, out: Out, first: int) -> Iterator[Audio]:
        """The chunks of an effect's output, from frame `first` on: its spans alone."""
        if self._pool:
            return chunks_ahead(self._pool, partial(self._sound, out), first)
        sound = self._sound(out, first)
        return sound if getattr(_here, "run", None) is self else self._stepped(sound)

    def timeline(self, node: str, chunks: Chunks, first: int) -> Iterator[Audio]:
        """The chunks of a timeline node, timed and checked as this run is told to."""
        items = taped(self.plan, node, chunks, first)
        items = self._checked(node, items) if self.checking or self.limits.are_timed else items
        return self.watch.drawn(node, iter(items)) if self.watch else items

    def progress(self, node: str, part: float) -> None:
        """A two-pass node has heard this part of its input."""
        self._check_limits(node)
        if self._reporter:
            self._reporter(node, part)

    def _play_apart(self, *args: Any) -> None:
        """Play as `play` does, with none of this run's taps, and with the values of the plan."""
        Run(self.plan, watch=self.watch, limits=self.limits).play(*args)

    def _region(self, inlets: Mapping[Out, Inlet], outs: Sequence[Out], first: int) -> Region:
        self._finder.find(outs, threads=1)
        with self._lock:
            names = inside(self.plan.graph, outs, inlets)
            acting = {name: self._finder.acting(name, self.effects[name]) for name in names}
            region = Region(
                self.plan.graph,
                outs,
                self.plan.streams,
                acting,
                block=block_size(self.plan.block, self._pool.threads if self._pool else 1),
                first=first,
                checking=self.checking,
                taps=self.taps,
                watch=self.watch,
                fusible=frozenset() if self.checking else self.plan.fusible,
                inlets=inlets,
                check=partial(self._check_limits, outs[0][0]) if self.limits.are_timed else None,
            )
            self._regions.add(region)
            if self.limits.max_memory:
                taken = sum(each.size for each in self._regions)
                self.limits.check_memory(taken, self.plan.graph.nodes[outs[0][0]].where, outs[0][0])
        return region

    def _branch(self, outs: Sequence[Out], inlets: Mapping[Out, Inlet]) -> Region:
        return self._region(inlets, outs, 0)

    def _sound(self, out: Out, first: int) -> Iterator[Audio]:
        stream = self.plan.streams[out]
        spans = deque(cut(stream.spans, first, ENDLESS))
        for block in self.open([out], first).blocks():
            end = block.at + block.frames
            while spans and spans[0][0] < end:
                begin, last = spans[0]
                until = min(last, end)
                quiet = until if block.parts[0] is None else min(until, max(begin, block.at))
                if begin < quiet:
                    yield np.zeros((stream.channels, quiet - begin), np.float32)
                if block.parts[0] is not None:
                    yield block.parts[0][:, quiet - block.at : until - block.at]
                if last > end:
                    spans[0] = end, last
                    break
                spans.popleft()
            if not spans:  # what feeds the region may be endless
                return

    def _check_limits(self, node: str) -> None:
        self.limits.check(self.plan.graph.nodes[node].where, node)

    def _checked(self, node: str, chunks: Iterator[Audio]) -> Iterator[Audio]:
        for x in chunks:
            self._check_limits(node)
            if self.checking and not np.isfinite(x).all():
                where = self.plan.graph.nodes[node].where
                raise RenderError(str(Problem(where, node, "gives a sample that is not a number")))
            yield x

    def _threads(self) -> int:
        longest = max(stream.frames or 0 for stream in self.plan.streams.values())
        return threads_for(longest / self.plan.rate, processors())

    @contextmanager
    def _at_work(self, reporter: Reporter, threads: int) -> Iterator[WorkerPool | None]:
        """The worker threads, if there is to be more than one thread, while they work."""
        pool = WorkerPool(threads, reporter.report, self.watch, self._current) if threads > 1 else None
        try:
            with pool or nullcontext(), self._current():
                self._pool, self._reporter, reporter.pool = pool, reporter, pool
                yield pool
        finally:
            self._pool = self._reporter = None

    @contextmanager
    def _current(self) -> Iterator[None]:
        """Whatever is opened within, in this thread, is played by this run."""
        before, _here.run = getattr(_here, "run", None), self
        try:
            yield
        finally:
            _here.run = before

    def _stepped(self, items: Iterator[T]) -> Iterator[T]:
        """The same items, each made while this run is the current one."""
        while True:
            with self._current():
                item = next(items, None)
            if item is None:
                return
            yield item
