"""Trim silence: cuts off the silence before and after a sound.

What counts as sound is found from the sound itself, so that a soft voice is heard
as a loud one is: what is 30 LU below its loudness, or, where its own silence is
softer than that, 12 dB above that silence, but at most 50 LU below. Its own silence
is the softest twentieth of its windows. Loudness is that of `measuring.key_level`.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import inf, log10

import numpy as np
from numpy.typing import NDArray

from audiograph.errors import NodeError
from audiograph.language.quantity import Relative
from audiograph.measuring.key_level import KeyLevel
from audiograph.node import Setup, timeline
from audiograph.sound import CHUNK, ENDLESS, Audio, Stream, cut, shifted
from audiograph.streams import spool
from audiograph.units import choice, level, seconds

WINDOWS = 100  # per second: it takes the mean power of each 10 ms
LARGEST = 2**20  # frames read at a time
PATIENCE = 600  # seconds of silence after which it gives up on an endless sound
FIRST = 60  # seconds of an endless sound that say how loud it is
USUAL, LOWEST, ABOVE = -30.0, -50.0, 12.0  # LU over its loudness, twice; dB over its own silence
LATE = -50.0  # dB; the level that counts for an endless sound that is silent for so long
SOFTEST = 0.05  # part of the windows


@timeline
def trim_silence(
    setup: Setup,
    threshold: float | None = level(
        None,
        -100,
        0,
        "level that counts as sound, over 10 ms, in the loudest channel; LU: over its loudness",
    ),
    keep: float = seconds(0.05, 0, 10, "silence to leave before and after the sound"),
    ends: str = choice("both", "start", "end", help="which ends to cut"),
) -> Stream:
    """Cuts off the silence before and after a sound, which then begins at time zero.

    Left out, the threshold is found from the sound: 30 LU below its loudness, or lower
    where its own silence is cleaner. For a noisy room set it above the noise, but not
    so far that ends of words are cut. As all lengths must be known before a mix plays,
    it hears its input while the mix is planned: all of it, or, with a threshold in dB,
    forwards to the first sound and backwards to the last, so little more than what it
    cuts. A constant offset counts as silence.
    """
    sound: Stream = setup.inputs[0]
    if sound.frames is None and ends != "start":
        raise NodeError("cannot cut the end of what never ends: give it a length, or say `ends: start`")
    absolute = None if isinstance(threshold, Relative) else threshold
    level = _found(setup, threshold) if absolute is None else absolute
    search = _Search(sound, 10 ** (level / 10))
    first, last, room = search.first(), sound.end, setup.frames(keep)
    if first is None and absolute is None and _sounds(sound):
        setup.note("has nothing above -70 LUFS, and is left as it is")
        first = 0
    elif first is None:
        above = "" if absolute is None else f" above {absolute:g} dB"
        setup.note(f"finds no sound{above}: {keep:g} s of it are kept")
        first, last = 0, min(sound.end, max(1, room))
    else:
        last = last if ends == "start" else min(last, search.last() + room)
        first = 0 if ends == "end" else max(0, first - room)
    frames = None if last >= ENDLESS else last - first

    def chunks(skip: int) -> Iterator[Audio]:
        return sound.open(first + skip).sound(None if frames is None else frames - skip)

    spans = shifted(cut(sound.spans, first, last), -first)
    return Stream(setup.rate, sound.channels, frames, max(0, sound.start - first), spans=spans, chunks=chunks)


def _found(setup: Setup, relative: float | None) -> float:
    """The level in dB that counts as sound: `relative` LU over its loudness, or found; inf if it has none."""
    sound: Stream = setup.inputs[0]
    end = sound.start + FIRST * sound.rate if sound.frames is None else sound.frames
    part = replace(sound, frames=end, start=min(sound.start, end), spans=cut(sound.spans, 0, end))
    heard, windows = KeyLevel(part), _Windows(part)
    spool.hear(part, [heard, windows], setup.progress)
    loudness, _, wild = heard.found()
    setup.note(wild) if wild else None
    if loudness == -inf:
        return inf if sound.frames is not None else LATE
    if relative is not None:
        return loudness + relative
    return min(loudness + USUAL, max(loudness + LOWEST, windows.softest() + ABOVE))


def _sounds(sound: Stream) -> bool:
    """Whether anything of a sound that ends differs from zero."""
    return any(x.any() for x in sound.open().sound())


class _Windows:
    """The powers of all windows of a sound. It is a `streams.taps.Sink`."""

    def __init__(self, sound: Stream) -> None:
        self.window = _window(sound.rate)
        self._rest = np.zeros((sound.channels, 0), np.float32)
        self._powers = [np.zeros(0)]

    def write(self, x: Audio) -> None:
        """Take the next frames."""
        x = np.concatenate([self._rest, x], axis=1)
        whole = x.shape[1] // self.window * self.window
        self._rest = x[:, whole:].copy()
        self._powers.append(_powers(x[:, :whole], self.window))

    def silence(self, frames: int) -> None:
        """Silence that the mix puts before, between and after what sounds is not the sound's own."""

    def softest(self) -> float:
        """The level in dB below which the softest twentieth lies; -inf for digital silence."""
        powers = np.concatenate(self._powers)
        power = float(np.quantile(powers, SOFTEST)) if len(powers) else 0.0
        return 10 * log10(power) if power > 0 else -inf


def _window(rate: int) -> int:
    return max(1, round(rate / WINDOWS))


def _powers(x: Audio, window: int) -> NDArray[np.float64]:
    """The power of each window in the loudest channel, less the window's mean; the last may be incomplete."""
    starts = np.arange(0, x.shape[1], window)
    if not len(starts):
        return np.zeros(0)
    squares = np.add.reduceat(np.square(x, dtype=np.float64), starts, axis=1) / window
    means = np.add.reduceat(x, starts, axis=1, dtype=np.float64) / np.diff(np.append(starts, x.shape[1]))
    return np.asarray(np.maximum(squares - means**2, 0).max(axis=0))


class _Search:
    """A search for sound, in windows counted from time zero."""

    def __init__(self, sound: Stream, power: float) -> None:
        self.sound, self.power, self.window = sound, power, _window(sound.rate)

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
        return np.asarray(_powers(x, self.window) > self.power)
