"""The least work a node must do per frame, stereo, or mono where its case says so.

Bytes: each input is read once and each output written once, as float32. Operations
are those of the formulas, not of the loops, in the precision of the node; a
multiply-add counts as two. Steps are the dependent multiply-adds of the longest
recursion from frame to frame, with the maxima between them; channels and
independent recursions run side by side. Logarithm and power are the polynomials of
`dsp/decibels` (17 and 16 operations). Nodes that only pass on their input are left out.
"""

from typing import NamedTuple

LOG2, EXP2 = 17, 16


class Work(NamedTuple):
    """The work of one frame."""

    bytes: int
    single: int  # float32 operations, and those of whole numbers
    double: int  # float64
    steps: int
    choices: int
    why: str


def _sections(count: int, outputs: int = 1) -> Work:
    why = f"9 operations for each section and channel ({count} x 2); y needs y of the frame before"
    return Work(8 + 8 * outputs, 0, 18 * count, 1, 0, why)


WORKS = {
    "gain": Work(16, 2, 0, 0, 0, "a product a channel"),
    "eq, 1 band": _sections(1),
    "eq, 2 bands": _sections(2),
    "eq, 5 bands": _sections(5),
    "filter, order 1": Work(16, 0, 10, 1, 0, "one zero, one pole"),
    "filter, order 2": _sections(1),
    "crossover, 2 bands": _sections(4, 2),
    "compressor, peak": Work(
        16, 3 + LOG2 + 8 + EXP2 + 2 + 2, 7, 1, 1, "power, log2, curve, exp2, product; the larger of two means"
    ),
    "compressor, rms": Work(
        16, 3 + LOG2 + 8 + EXP2 + 2 + 2, 10, 1, 1, "the same, and a mean before it, side by side"
    ),
    "gate": Work(16, 3 + LOG2 + 6 + EXP2 + 1 + 2, 10, 1, 1, "power, log2, line, exp2, product; two means"),
    "limiter": Work(
        16, 4 + 1 + 8 + 2, 9, 1, 1, "lowest of 221 frames in 8 steps, mean of as many; the release"
    ),
    "limiter, true peak": Work(
        16, 2 * 92 + 4 + 1 + 8 + 2, 9, 1, 1, "the same, and 92 operations a channel between samples"
    ),
    "limiter, true peak, music": Work(
        16, 6 + 2 * 6, 0, 0, 0, "sound that stays below: how high it can come, a copy"
    ),
    "duck": Work(24, 3 + 5 + EXP2 + 2, 7, 1, 1, "two inputs; power, mean, way, smoothstep, exp2, product"),
    "duck, 8 bands": Work(
        24,
        0,
        8 * 2 * (12 + 8) + 20,
        1,
        0,
        "each band: twice a band-pass and a square of the key, one of the sound",
    ),
    "deesser": Work(
        16,
        4 + 2 * LOG2 + 6 + EXP2 + 1 + 4,
        2 * 22 + 15,
        1,
        1,
        "three filters a channel; means, loudest, curve",
    ),
    "repair": Work(16, 8, 8, 1, 0, "jumps are looked for; a mean is taken off"),
    "fade, at work": Work(16, 4 + 2, 0, 0, 0, "a line of the table, a product a channel"),
    "fade, between": Work(16, 0, 0, 0, 0, "a copy"),
    "envelope": Work(16, EXP2 + 2, 3, 0, 0, "a line, exp2, a product a channel"),
    "pan": Work(16, 4, 0, 0, 0, "the side it leaves is folded onto the other"),
    "width": Work(16, 6, 0, 0, 0, "a matrix of two by two"),
    "sum of 2": Work(24, 6, 0, 0, 0, "two inputs, a multiply-add each; less the first sum"),
    "tone": Work(4, 0, 20, 0, 0, "mono; a sine is a polynomial of some ten terms"),
    "noise, white": Work(4, 14, 2, 0, 0, "mono; two hashes of seven operations, to a number"),
    "noise, pink": Work(4, 14, 30, 1, 0, "mono; seven one-poles side by side, of two multiply-adds"),
    "loudness, true peak": Work(
        8,
        2 * 92,
        46,
        1,
        0,
        "zeros and poles of K-weighting, squares, sums; 92 operations a channel between samples",
    ),
    "the same of music": Work(8, 2, 46, 1, 0, "the same, where no peak can be the highest"),
}
