"""Levels relative to a loudness: effects that hear a sound first, to know what a threshold in LU is for it.

The loudness is that of the loudest channel by ITU-R BS.1770-5, so a voice on both
sides is as loud as on one. Its first gate is 70 LU below the loudest 400 ms, not at
-70 LUFS: a sound 40 dB softer is heard in the same way.
"""

from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple

import numpy as np

from audiograph.language.quantity import Relative, shown
from audiograph.measuring import gating
from audiograph.measuring.meter import Meter
from audiograph.node import Effect, Find, Setup
from audiograph.sound import Audio, Sound

NEVER = 100.0  # dB; a threshold that silence does not reach
USUAL = -20.0  # LUFS; the loudness that the example of the coefs is made for


class Heard(NamedTuple):
    """The levels of a sound in dB, of its loudest channel; -inf for silence."""

    loudness: float  # LUFS
    highest: float  # of its loudest 10 ms


class KeyLevel:
    """Measures the levels that a threshold is compared with. It is a `node.Listener`."""

    def __init__(self, sound: Sound) -> None:
        self._meters = [Meter(sound.rate, 1) for _ in range(sound.channels)]

    def write(self, x: Audio) -> None:
        """Hear the next frames, of shape (channels, frames)."""
        for channel, meter in enumerate(self._meters):
            meter.write(x[channel : channel + 1])

    def silence(self, frames: int) -> None:
        """Hear so many frames of silence."""
        for meter in self._meters:
            meter.silence(frames)

    def found(self) -> Heard:
        """The levels of all it heard."""
        for meter in self._meters:
            meter.silence(meter.rate // 100)  # so that the last step is whole
        steps = np.max([meter.power() for meter in self._meters], axis=0)
        return Heard(gating.level(steps), gating.loudness(float(steps.max(initial=0.0))))


def comparing(
    setup: Setup,
    effect: Effect,
    port: int,
    threshold: float,
    coefs: Callable[[float], Any],
    never: str = "",
) -> Effect:
    """The effect, made to compare its input number `port` with a threshold.

    `coefs(level)` are its coefs for a threshold in dB. A `Relative` threshold is
    measured from the loudness of that input. With `never`, a note that ends so
    says that the input never reaches the threshold.
    """
    name = "its input" if port == 0 or setup.inputs[port] is setup.inputs[0] else "its key"

    def found(heard: Heard) -> Any:
        relative = isinstance(threshold, Relative)
        if relative and heard.loudness == -inf:
            setup.note(f"{name} is silent, or below -70 LUFS: it {never}") if never else None
            return coefs(NEVER)
        level = heard.loudness + threshold if relative else float(threshold)
        if never and heard.highest < level - 3:
            top = shown(round(heard.highest, 1), "dB")
            at = str(threshold) if relative else shown(threshold, "dB")
            setup.note(f"{name} never reaches {at}: its loudest 10 ms have {top}. It {never}")
        return coefs(level)

    level = USUAL + threshold if isinstance(threshold, Relative) else float(threshold)
    if not never and not isinstance(threshold, Relative):
        return effect._replace(coefs=coefs(level))
    return effect._replace(coefs=coefs(level), find=Find(port, KeyLevel, found))
