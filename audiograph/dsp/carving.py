# mypy: allow-untyped-defs, allow-untyped-calls
"""Carving: dips in a sound where another, the key, has its energy. A bank of bells, each ducking by itself.

The output is the sound plus, for each band, a share of its band-pass: with all gains
at 1 nothing is added, and no bit changes. A band-pass of the cookbook is a positive
real function, so it can be subtracted without a delay and without turning the phase
of the rest, as a crossover would. The bands have equal widths in octaves, from
100 Hz to 8 kHz, and 0.6 times the q at which neighbours meet at -3 dB. They overlap:
a matrix turns gains into shares, the inverse of the real parts of all band-passes at
all centres. So neighbouring bands that are down make one dip with an even floor and
sloping ends. Slopes, and bands that open late, leave a voice less room than a gain of
the whole. So the floor is half as deep again as `depth`: a voice then has, in its own
bands, the same room as with the whole at `depth` (by measurement, decision 8).

A band is down while the key has energy in it. That is: while the sum of all bands is
above the threshold, and the mean power of the band (one-pole, 5 ms to 63 %), raised by
3 dB for each octave above 500 Hz, is within 12 dB of the loudest. The raise is there
because speech has less energy at high frequencies that matter as much. The loudest is
the highest sum so far, which decays to 37 % in 2 s, and restarts when all bands are at
rest. In the detector neighbours meet at -3 dB, and the key passes each band-pass twice
(-6 dB), so that a vowel does not open the bands of an s.

Decisions are made every 64 frames; between them gains move in straight lines.

Reference: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients", W3C Note, 2021 (band-pass, 0 dB at its centre); ANSI S3.5-1997,
"Methods for calculation of the speech intelligibility index", table 3, for how
much of speech is understood by bands that hold little of its energy.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.carving_bands import TICK
from audiograph.dsp.decibels import exp2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.lanes import LANES, fma, load, store
from audiograph.dsp.lookahead import delayed
from audiograph.kernel import inlined, kernel

Floats = NDArray[np.float64]


class CarveState(NamedTuple):
    """Carried from block to block. Filter states are the last value and the last but one."""

    heard: Floats  # (key channels, groups, 5, LANES) first filter, second filter, energy in this tick
    key: Floats  # (key channels, 2) inputs of the detector's filters
    past: NDArray[np.float32]  # (channels, look-ahead)
    rung: Floats  # (channels, groups, 2, LANES) filters of the dips
    bed: Floats  # (channels, 2) inputs of the filters of the dips
    mean: Floats  # (bands,) power
    loudest: Floats  # (1,) power
    left: NDArray[np.int64]  # (bands,) frames still held down
    way: Floats  # (bands,) 0 at 0 dB, 1 at the depth
    ramps: Floats  # (2, bands) share of each band at the end of the tick, and its step per frame
    clock: NDArray[np.int64]  # (1,)
    scratch: Floats  # (2, TICK, LANES) input and output of the filters


def carve_at_rest(channels: int, keys: int, bands: int, lookahead: int) -> CarveState:
    """The state before the first frame; `bands` includes those that fill up a group."""
    groups = bands // LANES
    heard, key = np.zeros((keys, groups, 5, LANES)), np.zeros((keys, 2))
    past = np.zeros((channels, lookahead), np.float32)
    rung, bed = np.zeros((channels, groups, 2, LANES)), np.zeros((channels, 2))
    mean, loudest, left, way = np.zeros(bands), np.zeros(1), np.zeros(bands, np.int64), np.zeros(bands)
    ramps, clock, scratch = np.zeros((2, bands)), np.zeros(1, np.int64), np.zeros((2, TICK, LANES))
    return CarveState(heard, key, past, rung, bed, mean, loudest, left, way, ramps, clock, scratch)


@inlined
def _flush(rows):
    for k in range(rows.shape[0]):
        for lane in range(LANES):
            rows[k, lane] = flush_denormals(rows[k, lane])


@inlined
def _steps(x, before, steps):
    """x[n] - x[n - 2], the input of every filter of one channel, in every lane."""
    x1, x2 = before[0], before[1]
    for n in range(x.shape[0]):
        new = np.float64(x[n])
        row = steps[n]
        for lane in range(LANES):
            row[lane] = new - x2
        x1, x2 = new, x1
    before[0], before[1] = x1, x2


@inlined
def _listen(steps, frames, detector, heard):
    """Add the energy of the key in one group of bands to that of this tick."""
    a1, a2, minus = load(detector[0]), load(detector[1]), load(detector[2])
    y1, y2, z1, z2, energy = load(heard[0]), load(heard[1]), load(heard[2]), load(heard[3]), load(heard[4])
    for n in range(frames):
        y = fma(a1, y1, fma(a2, y2, load(steps[n])))
        z = fma(a1, z1, fma(a2, z2, fma(minus, y2, y)))
        energy = fma(z, z, energy)
        y1, y2, z1, z2 = y, y1, z, z1
    store(heard[0], y1)
    store(heard[1], y2)
    store(heard[2], z1)
    store(heard[3], z2)
    store(heard[4], energy)


@inlined
def _averaged(heard, weights, keep, mean):
    """Update the mean power of each band with this tick, of the loudest channel; returns their sum."""
    whole = 0.0
    for k in range(mean.shape[0]):
        energy = 0.0
        for ch in range(heard.shape[0]):
            energy = max(energy, heard[ch, k // LANES, 4, k % LANES])
            heard[ch, k // LANES, 4, k % LANES] = 0.0
        mean[k] = flush_denormals(keep * mean[k] + (1 - keep) * weights[k] * energy)
        whole += mean[k]
    return whole


@inlined
def _decide(c, s):
    """Decide how far down each band is, and its share at the end of the tick that begins."""
    threshold, keep, fading, down, up = c.moves[0], c.moves[1], c.moves[2], c.moves[3], c.moves[4]
    whole = _averaged(s.heard, c.weights[0], keep, s.mean)
    loudest, farthest, goal, back = max(whole, fading * s.loudest[0]), 0.0, s.ramps[0], s.ramps[1]
    for k in range(goal.shape[0]):
        back[k], goal[k] = goal[k], 0.0
    for k in range(goal.shape[0]):
        sounds = whole >= threshold and s.mean[k] * c.weights[1, k] >= loudest
        s.left[k] = c.hold if sounds else max(s.left[k] - TICK, 0)
        way = min(s.way[k] + down, 1.0) if s.left[k] > 0 else max(s.way[k] - up, 0.0)
        s.way[k], farthest = way, max(farthest, way)
        lost = np.float64(exp2(np.float32(c.depth * (way * way * (3 - 2 * way))))) - 1
        row = c.mixing[k]
        for other in range(goal.shape[0]):
            goal[other] += lost * row[other]
    for k in range(goal.shape[0]):
        back[k] = (back[k] - goal[k]) / TICK
    s.loudest[0] = loudest if farthest > 0 else 0.0  # restarts when all bands are at rest


@inlined
def _dip(steps, frames, far, dips, goal, back, rung, added):
    """Add the shares of one group of bands of one channel."""
    a1, a2, end, slope = load(dips[0]), load(dips[1]), load(goal), load(back)
    v1, v2 = load(rung[0]), load(rung[1])
    for n in range(frames):
        v = fma(a1, v1, fma(a2, v2, load(steps[n])))
        store(added[n], fma(v, fma(slope, load(far[n]), end), load(added[n])))
        v1, v2 = v, v1
    store(rung[0], v1)
    store(rung[1], v2)


@inlined
def _put(y, added):
    """Add the sum of the lanes to y, and clear them."""
    for n in range(y.shape[0]):
        row, lost = added[n], 0.0
        for lane in range(LANES):
            lost += row[lane]
            row[lane] = 0.0
        y[n] = y[n] + lost


@kernel
def carve(x, key, y, c, s):
    """y is x delayed, with dips where the key sounds."""
    frames, done, steps, added = x.shape[1], 0, s.scratch[0], s.scratch[1]
    while done < frames:
        ahead = TICK - (s.clock[0] + done) % TICK
        if ahead == TICK:
            _decide(c, s)
        last = min(done + ahead, frames)
        for ch in range(key.shape[0]):
            _steps(key[ch, done:last], s.key[ch], steps)
            for k in range(c.detectors.shape[0]):
                _listen(steps, last - done, c.detectors[k], s.heard[ch, k])
        for ch in range(x.shape[0]):
            out = y[ch, done:last]
            delayed(x[ch, done:last], out, s.past[ch], s.clock[0] + done)
            _steps(out, s.bed[ch], steps)
            for k in range(c.dips.shape[0]):
                goal, back = (
                    s.ramps[0, k * LANES : k * LANES + LANES],
                    s.ramps[1, k * LANES : k * LANES + LANES],
                )
                _dip(steps, last - done, c.far[TICK - ahead :], c.dips[k], goal, back, s.rung[ch, k], added)
            _put(out, added)
        done = last
    for k in range(c.detectors.shape[0]):
        for ch in range(key.shape[0]):
            _flush(s.heard[ch, k, :4])
        for ch in range(x.shape[0]):
            _flush(s.rung[ch, k])
    s.clock[0] += frames
