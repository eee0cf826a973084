"""Levels relative to a loudness: effects that hear a sound first, to know what a threshold in LU is for it.

The loudness is that of the loudest channel by ITU-R BS.1770-5, so a voice on both
sides is as loud as on one. Its first gate is 70 LU below the loudest 400 ms, not at
-70 LUFS: a sound 40 dB softer is heard in the same way. Whether a sound ever reaches a
threshold is no matter of loudness: that is told by the detector itself, for which a bass
is as high as its samples are. Wild samples are left out of the loudness: a voice with one
would be as silence beside it.
"""

from collections.abc import Callable
from math import inf, log10
from typing import Any, NamedTuple

import numpy as np

from audiograph.dsp.detector import (
    AVERAGING,
    FORGETTING,
    HIGHEST,
    OFFSET_TIME,
    STRIDE,
    loudest,
    loudest_at_rest,
    loudest_coefs,
)
from audiograph.language.quantity import Relative, shown
from audiograph.measuring import gating, wild
from audiograph.measuring.meter import PowerMeter
from audiograph.node import Effect, Find, Setup
from audiograph.sound import Audio, Sound

NEVER, ALWAYS = 100.0, -150.0  # dB; thresholds that nothing reaches, and that all is above
DOUBT = 1.0  # dB; a sound that comes so near to a threshold may reach it
USUAL = -20.0  # LUFS; the loudness that the example of the coefs is made for


class Heard(NamedTuple):
    """The levels of a sound in dB, of its loudest channel; -inf for silence."""

    loudness: float  # LUFS
    highest: float  # highest mean over about 10 ms, without weighting and offset, as gate and duck have it
    wild: str = ""  # a wild sample that is left out of its loudness, in words


class KeyLevel:
    """Measures the levels that a threshold is compared with. It is a `node.Listener`."""

    def __init__(self, sound: Sound) -> None:
        self._meters = [PowerMeter(sound.rate, 1) for _ in range(sound.channels)]
        self._coefs, self._state = loudest_coefs(sound.rate), loudest_at_rest(sound.channels)
        self._search = wild.Search(sound.rate, sound.channels)
        self._rest = np.zeros((sound.channels, 0), np.float32)  # frames that do not fill up a STRIDE
        self._forgotten = round(FORGETTING * (AVERAGING + OFFSET_TIME) * sound.rate)  # frames

    def write(self, x: Audio) -> None:
        """Hear the next frames, of shape (channels, frames)."""
        for channel, meter in enumerate(self._meters):
            meter.write(x[channel : channel + 1])
        self._hear(x)
        self._search.write(x)

    def silence(self, frames: int) -> None:
        """Hear so many frames of silence."""
        self._hear(np.zeros((len(self._meters), min(frames, self._forgotten)), np.float32))  # an offset ends
        self._search.silence(frames)
        for meter in self._meters:
            meter.silence(frames)

    def found(self) -> Heard:
        """The levels of all it heard."""
        for meter in self._meters:
            meter.silence(meter.rate // 100)  # so that the last step is whole
        steps = np.max([meter.power() for meter in self._meters], axis=0).clip(max=HIGHEST)
        self._hear(np.zeros((len(self._meters), STRIDE), np.float32))
        top = float(self._state.top[0])
        kept, unheard = wild.unheard(steps, self._search.found(), gating.level)
        return Heard(gating.level(steps[kept]), 10 * log10(top) if top > 0 else -inf, wild.told(unheard))

    def _hear(self, x: Audio) -> None:
        if self._rest.shape[1]:
            x = np.concatenate([self._rest, x], axis=1)
        self._rest = x[:, x.shape[1] // STRIDE * STRIDE :].copy()
        loudest(x, self._coefs, self._state)


def comparing(
    setup: Setup,
    effect: Effect,
    port: int,
    threshold: float,
    coefs: Callable[[float], Any],
    never: str = "",
    *,
    keeps: bool = False,
) -> Effect:
    """The effect, made to compare its input number `port` with a threshold.

    `coefs(level)` are its coefs for a threshold in dB. A `Relative` threshold is
    measured from the loudness of that input. With `never`, a note that ends so
    says that the input never reaches the threshold. With `keeps`, an input that has
    no loudness, and is its own key, counts as above every threshold, not below it.
    """
    own = port == 0 or setup.inputs[port] is setup.inputs[0]
    name = "its input" if own else "its key"
    relative = isinstance(threshold, Relative)

    def found(heard: Heard) -> Any:
        setup.note(f"{name} {heard.wild}") if relative and heard.wild else None
        if relative and heard.loudness == -inf and setup.inputs[port].frames is None:
            return coefs(USUAL + threshold)  # it may begin after what was heard of it
        if relative and heard.loudness == -inf:
            what = "is silent" if heard.highest == -inf else "has nothing above -70 LUFS"
            so = "is left as it is" if keeps and own else never
            setup.note(f"{name} {what}: it {so}") if never else None
            return coefs(ALWAYS if keeps and own else NEVER)
        level = heard.loudness + threshold if relative else float(threshold)
        if never and heard.highest < level - DOUBT:
            top, at = shown(round(heard.highest, 1), "dB"), shown(round(level, 1), "dB")
            asked = f"{threshold} over its loudness, which is {at}" if relative else shown(threshold, "dB")
            setup.note(f"{name} never reaches {asked}: its loudest 10 ms have {top}. It {never}")
        return coefs(level)

    level = USUAL + threshold if relative else float(threshold)
    if not never and not relative:
        return effect._replace(coefs=coefs(level))
    return effect._replace(coefs=coefs(level), find=Find(port, KeyLevel, found))
