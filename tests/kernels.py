"""Kernels for tests of kernels; in a module, as kernels must be."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined, kernel

FACTOR, TABLE = 2.0, np.array([1.0, 2.0])


class Factor(NamedTuple):
    k: float


class Inner(NamedTuple):
    z: NDArray[np.float64]
    n: int


class Every(NamedTuple):
    a: float
    b: int
    inner: Inner
    yes: bool
    pair: tuple[int, float]
    none: tuple[()]
    single: np.float32
    small: np.int32


class Strided(NamedTuple):
    odd: NDArray[np.float64]


class Times(NamedTuple):
    times: int


def unmarked(v):
    return v


@inlined
def deeper(v):
    return v * FACTOR


@inlined
def helper(v, more=1.0):
    return deeper(v) + more


@kernel
def plain(x, y, c, s):
    for ch in range(x.shape[0]):
        for n in range(x.shape[1]):
            y[ch, n] = helper(x[ch, n]) * c.k + TABLE[1]


@kernel
def every_argument(x, y, c, s):
    y[0, 0] = c.a + c.b + c.inner.z[2] + c.inner.n + (10 if c.yes else 20) + c.pair[1] + s.odd[1]
    y[0, 1] = c.single * np.float32(2) + c.small + x[0, 0]


@kernel
def views(x, y, c, s):
    bits = x.view(np.int32)
    for n in range(x.shape[1]):
        y[0, n] = bits[0, n] & 1


@kernel
def works_long(x, y, c, s):
    total = 0.0
    for _ in range(c.times):
        for n in range(x.shape[1]):
            total = np.sin(total + x[0, n])
    y[0, 0] = total


@kernel
def raises(x, y, c, s):
    if x[0, 0] > 5:
        raise ValueError("too loud")
    y[0, 0] = 1


@kernel
def allocates(x, y, c, s):
    held = np.empty(x.shape[1])
    held[3] = x[0, 0]
    y[0, 0] = held[int(x[1, 1]) + 3]


@kernel
def calls_unmarked(x, y, c, s):
    y[0, 0] = unmarked(x[0, 0])


def sound(frames: int = 64) -> Any:
    return np.linspace(-1, 1, 2 * frames, dtype=np.float32).reshape(2, frames)


def pair() -> Any:
    return sound(), np.zeros((2, 64), np.float32)
