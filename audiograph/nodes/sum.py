# mypy: allow-untyped-defs, allow-untyped-calls
"""Sum: several sounds added to one."""

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.dsp.gains import RAMP, add, at_rest, steer
from audiograph.errors import NodeError
from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.sound import Sound
from audiograph.units import choice, db, moment, rows


class SumCoefs(NamedTuple):
    """For one input."""

    gain: float
    place: int  # index of the input, and of its ramps
    ramp: int  # frames that a change of gain takes


class SumState(NamedTuple):
    """A ramp for each channel of each input."""

    ramps: NDArray[np.float64]  # (inputs, channels, 3)


@kernel
def _add(x, y, c, s):
    for ch in range(y.shape[0]):
        ramp = s.ramps[c.place, ch]
        steer(ramp, c.gain, c.ramp)
        add(x[min(ch, x.shape[0] - 1)], y[ch], ramp)


@effect(inputs=("in*",))
def sum(
    setup: Setup,
    gains: tuple[dict[str, Any], ...] = rows(
        "gain of each input, in their order; left out, all stay as they are",
        gain=db(0, -120, 60, "0 dB leaves the input as it is"),
    ),
    length: str = choice("longest", "shortest", "first", help="which input decides where the sum ends"),
    until: float | None = moment("where the sum ends, however long its inputs are", None),
) -> Effect:
    """Adds sounds at their own levels: no scaling, and no jump in level where one of them ends.

    Mono is added to every channel of a wider sound. Endless sounds stop with the
    longest finite one.
    """
    counts = {sound.channels for sound in setup.inputs}
    if len(counts - {1}) > 1:
        given = " and ".join(map(str, sorted(counts - {1})))
        raise NodeError(f"cannot add {given} channels: make them alike with `use: channels`")
    if gains and len(gains) != len(setup.inputs):
        raise NodeError(f"has {len(gains)} gains for {len(setup.inputs)} inputs")
    factors = [amplitude(row["gain"]) for row in gains] or [1.0] * len(setup.inputs)
    coefs = tuple(SumCoefs(factor, place, setup.frames(RAMP)) for place, factor in enumerate(factors))
    channels = max(counts)
    ends = _end(setup.inputs, length) if until is None else setup.frames(until)
    if ends is not None and ends < 1:
        raise NodeError("ends before it begins")
    return Effect(_add, coefs, partial(_arrived, factors, channels), (channels,), memory=0, ends=ends)


def _arrived(factors: Iterable[float], channels: int) -> SumState:
    goals = np.array(list(factors))
    ramps = at_rest(len(goals), channels)
    ramps[:, :, 0] = goals[:, None]
    return SumState(ramps)


def _end(sounds: tuple[Sound, ...], length: str) -> int | None:
    if length == "longest":
        return None
    if length == "first":
        if sounds[0].frames is None and any(sound.frames is not None for sound in sounds):
            raise NodeError("cannot end with its first input, which never ends: give that a length")
        return sounds[0].frames
    return min((sound.frames for sound in sounds if sound.frames is not None), default=None)
