"""How many LU one sound is over another, as both are heard in one mix.

Counted is the time in which the one that leads sounds: a voice over its music, while
somebody speaks. It is found in blocks of 400 ms, which pass the gates of all of its
sound. The other one has its gates there, within that time: so it does not matter how
loud music is before and after a voice, or in its pauses. Both are then averaged over
the blocks that are left. The first gate is 70 LU below the loudest block, not at
-70 LUFS, so two sounds 40 dB softer give the same figure.

A mono sound beside a wider one counts as it is heard, on both sides, which is 3 LU
more than it measures alone.

Reference: Recommendation ITU-R BS.1770-5, annex 1: K-weighting, blocks and gates.
"""

from math import inf
from typing import Protocol

import numpy as np

from audiograph.measuring import gating
from audiograph.measuring.gating import BLOCK, HOP, SHORT, Power, loudness, sounding, whole_blocks, windows

BOTH_SIDES = 2  # factor of the power of a mono sound beside a wider one, as it sounds on both sides
PARTS = SHORT // HOP - BLOCK // HOP + 1  # blocks in 3 s


class Measured(Protocol):
    """What a `Meter` has measured."""

    @property
    def channels(self) -> int:
        """How many channels it has."""

    def power(self) -> Power:
        """The K-weighted mean square of each 10 ms."""


def over(one: Measured, other: Measured) -> float | None:
    """LU that `one` is over `other` while `one` sounds; None if they never sound together.

    The end of the longer one counts nothing.
    """
    return margin(*_heard(one, other))


def least_over(one: Measured, other: Measured) -> float | None:
    """The lowest of it in any 3 s in which `one` sounds, its pauses left out; all of it, if that is less."""
    return least_margin(*_heard(one, other))


def apart(one: Measured, other: Measured) -> float | None:
    """LU that all of `one` is over all of `other`, wherever they sound; None if one of them is silent."""
    a, b = map(gating.level, _heard(one, other))
    return a - b if min(a, b) > -inf else None


def margin(one: Power, other: Power) -> float | None:
    """As `over`, from the K-weighted mean squares of each 10 ms."""
    leads, follows = _together(one, other)
    return loudness(float(leads.mean())) - loudness(float(follows.mean())) if len(leads) else None


def least_margin(one: Power, other: Power) -> float | None:
    """As `least_over`, from the K-weighted mean squares of each 10 ms."""
    leads, follows = _together(one, other)
    if not len(leads):
        return None
    some = min(PARTS, len(leads))
    return float(10 * np.log10((windows(leads, some) / windows(follows, some)).min()))


def _heard(one: Measured, other: Measured) -> tuple[Power, Power]:
    wide = max(one.channels, other.channels) > 1
    leads, follows = (
        meter.power() * (BOTH_SIDES if wide and meter.channels == 1 else 1) for meter in (one, other)
    )
    return leads, follows


def _together(one: Power, other: Power) -> tuple[Power, Power]:
    """The blocks of both that count."""
    some = min(len(one), len(other))
    leads, follows = whole_blocks(one[:some]), whole_blocks(other[:some])
    sounds = sounding(leads)
    leads, follows = leads[sounds], follows[sounds]
    sounds = sounding(follows)
    return leads[sounds], follows[sounds]
