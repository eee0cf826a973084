"""What a graph gives in memory: whole, or block by block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from audiograph.engine.run import Progress, blame, pour
from audiograph.errors import NotFinite, RenderError
from audiograph.graph import Target
from audiograph.plan.plan import Plan
from audiograph.rendering import files as rendering
from audiograph.rendering.expectations import Meters
from audiograph.sound import Audio


class Heard(NamedTuple):
    """What a graph gave, in memory."""

    sound: Any  # float32 of shape (channels, frames), 1 is full scale; by output name where there are several
    rate: int  # Hz


@dataclass(frozen=True)
class Playback:
    """The sound of one output, heard block by block, as often as it is gone through.

    Each block is a float32 array of shape (channels, frames) of its own. They
    join to what `render` gives, which is what a file would hold before it is
    rounded. `plan.change("music/duck", "depth", "-12 dB")` is heard from the
    next block on.
    """

    plan: Plan
    target: Target
    first: int  # frame

    @property
    def rate(self) -> int:
        """Hz."""
        return self.plan.rate

    @property
    def channels(self) -> int:
        """How many."""
        return self.plan.streams[self.target.out].channels

    @property
    def frames(self) -> int:
        """How many, from the first one heard on."""
        return max(0, self.plan.streams[self.target.out].end - self.first)

    def __iter__(self) -> Iterator[Audio]:
        """One pass. Raises RenderError at a sample that is no number, AudioFileError at a broken file."""
        reader, left = self.plan.streams[self.target.out].open(self.first), self.frames
        while left:
            x = reader.take(min(left, self.plan.block))
            if not np.isfinite(x).all():
                what = blame(self.plan, [self.target.out])
                raise RenderError(what or "gives a sample that is not a number")
            left -= x.shape[1]
            yield x


class _Kept:
    """A sink that keeps samples in an array."""

    def __init__(self, channels: int, frames: int) -> None:
        self.x, self.frames = np.zeros((channels, frames), np.float32), 0

    def write(self, x: Audio) -> None:
        """Append samples."""
        if not np.isfinite(x).all():
            channel, frame = np.argwhere(~np.isfinite(x))[0]
            raise NotFinite(int(channel), self.frames + int(frame))
        self.x[:, self.frames : self.frames + x.shape[1]] = x
        self.frames += x.shape[1]

    def silence(self, frames: int) -> None:
        """Append silence."""
        self.frames += frames


def kept(
    plan: Plan,
    targets: Sequence[Target],
    progress: Progress | None,
    jobs: int | None = None,
    strict: bool = False,
) -> list[Audio]:
    """The sound of each target. `strict`: Unexpected where it is not what the graph expects."""
    outs = [target.out for target in targets]
    expect = rendering.expected(plan, outs) if strict else []
    meters = Meters(plan, [out for each in expect for out in each.outs])
    sinks = [_Kept(plan.streams[out].channels, plan.streams[out].end) for out in outs]
    with meters.attached():
        pour(plan, outs, [sink.x.shape[1] for sink in sinks], sinks, progress, jobs)
        meters.complete()
    rendering.hold(meters.findings(expect))
    return [sink.x for sink in sinks]
