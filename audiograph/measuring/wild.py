"""Wild samples: single wrong values, far above all that is around them, as a faulty conversion leaves them.

One such sample can be most of a sound's loudness, which would then be that of an error.
"""

from collections.abc import Callable, Iterator, Sequence
from math import inf, log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.measuring import gating
from audiograph.measuring.gating import Power
from audiograph.sound import Audio, Span, Stream

CREST = 24.0  # dB from the loudness to the highest sample; speech and music have less
WIDE, AROUND = (
    2,
    400,
)  # frames on each side of the highest sample: those that are wild too, and those next to it
ALONE = 100.0  # times the energy of all that is around
WEIGHS = 0.5  # LU that it adds to the loudness
BEFORE, AFTER = 1, 25  # steps of 10 ms in which it is heard: the high-pass of the K-weighting rings on
MOST = 8  # wild samples that are looked for
PIECE = 65_536  # frames in which `Search` looks at once
SOME = 8  # every so many frames, one tells how loud a piece is


class Wild(NamedTuple):
    """A wild sample."""

    value: float
    seconds: float

    def __str__(self) -> str:
        level = 20 * log10(abs(self.value))
        return f"a wild sample of {self.value:.6g} ({level:.1f} dB) at {self.seconds:.6g} s"


def without(sound: Stream, steps: Power, peak: float) -> tuple[NDArray[np.bool_], list[Wild]]:
    """Which steps to keep, so that no wild sample is heard in them; and these samples, the highest first.

    The sound, whose highest sample is `peak` dB, is read again only if that is CREST
    over its loudness. A sample that does not make the sound louder is no matter.
    """
    found: list[Wild] = []
    kept, loud = np.ones(len(steps), bool), gating.integrated(steps)
    while loud > -inf and peak - loud > CREST and len(found) < MOST:
        one, peak = highest(sound, found)
        if one is None:
            break
        rest, at = kept.copy(), int(one.seconds / gating.STEP)
        rest[max(0, at - BEFORE) : at + AFTER] = False
        softer = gating.integrated(steps[rest])
        if not -inf < softer < loud - WEIGHS:
            break
        found.append(one)
        kept, loud = rest, softer
    return kept, found


class Search:
    """Looks for wild samples in a sound while it passes, whatever its blocks. It is a `streams.taps.Sink`."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._at = rate, -AROUND  # the frame at which the line begins
        self._line = np.zeros((channels, PIECE + 2 * AROUND), np.float32)  # with what is around on both sides
        self._filled = AROUND  # frames of the line
        self._found: list[Wild] = []

    def write(self, x: Audio) -> None:
        """Look at the next frames, of shape (channels, frames)."""
        line, done = self._line, 0
        while done < x.shape[1]:
            some = min(x.shape[1] - done, line.shape[1] - self._filled)
            line[:, self._filled : self._filled + some] = x[:, done : done + some]
            self._filled, done = self._filled + some, done + some
            if self._filled == line.shape[1]:
                self._look(line)
                line[:, : 2 * AROUND] = line[:, PIECE:]
                self._filled, self._at = 2 * AROUND, self._at + PIECE

    def silence(self, frames: int) -> None:
        """Pass over so many frames of silence."""
        far = max(0, (frames - PIECE - 2 * AROUND) // PIECE * PIECE)
        self.write(np.zeros((len(self._line), frames - far), np.float32))
        self._at += far

    def found(self) -> list[Wild]:
        """The highest wild samples, once there is no more."""
        self.silence(PIECE + 2 * AROUND)
        return self._found

    def _look(self, line: Audio) -> None:
        inner = line[:, AROUND:-AROUND]
        top = max(float(inner.max()), -float(inner.min()))
        with np.errstate(over="ignore"):
            power = float(np.square(inner[:, ::SOME]).mean(dtype=np.float64))  # vdot would wake threads
        if top == 0 or inf > power > (top * 10 ** (-CREST / 20)) ** 2:
            return
        level = np.abs(line).max(0)
        for _ in range(MOST):
            at = AROUND + int(level[AROUND:-AROUND].argmax())
            if not _alone(level, at):
                break
            value = float(line[np.abs(line[:, at]).argmax(), at])
            self._found.append(Wild(value, (self._at + at) / self._rate))
            level[at - WIDE : at + WIDE + 1] = 0
        self._found = sorted(self._found, key=lambda one: -abs(one.value))[:MOST]


def unheard(
    steps: Power, found: Sequence[Wild], loudness: Callable[[Power], float]
) -> tuple[NDArray[np.bool_], list[Wild]]:
    """Which steps to keep so that no wild sample of those found adds to the loudness; and those that did."""
    kept, loud, heard = np.ones(len(steps), bool), loudness(steps), list[Wild]()
    for one in found:
        rest, at = kept.copy(), int(one.seconds / gating.STEP)
        rest[max(0, at - BEFORE) : at + AFTER] = False
        softer = loudness(steps[rest])
        if not -inf < softer < loud - WEIGHS:
            break
        kept, loud = rest, softer
        heard.append(one)
    return kept, heard


def told(found: Sequence[Wild]) -> str:
    """A note on wild samples that are left out of a loudness; empty for none."""
    more = f" and {len(found) - 1} more" if found[1:] else ""
    return (
        f"has {found[0]}{more}, left out of its loudness: cut that place, or put a limiter before"
        if found
        else ""
    )


def highest(sound: Stream, known: Sequence[Wild] = ()) -> tuple[Wild | None, float]:
    """The highest sample besides the known ones, or None if it is not wild; and its level in dB."""
    places = [round(one.seconds * sound.rate) for one in known]
    top, best, wild = 0.0, 0, False
    for first, x in _parts(sound):
        level = np.abs(x).max(0)
        for place in places:
            level[max(0, place - WIDE - first) : max(0, place + WIDE + 1 - first)] = 0
        at = int(level.argmax())
        if level[at] > top:
            top, best, wild = float(level[at]), first + at, _alone(level, at)
            value = float(x[np.abs(x[:, at]).argmax(), at])
    if not top:
        return None, -inf
    return Wild(value, best / sound.rate) if wild else None, 20 * log10(top)


def _alone(level: Audio, at: int) -> bool:
    """Whether the samples around have a small part of the energy of this one and those right beside it."""
    near = slice(max(0, at - AROUND), at + AROUND + 1)
    energy = level.astype(np.float64) ** 2
    peak = energy[max(0, at - WIDE) : at + WIDE + 1].sum()
    return bool(peak > ALONE * (energy[near].sum() - peak))


def _parts(sound: Stream) -> Iterator[tuple[int, Audio]]:
    """What sounds, each part with its first frame."""
    at, reader = 0, sound.open()
    span: Span
    for span in sound.spans:
        reader.skip(span[0] - at)
        at = span[0]
        for x in reader.sound(span[1] - span[0]):
            yield at, x
            at += x.shape[1]
