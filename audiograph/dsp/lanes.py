"""Sixteen doubles as one value in a kernel, and six operations on it.

What is here is the plain Python of them. lanes_machine tells numba the same as
LLVM vectors, which LLVM cuts to what the machine has: two registers with
AVX-512, four with AVX2, eight with NEON.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import operation

Lanes = NDArray[np.float64]  # (LANES,)

LANES = 16
_machine = operation("audiograph.dsp.lanes_machine")


@_machine
def load(row: Lanes) -> Lanes:
    """The numbers of a contiguous row."""
    return row.copy()


@_machine
def store(row: Lanes, value: Lanes) -> None:
    """Write the lanes into a contiguous row."""
    row[:] = value


@_machine
def fma(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """a * b + c, in machine code rounded once."""
    return a * b + c


@_machine
def mul(a: Lanes, b: Lanes) -> Lanes:
    """a * b."""
    return a * b


@_machine
def push(value: Lanes, first: float, second: float) -> Lanes:
    """All lanes two up, first and second below them; the two at the top are lost."""
    return np.array([first, second, *value[:-2]])


@_machine
def pick(value: Lanes, lane: int) -> float:
    """One of the lanes."""
    return float(value[lane])


@_machine
def between(low: int, high: int, inside: Lanes, outside: Lanes) -> Lanes:
    """Lanes low..high - 1 of inside, the others of outside."""
    places = np.arange(LANES)
    return np.where((places >= low) & (places < high), inside, outside)
