"""A sound without the silence before and after it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import CHUNK, ENDLESS, Audio, Stream, cut, shifted
from audiograph.units import choice, db, seconds

WINDOW = 100  # a second: it listens to the mean power of each 10 ms
LARGEST = 2**20  # frames it hears at a time
PATIENCE = 600  # seconds of silence after which nothing more is expected of what never ends


@timeline
def trim_silence(
    setup: Setup,
    threshold: float = db(-50, -100, 0, "level that counts as sound, over 10 ms, in the loudest channel"),
    keep: float = seconds(0.05, 0, 10, "silence left before and after the sound"),
    ends: str = choice("both", "start", "end", help="where to cut"),
) -> Stream:
    """Cut off the silence before and after a sound, which then begins at time zero.

    -50 dB finds the ends of AI voices and of clean recordings; in a noisy room
    raise it until it is above the noise, a word fades out below. As lengths are
    known before a mix plays, it listens while the mix is planned: forwards to
    the first sound, backwards to the last, so to little more than what it cuts.
    """
    sound: Stream = setup.inputs[0]
    if sound.frames is None and ends != "start":
        raise NodeError("cannot cut the end of what never ends: give it a length, or say `ends: start`")
    search = _Search(sound, amplitude(threshold) ** 2)
    first, last, room = search.first(), sound.end, setup.frames(keep)
    if first is None:
        setup.note(f"hears no sound above {threshold:g} dB: {keep:g} s of it are kept")
        first, last = 0, min(sound.end, max(1, room))
    else:
        last = last if ends == "start" else min(last, search.last() + room)
        first = 0 if ends == "end" else max(0, first - room)
    frames = None if last >= ENDLESS else last - first

    def chunks(skip: int) -> Iterator[Audio]:
        return sound.open(first + skip).sound(None if frames is None else frames - skip)

    spans = shifted(cut(sound.spans, first, last), -first)
    return Stream(setup.rate, sound.channels, frames, max(0, sound.start - first), spans=spans, chunks=chunks)


class _Search:
    """Listens for sound in windows, all counted from time zero."""

    def __init__(self, sound: Stream, power: float) -> None:
        self.sound, self.power, self.window = sound, power, max(1, round(sound.rate / WINDOW))

    def first(self) -> int | None:
        """The frame at which sound begins; None if there is none."""
        for span_begin, end in self.sound.spans:
            begin = at = self._down(span_begin)
            reader = self.sound.open(begin)
            while at < end:
                if at - begin > PATIENCE * self.sound.rate and end >= ENDLESS:
                    raise NodeError(
                        f"is silent for {PATIENCE // 60} minutes and never ends: give it a length"
                    )
                frames = min(end - at, self._down(CHUNK) or self.window)
                loud = self._loud(reader.take(frames))
                if loud.any():
                    return at + int(loud.argmax()) * self.window
                at += frames
        return None

    def last(self) -> int:
        """The frame after the last that sounds, where some does."""
        for begin, end in reversed(self.sound.spans):
            size = CHUNK
            while begin < end:
                at = self._down(max(begin, end - size))
                loud = self._loud(self.sound.open(at).take(end - at))
                if loud.any():
                    return min(self.sound.end, at + (len(loud) - int(loud[::-1].argmax())) * self.window)
                end, size = at, min(2 * size, LARGEST)
        return 0

    def _down(self, frame: int) -> int:
        return frame // self.window * self.window

    def _loud(self, x: Audio) -> NDArray[np.bool_]:
        """Whether each window sounds; the last one may be a part."""
        starts = np.arange(0, x.shape[1], self.window)
        powers = np.add.reduceat(np.square(x, dtype=np.float64), starts, axis=1) / self.window
        return np.asarray(powers.max(axis=0) > self.power)
