"""The parts of a region: feeds that read a stream, steps that run an effect, and the signals between them."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from audiograph.errors import NodeError
from audiograph.kernel import bound
from audiograph.node import Effect
from audiograph.sound import ENDLESS, Audio, Reader, Span, Stream, cut

Call = Callable[[], None]


@dataclass(eq=False)
class Signal:
    """The sound of one output of one node, on the clock of the region."""

    channels: int
    late: int  # frames
    spans: tuple[Span, ...]  # when it sounds
    buffer: Audio = field(default_factory=lambda: np.zeros(0, np.float32))  # flat; reused by other signals
    place: int = 0  # number of its buffer among those of the region
    needed: int = ENDLESS  # the earliest time at which it has to be right
    awake: bool = False

    def view(self, frames: int) -> Audio:
        """The block it holds: contiguous, of shape (channels, frames)."""
        return self.buffer[: self.channels * frames].reshape(self.channels, frames)


class Silence:
    """Zeros for inputs that are silent."""

    def __init__(self, block: int) -> None:
        self.block, self.zeros = block, np.zeros(0, np.float32)

    def __call__(self, channels: int, frames: int) -> Audio:
        if self.zeros.size < channels * self.block:
            self.zeros = np.zeros(channels * self.block, np.float32)
        return self.zeros[: channels * frames].reshape(channels, frames)


@dataclass(eq=False)
class Intake:
    """A stream that enters the region."""

    node: str
    stream: Stream
    outs: tuple[Signal, ...]
    ahead: bool = False  # it is prefetched
    spans: tuple[Span, ...] = ()
    reader: Reader | None = None
    slept: int = 0  # when it fell asleep, on the region's clock

    def open(self) -> None:
        """Prepare to run from the time its signal is first needed."""
        self.spans = cut(self.outs[0].spans, self.outs[0].needed, ENDLESS)

    def wake(self, now: int) -> None:
        """Sound comes next."""
        if self.reader is None:
            self.reader = self.stream.open(now)
            if self.ahead:
                self.reader.begin()
        else:
            self.reader.skip(now - self.slept)

    def sleep(self, now: int) -> None:
        """Silence comes next."""
        self.slept = now

    def calls(self, frames: int, silence: Silence) -> Iterator[Call]:  # noqa: ARG002
        """The calls that compute a block."""
        assert self.reader is not None
        yield partial(self.reader.read, self.outs[0].view(frames))


@dataclass(eq=False)
class Step:
    """An effect at work, or several in a row fused into one."""

    node: str
    made_of: Sequence[str]  # its nodes, `node` the last; empty for a delay that the engine inserts
    effect: Effect
    adds: bool  # its kernel takes one input at a time
    ins: tuple[Signal, ...]
    outs: tuple[Signal, ...]
    spans: tuple[Span, ...] = ()
    state: Any = None
    before: tuple[Effect, Any] | None = None  # the old effect and a copy of its state, while it changes

    def open(self) -> None:
        """Prepare to run from early enough for its outputs to be right when they are needed."""
        needed, memory = min(signal.needed for signal in self.outs), self.effect.memory
        first = -ENDLESS if memory is None or needed < 0 else needed - memory
        for signal in self.ins:
            signal.needed = min(signal.needed, first)
        self.spans = cut(self.outs[0].spans, first, ENDLESS)

    def wake(self, now: int) -> None:
        """Reset the state, in place, since calls may be bound to its arrays."""
        if self.state is None:
            self.state = self.effect.state()
        else:
            for old, new in zip(self.state, self.effect.state(), strict=True):
                old[...] = new
        if self.effect.clocked:
            self.state.clock[0] = now - self.ins[0].late

    def sleep(self, now: int) -> None:
        """Nothing to do: the state is reset when it wakes."""

    def calls(self, frames: int, silence: Silence) -> Iterator[Call]:
        """The calls that compute a block."""
        outs = [signal.view(frames) for signal in self.outs]
        if self.before is None:
            yield from self._run(self.effect, self.state, outs, silence)
            return
        old = [np.empty_like(out) for out in outs]
        yield from self._run(*self.before, old, silence)
        yield from self._run(self.effect, self.state, outs, silence)
        for before, after in zip(old, outs, strict=True):
            yield partial(_cross, before, after)

    def _run(self, effect: Effect, state: Any, outs: Sequence[Audio], silence: Silence) -> Iterator[Call]:
        frames = outs[0].shape[1]
        if self.adds:
            yield partial(outs[0].fill, 0)
            for place, signal in enumerate(self.ins):
                if signal.awake:
                    yield bound(effect.kernel, signal.view(frames), *outs, effect.coefs[place], state)
        else:
            ins = [
                signal.view(frames) if signal.awake else silence(signal.channels, frames)
                for signal in self.ins
            ]
            yield bound(effect.kernel, *ins, *outs, effect.coefs, state)

    def fitting(self, new: Effect | None) -> Effect:
        """The effect, if its coefs go with the state this step has; None means it no longer fuses."""
        if new is None or _fixed(new) != _fixed(self.effect):
            raise NodeError("cannot take this value while it runs: plan again")
        return new

    def change(self, new: Effect) -> None:
        """New coefs from the next block on; the state is kept."""
        if self.before is None and self.state is not None:
            self.before = self.effect, deepcopy(self.state)
        self.effect = new


def _fixed(effect: Effect) -> tuple[Any, ...]:
    """What must stay equal for coefs to change while it runs."""
    return effect.latency, effect.channels, [getattr(part, "shape", None) for part in effect.state()]


def _cross(before: Audio, after: Audio) -> None:
    """Crossfade within the block, so that a change of a value does not click."""
    part = (np.arange(after.shape[1], dtype=np.float32) + 0.5) / after.shape[1]
    after[:] = before + part * (after - before)
