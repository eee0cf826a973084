"""A plan's outputs in memory: whole, or block by block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from audiograph.engine.progress import Progress
from audiograph.engine.run import Run
from audiograph.errors import NotFinite, RenderError
from audiograph.graph import Limits, Target
from audiograph.plan import Plan
from audiograph.rendering.expectations import Meters, expected, raise_if_missed
from audiograph.sound import Audio


class Heard(NamedTuple):
    """What a render gave in memory."""

    sound: Any  # float32 of shape (channels, frames), 1 is full scale; a dict of them by output if several
    rate: int  # Hz


@dataclass(frozen=True)
class Playback:
    """The sound of one output, block by block; each iteration is a pass of its own.

    Each block is a float32 array of shape (channels, frames) of its own. Together
    they are what `render` gives, which is what a file would hold before it is
    quantized.
    """

    plan: Plan
    target: Target
    first: int  # frame

    @property
    def rate(self) -> int:
        """Frames per second."""
        return self.plan.rate

    @property
    def channels(self) -> int:
        """How many channels each block has."""
        return self.plan.streams[self.target.out].channels

    @property
    def frames(self) -> int:
        """How many frames a pass has, from `first` on."""
        return max(0, self.plan.streams[self.target.out].end - self.first)

    def change(self, node: str, param: str, value: Any) -> None:
        """Give a parameter of an effect a new value, such as `("music/duck", "depth", "-12 dB")`.

        It is heard from the next block on, and in later passes of this Playback;
        nothing else that plays the same plan is moved by it. Raises NodeError where there is
        no such parameter, where it does not take the value, and where it cannot
        change while it plays.
        """
        self._run.change(node, param, value)

    def __iter__(self) -> Iterator[Audio]:
        """One pass. Raises RenderError at a sample that is not a number, AudioFileError at a broken file."""
        out = self.target.out
        reader, left = self._run.stream(out).open(self.first), self.frames
        while left:
            x = reader.take(min(left, self.plan.block))
            if not np.isfinite(x).all():
                raise RenderError(self._run.blame([out]) or "gives a sample that is not a number")
            left -= x.shape[1]
            x += np.float32(0)  # no -0
            yield x

    @cached_property
    def _run(self) -> Run:
        return Run(self.plan, limits=self.plan.graph.limits.untimed())  # its reader takes what time it likes


class _Array:
    """A sink that keeps samples in an array."""

    def __init__(self, channels: int, frames: int) -> None:
        try:
            self.x, self.frames = np.zeros((channels, frames), np.float32), 0
        except (MemoryError, ValueError):  # ValueError: more than could ever be addressed
            size = f"{channels * frames * 4 / 1e9:.3g} GB"
            raise RenderError(f"there is no memory for an array of {size}: write it to a file") from None

    def write(self, x: Audio) -> None:
        """Append samples."""
        if not np.isfinite(x).all():
            channel, frame = np.argwhere(~np.isfinite(x))[0]
            raise NotFinite(int(channel), self.frames + int(frame))
        np.add(x, np.float32(0), out=self.x[:, self.frames : self.frames + x.shape[1]])  # no -0
        self.frames += x.shape[1]

    def silence(self, frames: int) -> None:
        """Append silence."""
        self.frames += frames


def _check_room(plan: Plan, targets: Sequence[Target], limits: Limits) -> None:
    """Raises LimitError at the output whose array, with those before it, takes more than is allowed."""
    taken = 0
    for target in targets:
        stream = plan.streams[target.out]
        taken += stream.channels * stream.end * np.dtype(np.float32).itemsize
        limits.check_memory(taken, target.where, target.name or target.out[0])


def capture(
    plan: Plan,
    targets: Sequence[Target],
    progress: Progress | None = None,
    threads: int | None = None,
    strict: bool = False,
    limits: Limits | None = None,
) -> list[Audio]:
    """The sound of each target. With `strict`, raises Unexpected where an expectation is not met.

    The `limits` are those of a job that began before, or else those of the plan from now on.
    """
    outs = [target.out for target in targets]
    expectations = expected(plan, outs) if strict else []
    meters = Meters(plan, [out for each in expectations for out in each.outs])
    run = Run(plan, taps=meters.taps, limits=limits)
    _check_room(plan, targets, run.limits)
    sinks = [_Array(plan.streams[out].channels, plan.streams[out].end) for out in outs]
    run.play(outs, [sink.x.shape[1] for sink in sinks], sinks, progress, threads)
    meters.complete(run)
    raise_if_missed(meters.findings(expectations))
    return [sink.x for sink in sinks]
