"""Trim silence: cuts off the silence before and after a sound."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import CHUNK, ENDLESS, Audio, Stream, cut, shifted
from audiograph.units import choice, db, seconds

WINDOWS = 100  # per second: it takes the mean power of each 10 ms
LARGEST = 2**20  # frames read at a time
PATIENCE = 600  # seconds of silence after which it gives up on an endless sound


@timeline
def trim_silence(
    setup: Setup,
    threshold: float = db(
        -50, -100, 0, "level that counts as sound, averaged over 10 ms, in the loudest channel"
    ),
    keep: float = seconds(0.05, 0, 10, "silence to leave before and after the sound"),
    ends: str = choice("both", "start", "end", help="which ends to cut"),
) -> Stream:
    """Cuts off the silence before and after a sound, which then begins at time zero.

    -50 dB suits AI voices and clean recordings. For a noisy room raise the threshold
    above the noise, but not so far that ends of words are cut. As all lengths must be
    known before a mix plays, it reads its input while the mix is planned: forwards to
    the first sound, backwards to the last, so little more than what it cuts.
    """
    sound: Stream = setup.inputs[0]
    if sound.frames is None and ends != "start":
        raise NodeError("cannot cut the end of what never ends: give it a length, or say `ends: start`")
    search = _Search(sound, amplitude(threshold) ** 2)
    first, last, room = search.first(), sound.end, setup.frames(keep)
    if first is None:
        setup.note(f"finds no sound above {threshold:g} dB: {keep:g} s of it are kept")
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
    """A search for sound, in windows counted from time zero."""

    def __init__(self, sound: Stream, power: float) -> None:
        self.sound, self.power, self.window = sound, power, max(1, round(sound.rate / WINDOWS))

    def first(self) -> int | None:
        """The frame at which the first window with sound begins; None if there is none."""
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
        """The end of the last window with sound; 0 if there is none."""
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
        """Whether each window has sound; the last one may be incomplete."""
        starts = np.arange(0, x.shape[1], self.window)
        powers = np.add.reduceat(np.square(x, dtype=np.float64), starts, axis=1) / self.window
        return np.asarray(powers.max(axis=0) > self.power)
