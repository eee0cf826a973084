# mypy: allow-untyped-defs, allow-untyped-calls
"""Gains that may change during playback: each change is a straight ramp, so nothing clicks.

A ramp is a row of three numbers: the factor it goes to, its step per frame, and the
frames still to come. The factor of any frame follows from the frames that are left,
so no bit of it depends on block sizes.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined, kernel

Floats = NDArray[np.float64]

RAMP = 0.02  # seconds that a change takes


class MatrixCoefs(NamedTuple):
    """The gain from each input channel to each output channel."""

    gains: Floats  # (outputs, inputs)
    ramp: int  # frames that a change takes


class MatrixState(NamedTuple):
    """A ramp for each of the gains."""

    ramps: Floats  # (outputs, inputs, 3)


def at_rest(*shape: int) -> Floats:
    """Ramps that have arrived at zero, in an array of this shape."""
    return np.zeros((*shape, 3))


def matrix_state(gains: Floats) -> partial[MatrixState]:
    """A function that makes the state of `matrix`."""
    return partial(_arrived, gains)


def _arrived(gains: Floats) -> MatrixState:
    return MatrixState(arrived(gains))


def arrived(gains: Floats) -> Floats:
    """A ramp for each of the gains that has arrived at it."""
    ramps = at_rest(*gains.shape)
    ramps[..., 0] = gains
    return ramps


@inlined
def steer(ramp, goal, frames):
    """Send a ramp from where it is now to `goal`, in so many frames, unless that is its goal already."""
    if ramp[0] != goal:
        now = ramp[0] - ramp[1] * ramp[2]
        ramp[0], ramp[1], ramp[2] = goal, (goal - now) / frames, frames


@inlined
def amplify(x, y, ramp):
    """y = gain * x, for one channel."""
    moving, late = min(int(ramp[2]), x.shape[0]), ramp[2] - 1
    goal, step = ramp[0], ramp[1]
    a, b = x[:moving], y[:moving]
    for n in range(moving):
        b[n] = a[n] * np.float32(goal - step * (late - n))
    ramp[2] -= moving
    a, b, gain = x[moving:], y[moving:], np.float32(goal)
    for n in range(a.shape[0]):
        b[n] = a[n] * gain


@inlined
def add(x, y, ramp):
    """y += gain * x, for one channel."""
    moving, late = min(int(ramp[2]), x.shape[0]), ramp[2] - 1
    goal, step = ramp[0], ramp[1]
    a, b = x[:moving], y[:moving]
    for n in range(moving):
        b[n] += a[n] * np.float32(goal - step * (late - n))
    ramp[2] -= moving
    a, b, gain = x[moving:], y[moving:], np.float32(goal)
    for n in range(a.shape[0]):
        b[n] += a[n] * gain


@inlined
def silence(y):
    """y = 0, for one channel."""
    for n in range(y.shape[0]):
        y[n] = 0


@inlined
def is_silent(ramp):
    """Whether a ramp is at zero and stays there."""
    return ramp[0] == 0 and ramp[2] == 0


@inlined
def mixed(x, y, c, s):
    """Each output channel is a weighted sum of input channels; a lone gain of exactly 1 changes no bit."""
    for out in range(y.shape[0]):
        begun = False
        for ch in range(x.shape[0]):
            ramp = s.ramps[out, ch]
            steer(ramp, c.gains[out, ch], c.ramp)
            if is_silent(ramp):
                continue
            if begun:
                add(x[ch], y[out], ramp)
            else:
                amplify(x[ch], y[out], ramp)
            begun = True
        if not begun:
            silence(y[out])


@kernel
def matrix(x, y, c, s):
    """`mixed` as the kernel of an effect."""
    mixed(x, y, c, s)
