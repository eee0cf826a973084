# mypy: allow-untyped-defs, allow-untyped-calls
"""True peak of sound that fills its band up to half the rate, as speech at 8 to 24 kHz does.

It is `dsp.true_peak` with longer filters: the value halfway to the next frame comes
from 64 samples around it, those at 1/4 and 3/4 from 8 samples and halves. The response
is flat within 0.03 dB up to 0.475 of the rate, where filters of resampling end; the
shorter ones are so up to 0.41, and 1.9 dB off at 0.45.

Of all filters of these lengths with a gain of 1 for a constant, these have the
smallest error up to 0.475 of the rate; tests/dsp/test_full_band.py checks their response.

Reference: Recommendation ITU-R BS.1770-5, annex 2: 4 times oversampled peaks.
"""

import numpy as np

from audiograph.dsp.true_peak import Taps, between
from audiograph.kernel import inlined

HALF = np.array([
    0.6363293, -0.2112043, 0.1257474, -0.0886700, 0.0679050, -0.0543694, 0.0449422, -0.0377742,
    0.0323005, -0.0277660, 0.0241460, -0.0209711, 0.0183877, -0.0160234, 0.0140939, -0.0122644,
    0.0107854, -0.0093362, 0.0081886, -0.0070270, 0.0061366, -0.0051993, 0.0045137, -0.0037582,
    0.0032413, -0.0026328, 0.0022546, -0.0017685, 0.0015053, -0.0011177, 0.0009515, -0.0015465,
])  # fmt: skip
QUARTER = np.array([0.6093415, -0.1415177, 0.0386028, -0.0064266])

BEFORE, AFTER = 33, 34  # frames that are needed before a frame, and after it
PAST = BEFORE + AFTER  # frames needed before the first
EXTRA_HALVES = 4  # halves that are needed besides one per frame

A1, A2, A3, A4, A5, A6, A7, A8 = HALF[:8].astype(np.float32)
B1, B2, B3, B4, B5, B6, B7, B8 = HALF[8:16].astype(np.float32)
C1, C2, C3, C4, C5, C6, C7, C8 = HALF[16:24].astype(np.float32)
D1, D2, D3, D4, D5, D6, D7, D8 = HALF[24:].astype(np.float32)
Q1, Q2, Q3, Q4 = QUARTER.astype(np.float32)


def interpolator(fraction: float) -> Taps:
    """The weights of frames -BEFORE to AFTER for the value at 1/4, 1/2 or 3/4 of the way from 0 to 1."""
    return between(fraction, HALF, QUARTER, lambda frame: np.asarray(np.eye(PAST + 1)[BEFORE + frame]))


@inlined
def _halves(x, half):
    for n in range(half.shape[0]):
        a = A1 * (x[n + 31] + x[n + 32]) + A2 * (x[n + 30] + x[n + 33])
        b = A3 * (x[n + 29] + x[n + 34]) + A4 * (x[n + 28] + x[n + 35])
        c = A5 * (x[n + 27] + x[n + 36]) + A6 * (x[n + 26] + x[n + 37])
        d = A7 * (x[n + 25] + x[n + 38]) + A8 * (x[n + 24] + x[n + 39])
        a += B1 * (x[n + 23] + x[n + 40]) + B2 * (x[n + 22] + x[n + 41])
        b += B3 * (x[n + 21] + x[n + 42]) + B4 * (x[n + 20] + x[n + 43])
        c += B5 * (x[n + 19] + x[n + 44]) + B6 * (x[n + 18] + x[n + 45])
        d += B7 * (x[n + 17] + x[n + 46]) + B8 * (x[n + 16] + x[n + 47])
        a += C1 * (x[n + 15] + x[n + 48]) + C2 * (x[n + 14] + x[n + 49])
        b += C3 * (x[n + 13] + x[n + 50]) + C4 * (x[n + 12] + x[n + 51])
        c += C5 * (x[n + 11] + x[n + 52]) + C6 * (x[n + 10] + x[n + 53])
        d += C7 * (x[n + 9] + x[n + 54]) + C8 * (x[n + 8] + x[n + 55])
        a += D1 * (x[n + 7] + x[n + 56]) + D2 * (x[n + 6] + x[n + 57])
        b += D3 * (x[n + 5] + x[n + 58]) + D4 * (x[n + 4] + x[n + 59])
        c += D5 * (x[n + 3] + x[n + 60]) + D6 * (x[n + 2] + x[n + 61])
        d += D7 * (x[n + 1] + x[n + 62]) + D8 * (x[n] + x[n + 63])
        half[n] = (a + b) + (c + d)


@inlined
def full_peaks(x, half, peak):
    """peak[n] is the highest magnitude of a frame and of the three values between it and the next.

    The frame is x[BEFORE + n]; x has PAST more frames than peak. `half` is scratch for
    the values at 1/2, EXTRA_HALVES longer than peak.
    """
    _halves(x, half)
    for n in range(peak.shape[0]):
        u, v, w, z = x[n + 32], x[n + 33], x[n + 34], x[n + 35]
        g, h, i, j, k = half[n], half[n + 1], half[n + 2], half[n + 3], half[n + 4]
        one = (Q1 * (v + i) + Q2 * (h + w)) + (Q3 * (u + j) + Q4 * (g + z))
        three = (Q1 * (i + w) + Q2 * (v + j)) + (Q3 * (h + z) + Q4 * (u + k))
        peak[n] = max(max(abs(v), abs(i)), max(abs(one), abs(three)))
