"""K-weighting: the filter of loudness meters, with less bass and slightly more treble.

A shelf, for the head in the sound field, and a high-pass. The standard prints
both for 48 kHz only; here they come from the analogue filters whose bilinear
transform gives that table, so all rates are weighted alike.

Reference: Recommendation ITU-R BS.1770-5, annex 1, tables 1 to 4. The analogue filters, which give
the table to 9 digits at 48 kHz: libebur128, J. Kokemüller, and FFmpeg's f_ebur128.
"""

from math import pi, tan

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.speakers import speakers, usual

SHELF = (
    1681.974450955533,
    3.999843853973347,
    0.7071752369554196,
    0.4996667741545416,
)  # Hz, dB, Q, exponent of the gain at the centre
HIGH_PASS = 38.13547087602444, 0.5003270373238773  # Hz, Q
SURROUND = 1.41  # 1.5 dB: sound from the side is perceived as louder


def sections(rate: float) -> NDArray[np.float64]:
    """Both filters as rows b0 b1 b2 a1 a2, of shape (2, 5). The high-pass has the gain of the table."""
    return np.array([_shelf(rate), _high_pass(rate)])


def weights(channels: int, mask: int = 0) -> NDArray[np.float64]:
    """The weight of each channel's power. `mask` tells their speakers; 0 is the usual ones.

    Speakers at 60 to 120 degrees count SURROUND: those at the sides, and the only
    pair of surrounds of 5.1, whatever it is called; those behind count 1, and the LFE
    nothing. Where nothing tells the positions, as for more than 8 channels, all count 1.
    """
    names = speakers(mask or usual(channels))
    aside = {"SL", "SR"} if "SL" in names else {"BL", "BR"}
    found = [0 if name == "LFE" else SURROUND if name in aside else 1 for name in names]
    return np.array(found if len(found) == channels else [1] * channels, np.float64)


def _shelf(rate: float) -> list[float]:
    freq, gain, q, middle = SHELF
    k, high = tan(pi * freq / rate), 10 ** (gain / 20)
    band, a0 = high**middle, 1 + k / q + k * k
    b = high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k
    return [part / a0 for part in (*b, 2 * (k * k - 1), 1 - k / q + k * k)]


def _high_pass(rate: float) -> list[float]:
    freq, q = HIGH_PASS
    k = tan(pi * freq / rate)
    a0 = 1 + k / q + k * k
    return [1.0, -2.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
