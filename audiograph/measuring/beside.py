"""The margin in LU of one sound over another, as both are heard in one mix."""

from audiograph.measuring.gating import Power, margin
from audiograph.measuring.meter import Meter

BOTH_SIDES = 2  # factor of the power of a mono sound beside a wider one, as it sounds on both sides


def over(one: Meter, other: Meter) -> float | None:
    """LU that `one` is over `other`, up to the end of the shorter; None if they never sound together.

    A mono sound beside a wider one counts as it is heard, on both sides, which is
    3 LU more than it measures alone.
    """
    wide = max(one.channels, other.channels) > 1
    a, b = _heard(one, wide), _heard(other, wide)
    some = min(len(a), len(b))
    return margin(a[:some], b[:some])


def _heard(meter: Meter, wide: bool) -> Power:
    return meter.power() * (BOTH_SIDES if wide and meter.channels == 1 else 1)
