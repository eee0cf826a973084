"""How float32 becomes the samples of a file: how many bits, and what kind of dither."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from audiograph.audiofile.encodings import Encoding
from audiograph.dsp.dither import (
    Tally,
    tally,
    words16,
    words16_highpass,
    words24,
    words24_highpass,
    words32,
)
from audiograph.dsp.noise_shaping import (
    ShapingTally,
    shaping_coefs,
    shaping_tally,
    words16_shaped,
    words24_shaped,
)

_TYPES: dict[int, type[np.generic]] = {16: np.int16, 24: np.int32}
_PLAIN = {16: words16, 24: words24}
_HIGHPASS = {16: words16_highpass, 24: words24_highpass}
_SHAPED = {16: words16_shaped, 24: words24_shaped}


class Rounding(NamedTuple):
    """``kernel(x, words, coefs, tally)``, the words being of shape (frames, channels) and of `type`."""

    kernel: Callable[..., None]
    type: type[np.generic]
    coefs: Any
    tally: Tally | ShapingTally


def rounding(encoding: Encoding, rate: int, channels: int) -> Rounding:
    """What makes the samples of a file, from its first on."""
    bits, dither = encoding.bits, encoding.dither
    if bits not in _TYPES:
        return Rounding(words32, np.float32, 0, tally())
    if dither == "noise_shaped":
        return Rounding(_SHAPED[bits], _TYPES[bits], shaping_coefs(rate), shaping_tally(channels))
    kernels = _HIGHPASS if dither == "triangular_highpass" else _PLAIN
    return Rounding(kernels[bits], _TYPES[bits], int(dither != "none"), tally())
