# mypy: allow-untyped-defs, allow-untyped-calls
"""De-esser: turns down the hiss of an s alone, and only where it is too loud for its voice.

The output is the sound plus (gain - 1) times its band-pass, with its centre half an
octave above `freq` and a q of 1. At rest nothing is added, and no bit changes. A
band-pass of the cookbook is a positive real function, so nothing below is raised.

The detector filters the band once more with the same band-pass (a vowel at 1 kHz
is 37 dB down there), averages its power with a one-pole of 2 ms to 63 %, and
compares it with the voice. The voice is the sound below half of `freq` (low-pass
of 12 dB an octave), averaged with a one-pole of 20 ms; its level is a peak hold
that falls to 37 % in 1 s, and never below -40 dB. The loudest channel counts. The
band is reduced by its excess over that level plus `threshold`, by at most `range`,
smoothed by eq. 17: attack and release are times to 63 % of a step in dB.

Reference: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter
coefficients", W3C Note, 2021 (band-pass, 0 dB at its middle; low-pass); D.
Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range compressor design",
JAES 60(6), 2012, eq. 4 without a knee, of an infinite ratio, and eq. 17; M. Wolters,
M. Sapp, J. Becker-Schweitzer, "Adaptive algorithm for detecting and reducing
sibilants in recorded speech", AES 104th Convention, 1998, on why it should adapt
to the voice.
"""

from functools import partial
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.biquad import memory, note_moved, rbj
from audiograph.dsp.decibels import DOUBLING, exp2, log2
from audiograph.dsp.denormals import flush_denormals
from audiograph.dsp.detector import FLOOR, FORGETTING, PART, averaged, one_pole, smooth
from audiograph.kernel import inlined, kernel
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, hz, seconds

HISS, VOICE, HOLD = 0.002, 0.02, 1.0  # seconds to 63 %: means of band and voice; decay of the peak hold
SOFTEST = 1e-4  # power; the voice is never taken to be softer


class DeesserCoefs(NamedTuple):
    """Filters, ballistics and the curve."""

    band: NDArray[np.float64]  # (3,) b0 a1 a2
    voice: NDArray[np.float64]  # (3,) b0 a1 a2
    factors: NDArray[np.float64]  # one-pole factors of attack, release, both means and the peak hold
    curve: NDArray[np.float32]  # threshold and range, in doublings of 6.02 dB


class DeesserState(NamedTuple):
    """Carried from block to block."""

    past: NDArray[np.float64]  # (channels, 8) input, band, band of the band, voice: last, last but one
    hiss: NDArray[np.float64]  # (1,) power
    voice: NDArray[np.float64]  # (1,) power
    loudest: NDArray[np.float64]  # (1,) power
    reduction: NDArray[np.float64]  # (1,) doublings
    scratch: NDArray[np.float32]  # (channels + 2, PART) the band of each; powers of hiss and voice


def _at_rest(channels: int) -> DeesserState:
    scratch = np.zeros((channels + 2, PART), np.float32)
    return DeesserState(np.zeros((channels, 8)), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), scratch)


@inlined
def _split(x, c, past, band, hiss, voice):
    """Filter one channel to its band; raise `hiss` and `voice` to its powers where those are higher."""
    b, a1, a2, e, g1, g2 = c.band[0], c.band[1], c.band[2], c.voice[0], c.voice[1], c.voice[2]
    x1, x2, y1, y2, z1, z2, v1, v2 = past[0], past[1], past[2], past[3], past[4], past[5], past[6], past[7]
    for n in range(band.shape[0]):
        u = np.float64(x[n])
        y = b * (u - x2) - a2 * y2 - a1 * y1
        z = b * (y - y2) - a2 * z2 - a1 * z1
        v = e * (u + 2 * x1 + x2) - g2 * v2 - g1 * v1
        band[n] = y
        hiss[n] = max(hiss[n], np.float32(z * z))
        voice[n] = max(voice[n], np.float32(v * v))
        x1, x2, y1, y2, z1, z2, v1, v2 = u, x1, y, y1, z, z1, v, v1
    past[0], past[1] = flush_denormals(x1), flush_denormals(x2)
    past[2], past[3] = flush_denormals(y1), flush_denormals(y2)
    past[4], past[5] = flush_denormals(z1), flush_denormals(z2)
    past[6], past[7] = flush_denormals(v1), flush_denormals(v2)


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
    threshold, most = curve[0], curve[1]
    for n in range(hiss.shape[0]):
        level = log2(max(hiss[n], np.float32(FLOOR))) - log2(max(voice[n], np.float32(SOFTEST)))
        hiss[n] = min(max(np.float32(0.5) * level - threshold, np.float32(0)), most)


@kernel
def _deess(x, y, c, s):
    channels = x.shape[0]
    for first in range(0, x.shape[1], PART):
        frames = min(PART, x.shape[1] - first)
        hiss, voice = s.scratch[channels, :frames], s.scratch[channels + 1, :frames]
        for n in range(frames):
            hiss[n], voice[n] = 0, 0
        for ch in range(channels):
            _split(x[ch, first : first + frames], c, s.past[ch], s.scratch[ch, :frames], hiss, voice)
        averaged(hiss, c.factors[2], s.hiss)
        averaged(voice, c.factors[3], s.voice)
        _loudest(voice, c.factors[4], s.loudest)
        _wanted(hiss, voice, c.curve)
        smooth(hiss, c.factors[0], c.factors[1], 1 if c.factors[0] <= c.factors[1] else -1, s.reduction)
        for n in range(frames):
            hiss[n] = exp2(-hiss[n]) - np.float32(1)
        for ch in range(channels):
            source, out, band = x[ch, first : first + frames], y[ch, first : first + frames], s.scratch[ch]
            for n in range(frames):
                out[n] = source[n] + hiss[n] * band[n]


@effect
def deesser(
    setup: Setup,
    freq: float = hz(
        5500, 2000, 12_000, "lower end of the hiss; it is turned down from here to an octave above"
    ),
    threshold: float = db(
        -15, -60, 20, "level of the hiss, relative to the voice, above which it is turned down"
    ),
    range: float = db(-8, -40, 0, "largest reduction"),
    attack: float = seconds(0.001, 0, 0.1, "time until 63 % of the reduction is reached"),
    release: float = seconds(0.06, 0.001, 1, "time until 63 % of the reduction is gone"),
) -> Effect:
    """Turns down the hiss of s, z, sh and ch, and leaves vowels as they are.

    Tune the threshold first, until it reaches every sharp s and no soft one; it
    is relative to the voice, so loud and soft takes need the same. Then the range:
    -4 to -8 dB is enough, more begins to lisp. A deep voice hisses from 4 kHz, a
    bright one from 6 to 7 kHz. It dulls cymbals too: not for music.
    """
    note_moved(setup.note, "freq: the middle of the band", freq * sqrt(2), setup.rate)
    band, voice = rbj("bandpass", setup.rate, freq * sqrt(2), q=1), rbj("lowpass", setup.rate, freq / 2)
    coefs = DeesserCoefs(
        band[[0, 3, 4]],
        voice[[0, 3, 4]],
        np.array([one_pole(time, setup.rate) for time in (attack, release, HISS, VOICE, HOLD)]),
        np.array([threshold / DOUBLING, -range / DOUBLING], np.float32),
    )
    ringing = max(memory(np.stack([band, band])), memory(voice[None]))
    forgetting = setup.frames(FORGETTING * (max(attack, release) + HISS + VOICE + HOLD))
    state = partial(_at_rest, setup.inputs[0].channels)
    return Effect(_deess, coefs, state, memory=ringing + forgetting)
