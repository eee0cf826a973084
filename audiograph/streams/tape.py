"""Tapes: a source that must be heard before the mix plays is decoded once, unless it is very long."""

from collections.abc import Iterator
from threading import Lock

import numpy as np

from audiograph.errors import RenderError
from audiograph.sound import CHUNK, Audio, Stream
from audiograph.streams.spool import Spool

LARGEST = 2**28  # bytes; 12 minutes of stereo at 44.1 kHz


def fits(sound: Stream) -> bool:
    """Whether a sound ends, and is short enough for a tape."""
    frames = sum(last - first for first, last in sound.spans)
    return sound.frames is not None and 0 < frames * sound.channels * 4 <= LARGEST


class Tape:
    """Records a sound while it is read from its beginning; once it has all of it, it can be read instead."""

    def __init__(self, sound: Stream) -> None:
        self._sound, self._free = sound, Lock()
        self.whole: Spool | None = None  # as soon as all of it is recorded

    def begin(self) -> bool:
        """Whether nobody records it yet; the caller then has to."""
        return self._free.acquire(blocking=False)

    def recorded(self, parts: Iterator[Audio]) -> Iterator[Audio]:
        """The same parts, each recorded as it passes. Without room on the disk nothing is kept."""
        spool, page, done = Spool(self._sound), np.zeros((self._sound.channels, CHUNK), np.float32), 0
        left = sum(last - first for first, last in self._sound.spans)
        keeps = True
        for x in parts:
            taken, some = 0, min(x.shape[1], left)
            while keeps and taken < some:
                few = min(some - taken, CHUNK - done)
                page[:, done : done + few] = x[:, taken : taken + few]
                taken, done, left = taken + few, done + few, left - few
                if done == CHUNK or not left:
                    keeps, done = _kept(spool, page), 0
            if keeps and not left:
                self.whole = spool
            yield x


def _kept(spool: Spool, page: Audio) -> bool:
    try:
        spool.keep(iter([page]))
    except RenderError:
        return False
    return True
