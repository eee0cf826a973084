"""Parts of sounds one after another: overlaps are crossfaded, gaps are silent."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, dropwhile, pairwise
from typing import NamedTuple

import numpy as np

from audiograph.dsp.curves import fall, rise
from audiograph.sound import CHUNK, ENDLESS, Audio, Reader, Span, Stream, cut

Reading = Callable[
    [Reader, int], Iterator[Audio]
]  # Reader.sound; or Reader.blocks, which gives the silence too


class Take(NamedTuple):
    """The frames `first` to `last` of a sound, placed at frame `at`."""

    at: int
    sound: Stream
    first: int
    last: int

    @property
    def end(self) -> int:
        """The frame after the last."""
        return ENDLESS if self.last >= ENDLESS else self.at + self.last - self.first

    def open(self, now: int) -> Reader:
        """A reader of it from frame `now` of the whole on."""
        return self.sound.open(self.first + max(now - self.at, 0))

    def spans(self, first: int, last: int) -> tuple[Span, ...]:
        """The spans in which it sounds, within `first` to `last` of the whole."""
        own = cut(self.sound.spans, self.first, self.last)
        return cut(((a + self.at - self.first, b + self.at - self.first) for a, b in own), first, last)


def spliced(takes: Iterable[Take], curve: str, channels: int, read: Reading, now: int) -> Iterator[Audio]:
    """The sound of takes in order of time, from frame `now` on. At most two may overlap at any time."""
    left = dropwhile(lambda take: take.end <= now, takes)
    reader = None
    for take, following in pairwise(chain(left, [None])):
        assert take
        now = max(now, take.at)
        reader = reader or take.open(now)
        seam = take.end if following is None else min(take.end, following.at)
        for part in read(reader, max(seam - now, 0)):
            yield part if part.shape[0] == channels else np.broadcast_to(part, (channels, part.shape[1]))
        now, tail, reader = max(now, seam), reader, None
        if now < take.end and following:
            reader = following.open(now)
            yield from _seam(tail, reader, channels, curve, take.end - seam, now - seam)
        now = take.end


def _seam(tail: Reader, head: Reader, channels: int, curve: str, frames: int, first: int) -> Iterator[Audio]:
    """A crossfade from `tail` to `head`, from its frame `first` on."""
    for start in range(first, frames, CHUNK):
        stop = min(start + CHUNK, frames)
        going = tail.take(stop - start, channels) * fall(curve, frames, start, stop)
        yield going + head.take(stop - start, channels) * rise(curve, frames, start, stop)
