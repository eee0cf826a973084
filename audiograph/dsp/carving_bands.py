"""The bands of carving: centres, the filters of the dips and of the detector, and how the dips add up.

Reference: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients", W3C Note, 2021 (band-pass, 0 dB at its centre).
"""

from math import sinh
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.biquad import memory, rbj
from audiograph.dsp.decibels import DOUBLING, amplitude
from audiograph.dsp.detector import AVERAGING, one_pole
from audiograph.dsp.lanes import LANES

Floats = NDArray[np.float64]

TICK = 64  # frames from one decision to the next
LOWEST, TOP = 100.0, 8000.0  # Hz: lower end of the first band, upper end of the last
WIDE, NARROW = 0.6, 1.0  # q of the dips and of the detector, relative to neighbours that meet at -3 dB
SOUNDING = 12.0  # dB below the loudest of the key, down to which a band counts as sounding
DEEPER = 1.5  # depth of the floor of a dip, relative to `depth`
TILT, BEND = 3.0, 500.0  # dB an octave, above this frequency in Hz
FADING = 2.0  # seconds in which the loudest decays to 37 %


class CarveCoefs(NamedTuple):
    """Filters, thresholds and times. Bands go in groups of LANES; those that fill up a group do nothing."""

    dips: Floats  # (groups, 2, LANES) -a1, -a2
    detectors: Floats  # (groups, 3, LANES) -a1, -a2, -1
    far: Floats  # (TICK, LANES) frames to the end of the tick
    mixing: Floats  # (bands, bands) from gain - 1 of each band to the weight of each all-pole filter
    weights: Floats  # (2, bands) from energies to powers; from powers to comparable powers
    moves: Floats  # threshold (power); factors of mean and loudest, way down and up, per tick
    hold: int  # frames
    depth: float  # doublings of 6.02 dB


def middles(bands: int, rate: float) -> Floats:
    """Centres in Hz of so many bands of equal width in octaves, without those above 0.4 of the rate."""
    centres = LOWEST * (TOP / LOWEST) ** ((np.arange(bands) + 0.5) / bands)
    return centres[centres < 0.4 * rate]


def band_passes(bands: int, rate: float, q: float) -> Floats:
    """A filter bank, (bands below 0.4 of the rate, 5). A `q` of 1 lets neighbours meet at -3 dB."""
    meeting = 1 / (2 * sinh(np.log(TOP / LOWEST) / bands / 2))
    return np.array([rbj("bandpass", rate, freq, q=q * meeting) for freq in middles(bands, rate)])


def taken(sections: Floats, freqs: Floats, rate: float) -> Floats:
    """The real part of each band-pass at each frequency: (frequencies, bands)."""
    angles = 2 * np.pi * freqs[:, None] / rate
    z = np.cos(angles) - 1j * np.sin(angles)
    b0, _, b2, a1, a2 = sections.T
    response: Floats = ((b0 + b2 * z**2) / (1 + a1 * z + a2 * z**2)).real
    return response


def carve_coefs(
    rate: float, bands: int, depth: float, threshold: float, attack: int, release: int, hold: int
) -> CarveCoefs:
    """Coefs for a depth and a threshold in dB, and times in frames."""
    freqs = middles(bands, rate)
    dips, detectors = band_passes(bands, rate, WIDE), band_passes(bands, rate, NARROW)
    fill = (0, -len(freqs) % LANES)
    mixing = np.linalg.inv(taken(dips, freqs, rate)).T * dips[:, 0]  # b0: the all-pole filters leave it out
    rise = SOUNDING + TILT * np.maximum(0, np.log2(freqs / BEND))
    weights = np.array([detectors[:, 0] ** 4 / TICK, 10 ** (rise / 10)])
    keeping = [one_pole(time, rate / TICK) for time in (AVERAGING, FADING)]
    moves = np.array([amplitude(threshold) ** 2, *keeping, min(1, TICK / attack), min(1, TICK / release)])
    far = np.repeat(np.arange(TICK, 0, -1.0), LANES).reshape(TICK, LANES)
    poles = _grouped(np.pad(-dips[:, 3:], (fill, (0, 0))))
    detecting = _grouped(np.pad(np.column_stack([-detectors[:, 3:], -np.ones(len(freqs))]), (fill, (0, 0))))
    mixing = np.ascontiguousarray(np.pad(mixing, (fill, fill)))
    weights = np.pad(weights, ((0, 0), fill))
    return CarveCoefs(poles, detecting, far, mixing, weights, moves, hold, DEEPER * depth / DOUBLING)


def _grouped(table: Floats) -> Floats:
    """Reshape (bands, rows) to (groups, rows, LANES)."""
    return np.ascontiguousarray(table.reshape(-1, LANES, table.shape[1]).swapaxes(1, 2))


def filling(rate: float, bands: int) -> int:
    """How many bands there are with those that fill up a group."""
    return -(-len(middles(bands, rate)) // LANES) * LANES


def ringing(rate: float, bands: int) -> int:
    """Frames until the filters have forgotten an input and the last decision on it has taken effect."""
    rows = [np.tile(section, (2, 1)) for q in (WIDE, NARROW) for section in band_passes(bands, rate, q)]
    return max(memory(row) for row in rows) + 4 * TICK
