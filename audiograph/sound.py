"""Sound as a value: its facts, known before any of it is computed, and how to open it.

A Stream is to a Reader what a list is to its iterator: it can be opened any
number of times, at any frame. So a node used on two clocks is opened twice, a
loop opens its input again for every pass, and planning opens nothing.

Silence is a fact too. `spans` says where a sound may differ from zero, and
`chunks` yields the spans alone, one after the other, without the silence
between them. So a clip placed at minute 20 costs nothing for 20 minutes.

All positions and lengths are in frames. A span (first, last) does not include
the frame `last`.
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
ENDLESS = 2**62  # the end of an endless sound
NOT_GIVEN = (-1, -1)
SHORT_SILENCE = 2048  # frames; to sleep through less silence than this saves nothing


@dataclass(frozen=True)
class Sound:
    """The facts of a sound, known before any of it is computed. Frame 0 is the mix's time zero."""

    rate: int  # frames per second
    channels: int
    frames: int | None  # from time zero to its end; None is endless
    start: int = 0  # frames of silence that were put before it
    spans: tuple[Span, ...] = field(default=(NOT_GIVEN,), kw_only=True)  # not silent; start to end by default

    def __post_init__(self) -> None:
        if self.spans == (NOT_GIVEN,):
            object.__setattr__(self, "spans", merged([(self.start, self.end)]))

    @property
    def end(self) -> int:
        """The frame after the last; ENDLESS for an endless sound."""
        return ENDLESS if self.frames is None else self.frames

    def later(self, frames: int) -> Self:
        """The same sound after `frames` more frames of silence."""
        length = None if self.frames is None else self.frames + frames
        return replace(self, frames=length, start=self.start + frames, spans=shifted(self.spans, frames))


@dataclass(frozen=True)
class Stream(Sound):
    """A sound that can be opened: what a timeline node returns.

    `chunks(first)` yields float32 arrays of shape (channels, any number of
    frames): the content of the spans from frame `first` on, one span after the
    other. It may yield more frames than the spans hold, and fewer where its
    source breaks off: the rest is then silence. A chunk may be overwritten when
    the next one is asked for.
    """

    chunks: Chunks = field(kw_only=True)
    note: str = field(default="", kw_only=True)  # a remark for the user, such as that a file is cut short
    two_pass: bool = field(default=False, kw_only=True)  # reads all of its input before its first frame

    def open(self, first: int = 0) -> "Reader":
        """One pass over the sound, from frame `first`."""
        return Reader(self, first)


class Reader:
    """One pass over a Stream, in pieces of any size; zeros between its spans and after its end."""

    def __init__(self, stream: Stream, first: int = 0) -> None:
        self.channels = stream.channels
        self._spans = iter(cut(stream.spans, first, ENDLESS))
        self._open = stream.chunks
        self._chunks: Iterator[Audio] | None = None
        self._none = self._rest = np.zeros((stream.channels, 0), np.float32)
        self._at = first
        self._quiet = self._sounding = 0  # frames of silence that come next, then of sound
        self._advance()

    def begin(self) -> None:
        """Open the source if no silence comes first, so that it can be prefetched before it is read."""
        if self._chunks is None and not self._quiet:
            self._chunks = self._open(self._at)

    def read(self, out: Audio) -> None:
        """Fill `out`, of shape (channels, frames); a mono stream fills every channel of it."""
        done, frames = 0, out.shape[1]
        while done < frames:
            if self._quiet:
                some = min(self._quiet, frames - done)
                out[:, done : done + some] = 0
                self._pass_silence(some)
            else:
                part = self._next_sound(frames - done)
                some = part.shape[1]
                out[:, done : done + some] = part
            done += some

    def sound(self, frames: int | None = None) -> Iterator[Audio]:
        """The spans within the next `frames` (None: to the end), without silence, as `Stream.chunks` does."""
        left = ENDLESS if frames is None else frames
        while left > 0 and self._quiet < ENDLESS:
            some = min(self._quiet, left)
            self._pass_silence(some)
            left -= some
            if left:
                part = self._next_sound(left)
                left -= part.shape[1]
                yield part

    def skip(self, frames: int) -> None:
        """Pass over the next `frames`: silence is free, sound is read and dropped."""
        for _ in self.sound(frames):
            pass

    def blocks(self, frames: int | None) -> Iterator[Audio]:
        """The next `frames` (None: without end), silence included, in arrays of at most CHUNK frames."""
        left = ENDLESS if frames is None else frames
        while left > 0:
            if self._quiet:
                part = np.zeros((self.channels, min(self._quiet, left, CHUNK)), np.float32)
                self._pass_silence(part.shape[1])
            else:
                part = self._next_sound(min(left, CHUNK))
            yield part
            left -= part.shape[1]

    def take(self, frames: int, channels: int | None = None) -> Audio:
        """The next `frames` as a new array of shape (channels, frames)."""
        out = np.empty((channels or self.channels, frames), np.float32)
        self.read(out)
        return out

    def _next_sound(self, limit: int) -> Audio:
        """The sound that comes next: at least one frame, at most `limit`."""
        while not self._rest.shape[1]:
            if self._chunks is None:
                self._chunks = self._open(self._at)
            following = next(self._chunks, None)
            if following is None:  # the source broke off: the rest is silence
                self._rest = np.zeros((self.channels, min(limit, self._sounding)), np.float32)
            else:
                self._rest = following
        some = min(limit, self._sounding, self._rest.shape[1])
        part = self._rest[:, :some]
        self._rest = self._rest[:, some:] if some < self._rest.shape[1] else self._none  # not a view of it
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
        """Go to the next span; after the last one, drop the source, which closes its files."""
        span = next(self._spans, None)
        if span:
            self._quiet, self._sounding = span[0] - self._at, span[1] - span[0]
        else:
            self._quiet, self._sounding = ENDLESS, 0
            self._chunks, self._rest = iter(()), self._none


def merged(spans: Iterable[Span], near: int = SHORT_SILENCE) -> tuple[Span, ...]:
    """Spans in order of time, without empty ones; those at most `near` frames apart become one."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + near:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        elif first < last:
            joined.append((first, last))
    return tuple(joined)


def shifted(spans: Iterable[Span], frames: int) -> tuple[Span, ...]:
    """Spans moved later by `frames`, which may be negative; what falls before time zero is cut off."""
    moved = ((max(0, first + frames), last if last >= ENDLESS else last + frames) for first, last in spans)
    return tuple((first, last) for first, last in moved if first < last)


def cut(spans: Iterable[Span], first: int, last: int) -> tuple[Span, ...]:
    """The parts of the spans that lie within first..last."""
    parts = ((max(a, first), min(b, last)) for a, b in spans)
    return tuple((a, b) for a, b in parts if a < b)
