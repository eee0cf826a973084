# mypy: allow-untyped-defs
"""Curves of fades: how a gain rises from 0 to 1, while time goes from 0 to 1.

A curve is a table of 1025 points joined by straight lines, in kernels and in numpy
alike. That is within 4e-5 of the formula (3e-7 for `equal_power`, 6e-7 for `sine`).
Only where a curve begins or ends vertically (`log`, `squ`, `cbr`, `par`) is the
steepest 64th of it coarser, which makes it click less.

Reference: FFmpeg, filter afade, libavfilter/af_afade.c, fade_gain(): names
(tri, qsin, hsin, ...) and formulas.
"""

from collections.abc import Callable
from functools import cache
from math import log, pi

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import inlined

Floats = NDArray[np.float64]

STEPS = 1024  # straight lines in a table


def _log(p: Floats) -> Floats:
    return np.asarray(1 + np.log10(np.maximum(p, 1e-5)) / 5)


def _losi(p: Floats) -> Floats:
    steep = 1 / (1 - 0.787) - 1
    low, high = 1 / (1 + np.exp(steep)), 1 / (1 + np.exp(-steep))
    return np.asarray((1 / (1 + np.exp((1 - 2 * p) * steep)) - low) / (high - low))


FORMULAS: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda p: p,
    "equal_power": lambda p: np.sin(pi / 2 * p),
    "sine": lambda p: (1 - np.cos(pi * p)) / 2,
    "exp": lambda p: np.exp(-5 * log(10) * (1 - p)),
    "log": _log,
    "tri": lambda p: p,
    "qsin": lambda p: np.sin(pi / 2 * p),
    "hsin": lambda p: (1 - np.cos(pi * p)) / 2,
    "esin": lambda p: 1 - np.cos(pi / 4 * ((2 * p - 1) ** 3 + 1)),
    "ipar": lambda p: 1 - (1 - p) ** 2,
    "par": lambda p: 1 - np.sqrt(1 - p),
    "qua": lambda p: p**2,
    "cub": lambda p: p**3,
    "squ": np.sqrt,
    "cbr": np.cbrt,
    "desi": lambda p: np.where(p <= 0.5, (2 * p) ** 3, 2 - (2 * (1 - p)) ** 3) / 2,
    "losi": _losi,
}
NAMES = tuple(FORMULAS)


@cache
def table(curve: str) -> Floats:
    """The curve at 0, 1/1024, ... 1, as a read-only array."""
    points = np.ascontiguousarray(FORMULAS[curve](np.linspace(0, 1, STEPS + 1)), np.float64)
    points.flags.writeable = False
    return points


@inlined
def along(points, first, length, before, after, out):
    """Fill `out` with the gains of frames first, first + 1, ... of a fade of `length` frames.

    A frame has the gain of its middle; frames before and after the fade have the
    gains `before` and `after`. It goes from line to line of the table, so that the
    inner loops become vectors. A gain depends on the number of its frame alone.
    """
    scale, n = STEPS / length, 0
    while n < out.shape[0]:
        frame, left = first + n, out.shape[0] - n
        if frame < 0 or frame >= length:
            some = min(left, -frame) if frame < 0 else left
            level = np.float32(before if frame < 0 else after)
            part = out[n : n + some]
            for i in range(part.shape[0]):
                part[i] = level
        else:
            below = min(int((frame + 0.5) * scale), STEPS - 1)
            last = max(frame, int((below + 1) / scale - 1.5))  # start near the last frame of this line
            while last + 1 < length and int((last + 1.5) * scale) <= below:
                last += 1
            some = min(left, last + 1 - frame)
            base, slope, middle = points[below], points[below + 1] - points[below], frame + 0.5
            part = out[n : n + some]
            for i in range(part.shape[0]):
                part[i] = np.float32(base + ((middle + i) * scale - below) * slope)
        n += some


def rise(curve: str, frames: int, first: int, last: int) -> NDArray[np.float32]:
    """Gains of the frames first..last of a fade-in of `frames` frames, each at the middle of its frame."""
    place = (np.arange(first, last) + 0.5) * (STEPS / frames)
    below, points = place.astype(np.int64), table(curve)
    return (points[below] + (place - below) * (points[below + 1] - points[below])).astype(np.float32)


def fall(curve: str, frames: int, first: int, last: int) -> NDArray[np.float32]:
    """Gains of a fade-out: the fade-in, backwards."""
    return rise(curve, frames, frames - last, frames - first)[::-1]
