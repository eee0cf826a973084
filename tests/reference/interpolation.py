"""Four values a frame, for true peaks: the definition, product by product."""

import numpy as np

Floats = np.ndarray
HALF = 0.6321761, -0.1996143, 0.1069521, -0.0645226, 0.0393424, -0.0236794, 0.0130862, -0.006831, 0.0030905
QUARTER = 0.5971705, -0.1164047, 0.0192342
LONG_HALF = (
    0.6363293, -0.2112043, 0.1257474, -0.0886700, 0.0679050, -0.0543694, 0.0449422, -0.0377742,
    0.0323005, -0.0277660, 0.0241460, -0.0209711, 0.0183877, -0.0160234, 0.0140939, -0.0122644,
    0.0107854, -0.0093362, 0.0081886, -0.0070270, 0.0061366, -0.0051993, 0.0045137, -0.0037582,
    0.0032413, -0.0026328, 0.0022546, -0.0017685, 0.0015053, -0.0011177, 0.0009515, -0.0015465,
)  # fmt: skip
LONG_QUARTER = 0.6093415, -0.1415177, 0.0386028, -0.0064266
WIDE = 40  # frames of silence around


def four_times(x: Floats, long: bool = False) -> Floats:
    """Of shape (4, channels, frames): the frame, and 1/4, 1/2, 3/4 on to the next. Around it is silence."""
    halves, quarters = (LONG_HALF, LONG_QUARTER) if long else (HALF, QUARTER)
    wide = np.pad(x.astype(float), ((0, 0), (WIDE, WIDE)))
    double = np.zeros((x.shape[0], 2 * wide.shape[1]))
    double[:, ::2] = wide
    double[:, 1::2] = sum(tap * (_later(wide, 1 - k) + _later(wide, k)) for k, tap in enumerate(halves, 1))
    quarter = sum(tap * (_later(double, 1 - k) + _later(double, k)) for k, tap in enumerate(quarters, 1))
    here = slice(2 * WIDE, 2 * (WIDE + x.shape[1]))
    ways = (
        double[:, here][:, ::2],
        quarter[:, here][:, ::2],
        double[:, here][:, 1::2],
        quarter[:, here][:, 1::2],
    )
    return np.stack(ways)


def _later(x: Floats, frames: int) -> Floats:
    return np.roll(x, -frames, axis=1)
