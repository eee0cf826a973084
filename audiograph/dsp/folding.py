"""Fewer channels from many: stereo and mono by ITU-R BS.775, and mono from two sides of opposite polarity.

The coefficients of BS.775 are used as they are: what was in the centre stays
equally loud, and only loud sound from all sides may exceed full scale, which a
mix turns down like any other sum. Mono is the mean of left and right.

Where left and right are each other's inverse, as after a wrongly wired cable or
a careless "widener", their mean is silence. `Polarity` finds that out, and tells
how to make mono from such sides.

Reference: Recommendation ITU-R BS.775-4, annex 4, table 2; positions that it does not
have follow FFmpeg's libswresample, rematrix.c, at the level of the surrounds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.speakers import speakers
from audiograph.sound import Audio

HALF = sqrt(0.5)  # -3 dB
SIDES = {  # the gains of each speaker to left and right; the LFE is left out
    "FL": (1, 0), "FR": (0, 1), "FC": (HALF, HALF), "LFE": (0, 0), "BL": (HALF, 0), "BR": (0, HALF),
    "FLC": (1, 0), "FRC": (0, 1), "BC": (0.5, 0.5), "SL": (HALF, 0), "SR": (0, HALF), "TC": (0.5, 0.5),
    "TFL": (HALF, 0), "TFC": (0.5, 0.5), "TFR": (0, HALF), "TBL": (HALF, 0), "TBC": (0.5, 0.5),
    "TBR": (0, HALF),
}  # fmt: skip
WINDOWS = 10  # a second, in which polarity is looked at
EVERY = 8  # only one frame in so many is looked at, which tells as much
LISTEN = 120  # seconds of a sound that are heard before it plays as mono
OPPOSITE = -0.9  # the correlation below which sides are of opposite polarity,
LOSS = 4.0  # if their sum has so much less power than their difference: 6 dB
SOME = 0.02  # the least part of all energy that is worth keeping
TINY = 1e-30

Gains = NDArray[np.float32]  # (outputs, inputs)


def to_stereo(mask: int) -> Gains:
    """From the speakers of a mask to left and right. A lone centre goes to both at full level."""
    names = speakers(mask)
    rows = [(1, 1)] if names == ["FC"] else [SIDES[name] for name in names]
    return np.array(rows, np.float32).T


def to_mono(mask: int, sides: Sequence[float] = (0.5, 0.5)) -> Gains:
    """From the speakers of a mask to one channel, with these gains of left and right."""
    return np.array([sides], np.float32) @ to_stereo(mask)


def folded(x: Audio, gains: Gains) -> Audio:
    """A new array, each channel a sum of input channels, in the same bits for any length of x."""
    y = np.zeros((len(gains), x.shape[1]), np.float32)
    for row, out in zip(gains, y, strict=True):
        for gain, channel in zip(row, x, strict=True):
            if gain:
                out += gain * channel
    return y


class Verdict(NamedTuple):
    """How to make mono from two sides."""

    sides: tuple[float, float] = (0.5, 0.5)  # gains of left and right
    found: str = ""  # what is unusual about them; empty for the plain mean
    done: str = ""  # what is done about it

    @property
    def why(self) -> str:
        """All of it, in words; empty for the plain mean."""
        return f"{self.found}: for mono {self.done}" if self.found else ""


class Polarity:
    """Whether left and right are each other's inverse. It hears stereo sound."""

    def __init__(self, rate: int) -> None:
        self._size = max(1, rate // WINDOWS // EVERY)  # looked at in a window
        self._powers: list[NDArray[np.float64]] = []  # rows of LL, RR, LR, one for each window
        self._rest = np.zeros((2, 0), np.float32)  # looked at in a window that is not complete
        self._skip = 0  # frames until the next that is looked at

    def write(self, x: Audio) -> None:
        """Hear the next frames, of shape (2, frames)."""
        looked = np.concatenate([self._rest, x[:, self._skip :: EVERY]], axis=1)
        self._skip = (self._skip - x.shape[1]) % EVERY
        whole = looked.shape[1] // self._size * self._size
        self._rest = looked[:, whole:].copy()
        left, right = looked[:, :whole].reshape(2, -1, self._size)
        pairs = (left, left), (right, right), (left, right)
        self._powers.append(np.stack([(a * b).sum(axis=1).astype(np.float64) for a, b in pairs], axis=1))

    def _heard(self) -> tuple[NDArray[np.float64], float, float]:
        """The powers of all windows, and which part of all energy their sum and their difference lose."""
        left, right = self._rest
        last = np.array([[left @ left, right @ right, left @ right]], np.float64)
        powers = np.concatenate([*self._powers, last])
        left, right, both = powers.T
        energy = left + right
        lost = [float(energy[_opposite(left, right, sign * both)].sum()) for sign in (1, -1)]
        total = max(float(energy.sum()), TINY)
        return powers, lost[0] / total, lost[1] / total

    def verdict(self) -> Verdict:
        """What to do with all that was heard.

        Sides of opposite polarity: half of their difference. Partly so, partly
        alike, as where takes were joined: the louder side alone.
        """
        powers, in_sum, in_difference = self._heard()
        if in_sum < SOME:
            return Verdict()
        left, right, both = powers.sum(0)
        found = f"left and right are of opposite polarity (correlation {both / sqrt(left * right):.2f})"
        if in_difference < SOME:
            return Verdict((0.5, -0.5), found, "the right one is inverted")
        side, sides = ("left", (1.0, 0.0)) if left >= right else ("right", (0.0, 1.0))
        return Verdict(sides, f"{found} in {in_sum:.0%} of the sound", f"the {side} one is taken alone")

    def lost(self, used: Verdict) -> float:
        """Which part of the energy that was heard is lost where mono is made by this verdict, 0 to 1."""
        _, in_sum, in_difference = self._heard()
        left, right = used.sides
        return 0.0 if not left * right else in_sum if left * right > 0 else in_difference


def watched(
    parts: Iterable[Audio], rate: int, to_stereo: Gains, used: Verdict, note: Callable[[str], None]
) -> Iterator[Audio]:
    """The parts as they are; at their end `note` is told if mono, made as it is, loses some of them."""
    polarity = Polarity(rate)
    try:
        for x in parts:
            polarity.write(x if len(to_stereo[0]) == 2 else folded(x, to_stereo))
            yield x
    finally:  # a reader stops at the last frame that it needs
        if (lost := polarity.lost(used)) >= SOME:
            what = "of opposite polarity" if used.sides == Verdict().sides else "alike"
            note(f"left and right are {what} in {lost:.0%} of the sound, which mono loses")


def _opposite(left: Any, right: Any, both: Any) -> Any:
    """Whether sides with these powers, and this power in common, are of opposite polarity."""
    opposite = both < OPPOSITE * np.sqrt(left * right)
    return opposite & (left + right - 2 * both > LOSS * (left + right + 2 * both))
