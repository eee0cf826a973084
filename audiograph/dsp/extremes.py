# mypy: allow-untyped-defs, allow-untyped-calls
"""Figures of single samples: peak, true peak, where sound begins and ends, clipping.

Values between samples are computed only where they may exceed the highest so far.
Below 40 kHz speech and music fill their band up to half the rate, and the long filters
of `dsp.full_band` serve; above, the short ones of `dsp.true_peak` are flat up to 18 kHz.
"""

import numpy as np

from audiograph.dsp import true_peak
from audiograph.dsp.between import HIGHEST_GAIN, LONG_BENT, LONG_STRAIGHT, SHORT, SHORT_EXTRA
from audiograph.dsp.full_band import EXTRA_HALVES, PAST, full_peaks
from audiograph.dsp.true_peak import HIGHEST_GAIN as SHORT_GAIN
from audiograph.dsp.true_peak import true_peaks
from audiograph.kernel import inlined

GRAIN = 256  # frames examined together: few enough that most music needs no values between its samples
FILLED = 40_000  # Hz; at lower rates the long filters are used
LOUD = np.float32(1e-3)  # -60 dB: at the ends of a sound, lower samples are silence
FULL = np.float32(32767 / 32768)  # the highest value in a 16-bit file
RUN = 3  # samples in a row at full scale are a clipped peak; one or two may be a peak that just fits
NEVER = 2**62  # frame
MAGNITUDE = np.int32(0x7FFFFFFF)  # masks the sign of a float32; as integers, magnitudes keep their order


@inlined
def highest(x):
    """The highest magnitude, as the bits of a float32."""
    top = np.int32(0)
    for n in range(x.shape[0]):
        top = max(top, np.float32(x[n]).view(np.int32) & MAGNITUDE)
    return top


@inlined
def _number(bits):
    return np.int32(bits).view(np.float32)


@inlined
def _edges(x, clock, counts):
    """Update the first loud frame, and the frame after the last one."""
    n, unknown = 0, min(x.shape[0], counts[0] - clock)
    while n < unknown and not abs(x[n]) >= LOUD:
        n += 1
    if n < unknown:
        counts[0] = clock + n
    n = x.shape[0]
    while n > 0 and not abs(x[n - 1]) >= LOUD:
        n -= 1
    if n > 0:
        counts[1] = max(counts[1], clock + n)


@inlined
def _clips(x, run, counts):
    """Count samples at full scale, and runs of them; returns the length of the run at the end of x."""
    for n in range(x.shape[0]):
        run = run + 1 if abs(x[n]) >= FULL else 0
        counts[2] += run > 0
        counts[3] += run == RUN
    return run


@inlined
def _bend(x):
    """The largest second difference, as the bits of a float32."""
    top, later, last = np.int32(0), x[1:], x[2:]
    for n in range(last.shape[0]):
        bend = (x[n] - later[n]) - (later[n] - last[n])
        top = max(top, np.float32(bend).view(np.int32) & MAGNITUDE)
    return top


@inlined
def _look_between(line, frames, tops, scratch):
    """Update the highest true peak. The first PAST frames of the line precede those that are examined."""
    for first in range(0, frames, GRAIN):
        size = min(GRAIN, frames - first)
        peaks, half = scratch[0, :size], scratch[1, : size + SHORT_EXTRA]
        around = line[first + SHORT : first + SHORT + true_peak.PAST + size]
        if _number(highest(around)) * SHORT_GAIN > _number(tops[1]):
            true_peaks(around, half, peaks)
            tops[1] = max(tops[1], highest(peaks))


@inlined
def _look_between_full(line, frames, tops, scratch):
    """The same with long filters, for sound that fills its band."""
    for first in range(0, frames, GRAIN):
        size = min(GRAIN, frames - first)
        peaks, half = scratch[0, :size], scratch[1, : size + EXTRA_HALVES]
        around = line[first : first + PAST + size]
        top = _number(highest(around))
        if top * HIGHEST_GAIN <= _number(tops[1]):
            continue
        if LONG_STRAIGHT * top + LONG_BENT * _number(_bend(around)) > _number(tops[1]):
            full_peaks(around, half, peaks)
            tops[1] = max(tops[1], highest(peaks))


@inlined
def look(line, frames, clock, ch, rate, s):
    """Update peaks, ends and clipping with a part of one channel."""
    top = highest(line[: PAST + frames])
    s.tops[0] = max(s.tops[0], top)
    if _number(top) * HIGHEST_GAIN > _number(s.tops[1]):
        if rate < FILLED:
            _look_between_full(line, frames, s.tops, s.peaks)
        else:
            _look_between(line, frames, s.tops, s.peaks)
    if _number(top) >= LOUD:
        _edges(line[PAST : PAST + frames], clock, s.counts)
    s.runs[ch] = _clips(line[PAST : PAST + frames], s.runs[ch], s.counts) if _number(top) >= FULL else 0
