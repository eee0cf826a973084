"""Sound as a value: what is known of it before any is heard, and how to open it.

A Stream is to a Reader what a list is to its iterator: it may be opened any
number of times, at any frame. So a node used on two clocks is opened twice, a
loop opens its input again at every pass, and planning opens nothing.

Silence is a fact too. `spans` says where a sound may be other than zero, and
`chunks` gives the spans alone, one after the other, without the silence
between. So a clip placed at minute 20 costs nothing for 20 minutes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]  # of shape (channels, frames)
Span = tuple[int, int]  # first frame, and the frame after the last
Chunks = Callable[[int], Iterator[Audio]]

CHUNK = 65_536  # frames a timeline node handles at a time, whatever the block size
ENDLESS = 2**62  # the frame after the last of what never ends
UNTOLD = (-1, -1)
NEAR = 2048  # frames; silence shorter than this is not worth stopping for


@dataclass(frozen=True)
class Sound:
    """What is known of a sound before any of it is heard. Its time begins at the mix's time zero."""

    rate: int  # frames per second
    channels: int
    frames: int | None  # from time zero to its end; None is endless
    start: int = 0  # frames of silence put before it
    spans: tuple[Span, ...] = field(default=(UNTOLD,), kw_only=True)  # where it may sound: the whole of it

    def __post_init__(self) -> None:
        if self.spans == (UNTOLD,):
            object.__setattr__(self, "spans", merged([(self.start, self.end)]))

    @property
    def end(self) -> int:
        """The frame after the last, ENDLESS where there is none."""
        return ENDLESS if self.frames is None else self.frames

    def later(self, frames: int) -> Self:
        """The same sound with `frames` of silence before it."""
        length = None if self.frames is None else self.frames + frames
        return replace(self, frames=length, start=self.start + frames, spans=shifted(self.spans, frames))


@dataclass(frozen=True)
class Stream(Sound):
    """A sound that can be opened.

    `chunks(first)` gives arrays of shape (channels, any number of frames): what
    sounds from frame `first` on, span after span. It may give more than the
    spans hold, and fewer frames where its source breaks off. A chunk may be
    overwritten when the next is asked for.
    """

    chunks: Chunks = field(kw_only=True)
    note: str = field(default="", kw_only=True)  # what its user should know, such as that a file is cut short
    two_pass: bool = field(default=False, kw_only=True)  # it hears all of its input before its first frame

    def open(self, first: int = 0) -> "Reader":
        """One pass over the sound, from frame `first`."""
        return Reader(self, first)


class Reader:
    """One pass over a Stream, in pieces of any size; silence where it does not sound and after its end."""

    def __init__(self, stream: Stream, first: int = 0) -> None:
        self.channels = stream.channels
        self._spans = iter(cut(stream.spans, first, ENDLESS))
        self._open = stream.chunks
        self._chunks: Iterator[Audio] | None = None
        self._rest = np.zeros((stream.channels, 0), np.float32)
        self._at = first
        self._quiet = self._sounding = 0  # frames of silence that come next, and of sound after them
        self._advance()

    def begin(self) -> None:
        """Open the sound if it comes next, so that it may run ahead before the first of it is read."""
        if self._chunks is None and not self._quiet:
            self._chunks = self._open(self._at)

    def read(self, out: Audio) -> None:
        """Fill `out`; a mono stream fills every channel of it."""
        done, frames = 0, out.shape[1]
        while done < frames:
            if self._quiet:
                some = min(self._quiet, frames - done)
                out[:, done : done + some] = 0
                self._pass_silence(some)
            else:
                part = self._part(frames - done)
                some = part.shape[1]
                out[:, done : done + some] = part
            done += some

    def sound(self, frames: int | None = None) -> Iterator[Audio]:
        """What sounds within the next `frames`: the spans alone, as `Stream.chunks` is to give them."""
        left = ENDLESS if frames is None else frames
        while left > 0 and self._quiet < ENDLESS:
            some = min(self._quiet, left)
            self._pass_silence(some)
            left -= some
            if left:
                part = self._part(left)
                left -= part.shape[1]
                yield part

    def skip(self, frames: int) -> None:
        """Pass over the next `frames`: silence at no cost, sound by reading it."""
        for _ in self.sound(frames):
            pass

    def blocks(self, frames: int | None) -> Iterator[Audio]:
        """The next `frames`, silence and all, a chunk at a time."""
        left = ENDLESS if frames is None else frames
        while left > 0:
            if self._quiet:
                part = np.zeros((self.channels, min(self._quiet, left, CHUNK)), np.float32)
                self._pass_silence(part.shape[1])
            else:
                part = self._part(min(left, CHUNK))
            yield part
            left -= part.shape[1]

    def take(self, frames: int, channels: int | None = None) -> Audio:
        """The next `frames` as a new array."""
        out = np.empty((channels or self.channels, frames), np.float32)
        self.read(out)
        return out

    def _part(self, most: int) -> Audio:
        """At most `most` frames of the sound that comes next."""
        while not self._rest.shape[1]:
            if self._chunks is None:
                self._chunks = self._open(self._at)
            following = next(self._chunks, None)
            if following is None:  # broke off: the rest of it is silence
                self._rest = np.zeros((self.channels, min(most, self._sounding)), np.float32)
            else:
                self._rest = following
        some = min(most, self._sounding, self._rest.shape[1])
        part, self._rest = self._rest[:, :some], self._rest[:, some:]
        self._at += some
        self._sounding -= some
        if not self._sounding:
            self._advance()
        return part

    def _pass_silence(self, frames: int) -> None:
        if self._quiet < ENDLESS:
            self._quiet -= frames
        self._at += frames

    def _advance(self) -> None:
        """To the next span; after the last one, let go of the files held open."""
        span = next(self._spans, None)
        if span:
            self._quiet, self._sounding = span[0] - self._at, span[1] - span[0]
        else:
            self._quiet, self._sounding = ENDLESS, 0
            self._chunks = iter(())


def merged(spans: Iterable[Span], near: int = NEAR) -> tuple[Span, ...]:
    """Spans in order, without empty ones, those that meet or nearly do made one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + near:
            found[-1] = found[-1][0], max(found[-1][1], last)
        elif first < last:
            found.append((first, last))
    return tuple(found)


def shifted(spans: Iterable[Span], frames: int) -> tuple[Span, ...]:
    """Spans later by `frames`, which may be negative; what would be before time zero is cut."""
    moved = ((max(0, first + frames), last if last >= ENDLESS else last + frames) for first, last in spans)
    return tuple((first, last) for first, last in moved if first < last)


def cut(spans: Iterable[Span], first: int, last: int) -> tuple[Span, ...]:
    """What of the spans lies in first..last."""
    parts = ((max(a, first), min(b, last)) for a, b in spans)
    return tuple((a, b) for a, b in parts if a < b)
