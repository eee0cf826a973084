"""Tone: steady sine, square, saw and triangle waves.

At phase zero a sine, a saw and a triangle rise through 0, and a square jumps up.
The phase is a whole number of 2^-64 turns, computed from the number of the frame:
it never drifts, and any frame can be computed without those before it.

Reference: V. Välimäki, J. Pekonen, J. Nam, "Perceptually informed synthesis of
bandlimited classical waveforms using integrated polynomial interpolation",
JASA 131(1), 2012: jumps and corners rounded over two frames (polyBLEP, and its
integral), which removes most of the aliasing.
"""

from collections.abc import Callable, Iterator
from math import pi

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import CHUNK, ENDLESS, Audio, Stream
from audiograph.units import choice, db, hz, seconds

Floats = NDArray[np.float64]

TURN = 2**64


def _sine(turns: Floats, step: float) -> Floats:  # noqa: ARG001
    return np.sin(2 * pi * turns)


def _saw(turns: Floats, step: float) -> Floats:
    """Rises from 0, and drops at half a turn."""
    past = _past(turns, 0.5)
    return 2 * past - np.copysign(1, past) - 2 * _jump(past / step)


def _square(turns: Floats, step: float) -> Floats:
    """1 for half a turn, then -1."""
    up, down = _past(turns, 0), _past(turns, 0.5)
    return np.copysign(1, up) + 2 * _jump(up / step) - 2 * _jump(down / step)


def _triangle(turns: Floats, step: float) -> Floats:
    """Rises from 0, and falls from a quarter of a turn on."""
    top, bottom = _past(turns, 0.25), _past(turns, 0.75)
    return np.asarray(1 - 4 * np.abs(top) + 8 * step * (_corner(bottom / step) - _corner(top / step)))


def _past(turns: Floats, place: float) -> Floats:
    """How far past a place in the turn each phase is, from -0.5 to 0.5."""
    past = turns - place + 0.5
    return np.asarray(past - np.floor(past) - 0.5)


def _jump(frames: Floats) -> Floats:
    """The correction that rounds a jump of 1 that was `frames` ago."""
    near = np.maximum(1 - np.abs(frames), 0)
    return np.asarray(np.copysign(near * near, -frames) / 2)


def _corner(frames: Floats) -> Floats:
    """The correction that rounds a corner, at which the slope changes by 1 per frame."""
    near = np.maximum(1 - np.abs(frames), 0)
    return np.asarray(near * near * near / 6)


SHAPES: dict[str, Callable[[Floats, float], Floats]] = {
    "sine": _sine,
    "square": _square,
    "saw": _saw,
    "triangle": _triangle,
}


@timeline(inputs=())
def tone(
    setup: Setup,
    shape: str = choice(*SHAPES, help="shape of the wave"),
    freq: float = hz(1000, 0.1, 90_000, "frequency, below half the sample rate"),
    level: float = db(-12, -120, 0, "peak level; 0 dB is full scale"),
    length: float | None = seconds(None, 0, 86_400, "how long it sounds; endless if left out"),
) -> Stream:
    """Makes a steady tone, for tests and signals. It is mono and begins at phase zero."""
    if freq >= setup.rate / 2:
        raise NodeError(f"freq: {freq:g} Hz is not below half the sample rate, {setup.rate / 2:g} Hz")
    frames = None if length is None else setup.frames(length)
    step, peak, wave = freq / setup.rate, amplitude(level), SHAPES[shape]

    def chunks(first: int) -> Iterator[Audio]:
        for at in range(first, ENDLESS if frames is None else frames, CHUNK):
            yield (peak * wave(_turns(step, at), step)).astype(np.float32)[None]

    return Stream(setup.rate, 1, frames, chunks=chunks)


def _turns(step: float, at: int) -> Floats:
    """The phases of the CHUNK frames from `at` on, in turns from 0 to 1."""
    whole = np.arange(at, at + CHUNK, dtype=np.uint64) * np.uint64(round(step * TURN))  # wraps, as phases do
    return (whole >> np.uint64(11)).astype(np.float64) * 2.0**-53
