# mypy: allow-untyped-defs, allow-untyped-calls
"""Dips that open in a sound where another, the key, has its energy: a bank of bells, each with its own duck.

The sound plus, for each band, some of its band-pass: with all gains at 1 nothing
is added, and no bit changes. A band-pass of the cookbook is a positive real
function, so it can be taken away without a delay and without turning the phase
of all the rest, as a crossover would. The bands have equal widths in octaves,
from 100 Hz to 8 kHz, and a q of 0.6 of that at which neighbours meet at -3 dB.
They overlap: how much is added of each comes from the gains by a table, the
inverse of the real parts of all band-passes at all middles. So bands that are
down side by side make one dip with an even floor, and its ends slope. As slopes,
and bands that open late, leave a voice less room than a gain of the whole, the
floor is half as deep again as `depth`: then a voice has, in its own bands, the
same room as with the whole at `depth` (by measurement, decision 8).

A band is down while the key has energy in it: while its mean power (one-pole, 5
ms to 63 %), raised by 3 dB for each octave above 500 Hz, as a voice has less
energy there for as much meaning, is within 12 dB of the loudest, and the sum of
all bands is above the threshold. The loudest is the highest sum so far, which
falls to 37 % in 2 s, and begins anew where all bands are at rest. Here neighbours
meet at -3 dB, and the key goes through each band-pass twice (-6 dB), so that a
vowel does not open the bands of an s.

What was heard decides every 64 frames; between decisions, gains run straight.

Reference: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients", W3C Note, 2021 (band-pass, 0 dB at its middle); ANSI S3.5-1997,
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
from audiograph.dsp.lookahead import held_back
from audiograph.kernel import inlined, kernel

Floats = NDArray[np.float64]


class CarveState(NamedTuple):
    """What went before."""

    heard: Floats  # (key channels, groups, 5, LANES) first filter: last, last but one; second; tick's energy
    key: Floats  # (key channels, 2) last, last but one
    past: NDArray[np.float32]  # (channels, look-ahead)
    rung: Floats  # (channels, groups, 2, LANES) last, last but one
    bed: Floats  # (channels, 2) last, last but one
    mean: Floats  # (bands,) power
    loudest: Floats  # (1,) power
    left: NDArray[np.int64]  # (bands,) frames still held down
    way: Floats  # (bands,) 0 at 0 dB, 1 at the depth
    ramps: Floats  # (2, bands) what is added of each at the end of the tick, and how much less a frame before
    clock: NDArray[np.int64]  # (1,)
    scratch: Floats  # (2, TICK, LANES) what goes into the filters, what comes out


def carve_at_rest(channels: int, keys: int, bands: int, lookahead: int) -> CarveState:
    """The state of so many bands, those that fill up included, that have heard nothing."""
    groups = bands // LANES
    heard, key = np.zeros((keys, groups, 5, LANES)), np.zeros((keys, 2))
    past = np.zeros((channels, lookahead), np.float32)
    rung, bed = np.zeros((channels, groups, 2, LANES)), np.zeros((channels, 2))
    mean, loudest, left, way = np.zeros(bands), np.zeros(1), np.zeros(bands, np.int64), np.zeros(bands)
    ramps, clock, scratch = np.zeros((2, bands)), np.zeros(1, np.int64), np.zeros((2, TICK, LANES))
    return CarveState(heard, key, past, rung, bed, mean, loudest, left, way, ramps, clock, scratch)


@inlined
def _settle(rows):
    for k in range(rows.shape[0]):
        for lane in range(LANES):
            rows[k, lane] = flush_denormals(rows[k, lane])


@inlined
def _steps(x, before, steps):
    """x[n] - x[n - 2], all that the filters of one channel need of it, in every lane."""
    x1, x2 = before[0], before[1]
    for n in range(x.shape[0]):
        new = np.float64(x[n])
        row = steps[n]
        for lane in range(LANES):
            row[lane] = new - x2
        x1, x2 = new, x1
    before[0], before[1] = x1, x2


@inlined
def _listen(steps, frames, hears, heard):
    """Add the energy of the key in some bands to what the tick has heard."""
    a1, a2, minus = load(hears[0]), load(hears[1]), load(hears[2])
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
    """Bring the means up to date with what the tick has heard, the loudest of its channels; their sum."""
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
    """How far down each band is, and from that what is added at the end of the tick that begins."""
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
    s.loudest[0] = loudest if farthest > 0 else 0.0  # where all is at rest, it begins anew


@inlined
def _dip(steps, frames, far, dips, goal, back, rung, added):
    """Add what some bands of one channel lose."""
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
    """Add to y the sum of the lanes, and make them zero."""
    for n in range(y.shape[0]):
        row, lost = added[n], 0.0
        for lane in range(LANES):
            lost += row[lane]
            row[lane] = 0.0
        y[n] = y[n] + lost


@kernel
def carve(x, key, y, c, s):
    """Put x, held back, through dips where the key sounds."""
    frames, done, steps, added = x.shape[1], 0, s.scratch[0], s.scratch[1]
    while done < frames:
        ahead = TICK - (s.clock[0] + done) % TICK
        if ahead == TICK:
            _decide(c, s)
        last = min(done + ahead, frames)
        for ch in range(key.shape[0]):
            _steps(key[ch, done:last], s.key[ch], steps)
            for k in range(c.hears.shape[0]):
                _listen(steps, last - done, c.hears[k], s.heard[ch, k])
        for ch in range(x.shape[0]):
            out = y[ch, done:last]
            held_back(x[ch, done:last], out, s.past[ch], s.clock[0] + done)
            _steps(out, s.bed[ch], steps)
            for k in range(c.dips.shape[0]):
                goal, back = (
                    s.ramps[0, k * LANES : k * LANES + LANES],
                    s.ramps[1, k * LANES : k * LANES + LANES],
                )
                _dip(steps, last - done, c.far[TICK - ahead :], c.dips[k], goal, back, s.rung[ch, k], added)
            _put(out, added)
        done = last
    for k in range(c.hears.shape[0]):
        for ch in range(key.shape[0]):
            _settle(s.heard[ch, k, :4])
        for ch in range(x.shape[0]):
            _settle(s.rung[ch, k])
    s.clock[0] += frames
