# mypy: allow-untyped-defs, allow-untyped-calls
"""log2 and 2**x for sound levels, in float32 arithmetic that a compiler can vectorize.

A float32 is 2**exponent times a mantissa. With the mantissa scaled to
0.707..1.414, log2 is the exponent plus a polynomial that is exact at 1. 2**x is a
polynomial on -0.5..0.5, with the integer part of x added to the exponent.
No table, no branch, no call. Polynomials: least squares, reweighted to minimax.

Levels inside kernels are in doublings of amplitude: one is 6.02 dB.
"""

import math

import numpy as np

from audiograph.kernel import inlined

DOUBLING = 20 * math.log10(2)  # decibels
SQRT_HALF = np.int32(0x3F3504F3)  # the bits of sqrt(0.5) as a float32
P0, P1, P2, P3, P4, P5, P6 = np.array(
    [1.4426997, -0.72137582, 0.48046622, -0.35896325, 0.29725078, -0.27268621, 0.17065682], np.float32
)
Q0, Q1, Q2, Q3, Q4, Q5 = np.array(
    [1, 0.69314694, 0.24022120, 0.055507135, 0.0096755410, 0.0013276467], np.float32
)


@inlined
def log2(x):
    """log2 of a normal, positive float32: within 5e-7 and one rounding, so 0.000004 dB at 0 dB."""
    bits = np.float32(x).view(np.int32)
    whole = np.int32(bits - SQRT_HALF) >> np.int32(23)  # without int32(): 64 bits, half as many a vector
    u = np.int32(bits - (whole << np.int32(23))).view(np.float32) - np.float32(1)
    return np.float32(whole) + u * (P0 + u * (P1 + u * (P2 + u * (P3 + u * (P4 + u * (P5 + u * P6))))))


@inlined
def exp2(x):
    """2**x of a float32 in -126..127: relative error below 2e-7, or 0.000002 dB; exactly 1 for x = 0."""
    whole = np.rint(np.float32(x))
    u = np.float32(x) - whole
    part = Q0 + u * (Q1 + u * (Q2 + u * (Q3 + u * (Q4 + u * Q5))))
    return np.int32(np.float32(part).view(np.int32) + (np.int32(whole) << np.int32(23))).view(np.float32)


def amplitude(decibels: float) -> float:
    """A gain in dB as a factor."""
    return float(10 ** (decibels / 20))
