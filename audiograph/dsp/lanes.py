"""Vectors of sixteen or four doubles in kernels, and their operations.

This module is their plain Python. `lanes_machine` gives numba the same operations
on LLVM vectors, which LLVM splits into the registers of the machine: sixteen doubles
are two with AVX-512, four with AVX2, eight with NEON; four are one with either AVX.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import operation

Lanes = NDArray[np.float64]  # (LANES,) or (FOUR,)
Samples = NDArray[np.float32]  # (frames,)

LANES = 16
FOUR = 4
_LINE = 8  # doubles in a cache line
_machine = operation("audiograph.dsp.lanes_machine")


def fours(*shape: int) -> Lanes:
    """Zeros of shape (*shape, FOUR). No row crosses a cache line: up to twice as fast to load and store."""
    size = int(np.prod(shape)) * FOUR
    spare = np.zeros(size + _LINE)
    first = -(spare.ctypes.data // spare.itemsize) % _LINE
    return spare[first : first + size].reshape(*shape, FOUR)


@_machine
def load(row: Lanes) -> Lanes:
    """The sixteen numbers of a contiguous row."""
    return row.copy()


@_machine
def load_four(row: Lanes) -> Lanes:
    """The four numbers of a contiguous row."""
    return row.copy()


@_machine
def store(row: Lanes, value: Lanes) -> None:
    """Write the lanes into a contiguous row."""
    row[:] = value


@_machine
def mul(a: Lanes, b: Lanes) -> Lanes:
    """a * b."""
    return a * b


@_machine
def fma(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """a * b + c; in machine code it is rounded once."""
    return a * b + c


@_machine
def fused(a: float, b: float, c: float) -> float:
    """`fma` of three numbers, with the same bits."""
    return a * b + c


@_machine
def joined(one: Lanes, other: Lanes) -> Lanes:
    """Four lanes: the upper two of `one`, then the lower two of `other`."""
    return np.concatenate([one[2:], other[:2]])


@_machine
def two_frames(left: Samples, right: Samples, n: int) -> Lanes:
    """Frames 2 n and 2 n + 1 as left, right, left, right."""
    return np.array([left[2 * n], right[2 * n], left[2 * n + 1], right[2 * n + 1]], np.float64)


@_machine
def put_two_frames(left: Samples, right: Samples, n: int, value: Lanes) -> None:
    """Write frames 2 n and 2 n + 1, given as left, right, left, right."""
    left[2 * n : 2 * n + 2], right[2 * n : 2 * n + 2] = value[::2], value[1::2]
