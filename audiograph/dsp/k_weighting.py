"""K-weighting: the filter of loudness meters, with less bass and slightly more treble.

A shelf, for the head in the sound field, and a high-pass. The standard prints
both for 48 kHz only, so a sound has to be as loud at any rate as at 48 kHz. The
high-pass is the bilinear transform of an analogue filter, with the gain that the
table has at 48 kHz. The shelf is, too, from 44.1 kHz on. Below, that transform would
be off by up to 0.3 dB at 8 kHz, as it bends frequencies near half the rate; there
the shelf is the filter of second order whose response comes nearest to the table's:
within 0.002 dB at 16 kHz, 0.025 dB at 8 kHz, and 0.13 dB at any rate.

Reference: Recommendation ITU-R BS.1770-5, annex 1, tables 1 to 4. The analogue filters, which give
the table to 9 digits at 48 kHz: libebur128, J. Kokemüller, and FFmpeg's f_ebur128. Matched
responses: M. Vicanek, "Matched second order digital filters", 2016. Repeated weighted
least squares: C. K. Sanathanan, J. Koerner, IEEE Transactions on Automatic Control 8(1), 1963.
"""

from functools import cache
from math import pi, sqrt, tan

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
STANDARD = 48_000  # Hz, the rate of the table
MATCHED = 44_100  # Hz; below this rate the shelf is matched
POINTS, ROUNDS = 65, 8  # frequencies that are matched, and repetitions
SURROUND = 1.41  # 1.5 dB: sound from the side is perceived as louder


def sections(rate: float) -> NDArray[np.float64]:
    """Both filters as rows b0 b1 b2 a1 a2, of shape (2, 5). They weigh as the table does at 48 kHz."""
    return np.array([_shelf(rate) if rate >= MATCHED else _matched_shelf(rate), _high_pass(rate)])


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


@cache
def _matched_shelf(rate: float) -> list[float]:
    """The shelf whose power comes nearest to that of the table, from 0 to half the rate.

    In u = sin(w / 2)^2 the power is N(u) / D(u). At the lowest rates a second pole would
    be outside the unit circle; there one is enough.
    """
    freqs = np.linspace(0, rate / 2, POINTS)
    wanted, u = _power(_shelf(STANDARD), freqs / STANDARD), np.sin(pi * freqs / rate) ** 2
    for columns in ([u**0, u, u**2, -wanted * u, -wanted * u**2], [u**0, u, u**2, -wanted * u]):
        weight = 1 / wanted
        for _ in range(ROUNDS):
            terms = np.stack(columns, 1) * weight[:, None]
            n0, n1, n2, *rest = map(float, np.linalg.lstsq(terms, wanted * weight, rcond=None)[0])
            d1, d2 = (*rest, 0.0)[:2]
            above, below = n0 + n1 * u + n2 * u**2, 1 + d1 * u + d2 * u**2
            weight = 1 / (wanted * np.abs(below))
        if above.min() > 0 and below.min() > 0:
            break
    b, a = _factor(n0, n1, n2), _factor(1, d1, d2)
    return [part / a[0] for part in (*b, *a[1:])]


def _power(row: list[float], cycles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The power response of a section at frequencies in cycles a frame."""
    back = np.exp(-2j * pi * np.outer(cycles, np.arange(3)))
    return np.asarray(np.abs(back @ row[:3]) ** 2 / np.abs(back @ [1, *row[3:]]) ** 2)


def _factor(p0: float, p1: float, p2: float) -> tuple[float, float, float]:
    """The polynomial of minimum phase whose power is p0 + p1 u + p2 u^2. Vicanek 2016, eq. 6 to 12."""
    low, high = sqrt(p0), sqrt(p0 + p1 + p2)
    half = (low + high) / 2
    first = (half + sqrt(half**2 - p2 / 4)) / 2
    return first, (low - high) / 2, p2 / (16 * first)


def _high_pass(rate: float) -> list[float]:
    freq, q = HIGH_PASS
    k, standard = tan(pi * freq / rate), tan(pi * freq / STANDARD)
    a0 = 1 + k / q + k * k
    gain = (1 + standard / q + standard * standard) / a0
    return [gain, -2 * gain, gain, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
