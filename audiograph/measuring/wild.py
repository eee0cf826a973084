"""Wild samples: single wrong values, far above all that is around them, as a faulty conversion leaves them.

One such sample can be most of a sound's loudness, which would then be that of an error.
"""

from collections.abc import Iterator, Sequence
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
