"""Balance: one sound a number of LU over or under another.

Both are measured before the first frame, and the whole sound gets one gain. Measured
is the time in which the one that is to be louder sounds: pauses of a voice, and music
before and after it, do not count. `expect: voice over music` measures the same. A
mono sound beside a stereo one is measured as it will be heard, on both sides.

Reference: Recommendation ITU-R BS.1770-5, annex 1: K-weighting, blocks and gates.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from audiograph.dsp.decibels import amplitude
from audiograph.dsp.detector import HIGHEST
from audiograph.errors import NodeError
from audiograph.language.quantity import shown
from audiograph.measuring import PowerMeter, beside, gating, wild
from audiograph.measuring.gating import Power
from audiograph.node import Setup, timeline
from audiograph.sound import Chunks, Stream
from audiograph.streams import spool
from audiograph.units import db, flag, lu


@timeline(inputs=("in", "key"))
def balance(
    setup: Setup,
    over: float = lu(8, -60, 60, "how much louder than the key it becomes; negative: softer"),
    most: float = db(30, 0, 60, "largest gain, up or down"),
    together: bool = flag(True, "compare them while both sound; false: all of each, wherever it sounds"),
) -> Stream:
    """Sets a sound to a number of LU over another, the key, by one constant gain.

    For a voice 8 LU over its music either the music is set 8 LU under the voice
    (`in: music, key: voice, over: -8 LU`) or the voice over the music. 6 to 10 LU
    is usual. Only the time in which the louder one sounds is measured, and where the
    two never sound together, all of each: `together: false, over: 0 LU` makes two
    speakers equally loud.
    """
    sound: Stream = setup.inputs[0]
    key: Stream = setup.inputs[1]
    for name, each in (("input", sound), ("key", key)):
        if each.frames is None:
            raise NodeError(f"must hear all of its {name} first, which never ends: give it a length")
    return spool.two_pass(sound, partial(_measured, setup, over, most, together))


def _measured(setup: Setup, over: float, most: float, together: bool) -> Chunks:
    """The input, times its gain."""
    sound, key = setup.inputs
    part = key.end / max(1, key.end + sound.end)  # share of the key in all that must be read
    ears, key_ears = (_Ears.of(each) for each in (sound, key))
    spool.hear(key, key_ears, lambda done: setup.progress(part * done))
    recorded = spool.record(sound, ears, lambda done: setup.progress(part + (1 - part) * done))
    one, other = _kept(setup, ears, key_ears)
    measured = _margin(one, other, over) if together else beside.apart(one, other)
    if measured is None:
        why = _soundless(one, "") or _soundless(other, "its key ")
        setup.note(f"{why}, so its level is left as it is")
        return recorded.chunks
    gain = over - measured
    if abs(gain) > most:
        asked, gain = gain, max(-most, min(most, gain))
        setup.note(f"needs {shown(round(asked, 1), 'dB')}, more than `most`: it gets {shown(gain, 'dB')}")
    return recorded.times(amplitude(gain))


class _Ears(NamedTuple):
    """Who hears a sound."""

    meter: PowerMeter
    search: wild.Search

    @classmethod
    def of(cls, sound: Stream) -> "_Ears":
        """Those for a sound."""
        return cls(PowerMeter(sound.rate, sound.channels), wild.Search(sound.rate, sound.channels))


class _Steps(NamedTuple):
    """The powers that count. It is `beside.Measured`."""

    channels: int
    steps: Power

    def power(self) -> Power:
        """The steps."""
        return self.steps


def _kept(setup: Setup, *heard: _Ears) -> list[_Steps]:
    """What counts of both sounds: not the time of a wild sample in either. A note names it."""
    for meter, _ in heard:
        if not meter.power().any():
            meter.silence(meter.rate // 100)  # so that one in the last 10 ms, or shorter, is in a step, too
    steps = [meter.power().clip(max=HIGHEST) for meter, _ in heard]
    kept = np.ones(max(map(len, steps)), bool)
    for powers, (_, search), name in zip(steps, heard, ("", "its key "), strict=True):
        keep, found = wild.unheard(powers, search.found(), gating.level)
        kept[: len(keep)] &= keep
        setup.note(name + wild.told(found)) if found else None
    return [
        _Steps(meter.channels, powers[kept[: len(powers)]])
        for powers, (meter, _) in zip(steps, heard, strict=True)
    ]


def _margin(one: _Steps, other: _Steps, over: float) -> float | None:
    """LU that `one` is over `other`; None if one of them is silent.

    The one that is to be louder says which time counts.
    """
    together = beside.over(one, other) if over >= 0 else beside.over(other, one)
    if together is None:
        return beside.apart(one, other)
    return together if over >= 0 else -together


def _soundless(meter: _Steps, name: str) -> str:
    """Why a sound has no loudness; "" if it has one."""
    if beside.apart(meter, meter) is not None:
        return ""
    return name + ("has nothing above -70 LUFS" if meter.power().any() else "is silent")
