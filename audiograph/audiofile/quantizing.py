"""The kernel that turns float32 into the samples of a file, by bits and dither."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

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

if TYPE_CHECKING:
    from audiograph.dsp.noise_shaping import ShapingTally

_TYPES: dict[int, type[np.generic]] = {16: np.int16, 24: np.int32}
_PLAIN = {16: words16, 24: words24}
_HIGHPASS = {16: words16_highpass, 24: words24_highpass}


class Quantizer(NamedTuple):
    """``kernel(x, words, coefs, tally)``: fills `words`, of shape (frames, channels) and of this `type`."""

    kernel: Callable[..., None]
    type: type[np.generic]
    coefs: Any
    tally: "Tally | ShapingTally"


def quantizer(encoding: Encoding, rate: int, channels: int) -> Quantizer:
    """The quantizer of a file, at its first frame. `rate` is in Hz."""
    bits, dither = encoding.bits, encoding.dither
    if bits not in _TYPES:
        return Quantizer(words32, np.float32, 0, tally())
    if dither == "noise_shaped":
        return _shaped(bits, rate, channels)
    kernels = _HIGHPASS if dither == "triangular_highpass" else _PLAIN
    return Quantizer(kernels[bits], _TYPES[bits], int(dither != "none"), tally())


def _shaped(bits: int, rate: int, channels: int) -> Quantizer:
    from audiograph.dsp import noise_shaping  # rarely used

    kernel = {16: noise_shaping.words16_shaped, 24: noise_shaping.words24_shaped}[bits]
    return Quantizer(
        kernel, _TYPES[bits], noise_shaping.shaping_coefs(rate), noise_shaping.shaping_tally(channels)
    )
