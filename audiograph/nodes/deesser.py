# mypy: allow-untyped-defs, allow-untyped-calls
"""De-esser: turns down the hiss of an s alone, and only where it is too loud for its voice.

The output is the sound plus (gain - 1) times its band above `freq`. At rest nothing is
added, and no bit changes. The band comes from a high-pass of linear phase, so it
is in step with the sound: all of it is turned down alike, within 0.3 dB of 20, and nothing
below is raised. From `freq` down it falls by 50 dB within 1.65 kHz.

The detector averages the power of the band with a one-pole of 2 ms to 63 %, and compares
it with the voice. It hears the band later by as much as the high-pass rings before a
click, so that nothing comes before the click. The voice is the sound from 60 Hz to half
of `freq` (low-pass of 12 dB an octave), averaged with a one-pole of 20 ms; its level is a
peak hold that falls to 37 % in 1 s, and never lower than 20 dB below the loudness of all
of the sound, which is found beforehand. So a soft voice is treated as a loud one, one
with an offset as one without, and the noise of pauses is left alone. The loudest channel
counts. The band is reduced by its excess over that level plus `threshold`, by at most
`range`, smoothed by eq. 17: attack and release are times to 63 % of a step in dB.

Reference: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", Proc.
IEEE ISCAS, 1974 (high-pass: an impulse less a windowed low-pass); R. Bristow-Johnson, "Cookbook
formulae for audio EQ biquad filter coefficients", W3C Note, 2021 (low-pass); D.
Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range compressor design",
JAES 60(6), 2012, eq. 4 without a knee, of an infinite ratio, and eq. 17; M. Wolters,
M. Sapp, J. Becker-Schweitzer, "Adaptive algorithm for detecting and reducing
sibilants in recorded speech", AES 104th Convention, 1998, on why it should adapt
to the voice.
"""

from functools import partial
from math import ceil, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.biquad import HIGHEST, memory, note_moved, rbj
from audiograph.dsp.decibels import DOUBLING, exp2, log2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import FLOOR, FORGETTING, PART, averaged, one_pole, smooth
from audiograph.kernel import inlined, kernel
from audiograph.measuring.key_level import USUAL, KeyLevel
from audiograph.node import Effect, Find, Setup, effect
from audiograph.units import db, hz, seconds

HISS, VOICE, HOLD = 0.002, 0.02, 1.0  # seconds to 63 %: means of band and voice; decay of the peak hold
SOFTEST = -20  # dB relative to the loudness of the whole; the voice is never taken to be softer
LOWEST = 60  # Hz; what is below is an offset or rumble, and no voice
SLOPE = 1650  # Hz from `freq` down to where the band is gone
STOP = 50  # dB by which it is gone there
BETA = 0.5842 * (STOP - 21) ** 0.4 + 0.07886 * (STOP - 21)  # of the Kaiser window, for up to 50 dB
EACH = 8  # pairs of taps that are added at a time


class DeesserCoefs(NamedTuple):
    """Filters, ballistics and the curve."""

    taps: NDArray[np.float32]  # the first half of the high-pass, which is symmetrical, and its middle
    voice: NDArray[np.float64]  # (4,) b0 a1 a2 of the low-pass, and the factor of the mean that is no voice
    factors: NDArray[np.float64]  # one-pole factors of attack, release, both means and the peak hold
    curve: NDArray[np.float32]  # threshold and range, in doublings of 6.02 dB; the least power of the voice


class DeesserState(NamedTuple):
    """Carried from block to block."""

    line: NDArray[np.float32]  # (channels, taps - 1 + PART) earlier frames, then this part
    past: NDArray[np.float64]  # (channels, 5) input and voice: last, last but one; the mean
    hiss: NDArray[np.float64]  # (1,) power
    voice: NDArray[np.float64]  # (1,) power
    loudest: NDArray[np.float64]  # (1,) power
    reduction: NDArray[np.float64]  # (1,) doublings
    waiting: NDArray[np.float32]  # (taps // 2 + PART,) powers of the hiss that wait, then of this part
    scratch: NDArray[np.float32]  # (channels + 2, PART) the band of each; powers of hiss and voice


def _at_rest(channels: int, half: int) -> DeesserState:
    line = np.zeros((channels, 2 * half + PART), np.float32)
    waiting, scratch = np.zeros(half + PART, np.float32), np.zeros((channels + 2, PART), np.float32)
    hiss, voice, loudest, reduction = np.zeros((4, 1))
    return DeesserState(line, np.zeros((channels, 5)), hiss, voice, loudest, reduction, waiting, scratch)


def _high_pass(rate: int, freq: float) -> NDArray[np.float32]:
    """The first half of its taps, and the middle one; as many for every frequency."""
    half = ceil((STOP - 8) / (2.285 * 2 * pi * SLOPE / rate) / 2 / EACH) * EACH
    n = np.arange(-half, half + 1)
    cutoff = 2 * (freq - SLOPE / 2) / rate
    low = cutoff * np.sinc(cutoff * n) * np.kaiser(2 * half + 1, BETA)
    high = (n == 0) - low / low.sum()
    first: NDArray[np.float32] = high[: half + 1].astype(np.float32)
    return first


@inlined
def _band(line, taps, band):
    """The band of the frames that are half of the taps before the last of the line."""
    half, frames = taps.shape[0] - 1, band.shape[0]
    middle = taps[half]
    now = line[half : half + frames]
    for n in range(frames):
        band[n] = middle * now[n]
    for k in range(0, half, EACH):
        early, late = line[k : k + frames + 7], line[2 * half - k - 7 : 2 * half - k + frames]
        h0, h1, h2, h3 = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        h4, h5, h6, h7 = taps[k + 4], taps[k + 5], taps[k + 6], taps[k + 7]
        for n in range(frames):
            one = h0 * (early[n] + late[n + 7]) + h1 * (early[n + 1] + late[n + 6])
            two = h2 * (early[n + 2] + late[n + 5]) + h3 * (early[n + 3] + late[n + 4])
            three = h4 * (early[n + 4] + late[n + 3]) + h5 * (early[n + 5] + late[n + 2])
            four = h6 * (early[n + 6] + late[n + 1]) + h7 * (early[n + 7] + late[n])
            band[n] += (one + two) + (three + four)


@inlined
def _voiced(x, c, past, voice):
    """Raise `voice` to the power of the voice in one channel where that is higher."""
    e, g1, g2, keep = c.voice[0], c.voice[1], c.voice[2], c.voice[3]
    x1, x2, v1, v2, mean = past[0], past[1], past[2], past[3], past[4]
    for n in range(x.shape[0]):
        u = np.float64(x[n])
        if x1 == 0 and v1 == 0 and mean == 0:  # a sound begins: its offset is no step
            x1, x2, v1, v2, mean = u, u, u, u, u
        v = e * (u + 2 * x1 + x2) - g2 * v2 - g1 * v1
        mean = keep * mean + (1 - keep) * v
        voice[n] = max(voice[n], np.float32((v - mean) * (v - mean)))
        x1, x2, v1, v2 = u, x1, v, v1
    past[0], past[1] = flush_denormals(x1), flush_denormals(x2)
    past[2], past[3], past[4] = flush_denormals(v1), flush_denormals(v2), flush_denormals(mean)


@inlined
def _loudest(voice, keep, carried):
    now = carried[0]
    for n in range(voice.shape[0]):
        now = max(np.float64(voice[n]), keep * now)
        voice[n] = now
    carried[0] = flush_denormals(now)


@inlined
def _wanted(hiss, voice, curve):
    """Replace each power of the hiss by its reduction, in doublings."""
    threshold, most, softest = curve[0], curve[1], curve[2]
    for n in range(hiss.shape[0]):
        level = log2(max(hiss[n], np.float32(FLOOR))) - log2(max(voice[n], softest))
        hiss[n] = min(max(np.float32(0.5) * level - threshold, np.float32(0)), most)


@kernel
def _deess(x, y, c, s):
    channels, half = x.shape[0], c.taps.shape[0] - 1
    for first in range(0, x.shape[1], PART):
        frames = min(PART, x.shape[1] - first)
        hiss, voice = s.scratch[channels, :frames], s.scratch[channels + 1, :frames]
        for n in range(frames):
            hiss[n], voice[n] = 0, 0
        for ch in range(channels):
            new, line, band = x[ch, first : first + frames], s.line[ch], s.scratch[ch, :frames]
            out, late = y[ch, first : first + frames], s.line[ch, half : half + frames]
            for n in range(frames):
                line[2 * half + n] = new[n]
            _band(line, c.taps, band)
            for n in range(frames):
                out[n] = late[n]
                hiss[n] = max(hiss[n], band[n] * band[n])
            _voiced(out, c, s.past[ch], voice)
            for n in range(2 * half):
                line[n] = line[n + frames]
        for n in range(frames):
            s.waiting[half + n] = hiss[n]
        for n in range(frames):
            hiss[n] = s.waiting[n]
        for n in range(half):
            s.waiting[n] = s.waiting[n + frames]
        averaged(hiss, c.factors[2], s.hiss)
        averaged(voice, c.factors[3], s.voice)
        _loudest(voice, c.factors[4], s.loudest)
        _wanted(hiss, voice, c.curve)
        smooth(hiss, c.factors[0], c.factors[1], 1 if c.factors[0] <= c.factors[1] else -1, s.reduction)
        for n in range(frames):
            hiss[n] = exp2(-hiss[n]) - np.float32(1)
        for ch in range(channels):
            out, band = y[ch, first : first + frames], s.scratch[ch]
            for n in range(frames):
                out[n] += hiss[n] * band[n]


@effect
def deesser(
    setup: Setup,
    freq: float = hz(5500, 2000, 12_000, "lower end of the hiss; all from here up is turned down"),
    threshold: float = db(
        -15, -60, 20, "level of the hiss, relative to the voice, above which it is turned down"
    ),
    range: float = db(-8, -40, 0, "largest reduction"),
    attack: float = seconds(0.001, 0, 0.1, "time until 63 % of the reduction is reached"),
    release: float = seconds(0.06, 0.001, 1, "time until 63 % of the reduction is gone"),
) -> Effect:
    """Turns down the hiss of s, z, sh and ch, and leaves vowels as they are.

    Tune the threshold first, until it reaches every sharp s and no soft one; it
    is relative to the voice, so loud and soft takes need the same. Then the range,
    by which the whole band falls: -4 to -8 dB is enough, more begins to lisp. A
    deep voice hisses from 4 kHz, a bright one from 6 to 7 kHz. It dulls cymbals
    too: not for music.
    """
    note_moved(setup.note, "freq", freq, setup.rate)
    taps = _high_pass(setup.rate, min(freq, HIGHEST * setup.rate))
    voice, high_pass = rbj("lowpass", setup.rate, freq / 2), one_pole(1 / (2 * pi * LOWEST), setup.rate)
    times = np.array([one_pole(time, setup.rate) for time in (attack, release, HISS, VOICE, HOLD)])

    def coefs(loudness: float) -> DeesserCoefs:
        softest = max(10 ** ((loudness + SOFTEST) / 10), FLOOR)
        curve = np.array([threshold / DOUBLING, -range / DOUBLING, softest], np.float32)
        return DeesserCoefs(taps, np.array([*voice[[0, 3, 4]], high_pass]), times, curve)

    half = len(taps) - 1
    forgetting = setup.frames(FORGETTING * (max(attack, release) + HISS + VOICE + HOLD))
    state = partial(_at_rest, setup.inputs[0].channels, half)
    made = Effect(
        _deess, coefs(USUAL), state, latency=half, memory=2 * half + memory(voice[None]) + forgetting
    )
    return made._replace(find=Find(0, KeyLevel, lambda heard: coefs(heard.loudness)))
