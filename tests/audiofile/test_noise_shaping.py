"""Noise shaping: more noise in total, less of it where the ear is sensitive, independent of the sound."""

from typing import Any

import numpy as np
import pytest
import soundfile
from command import ROOT
from scipy.linalg import solve_toeplitz

from audiograph.dsp import dither
from audiograph.dsp.noise_shaping import (
    RANGE,
    TAPS,
    shaping_coefs,
    shaping_tally,
    threshold,
    words16_shaped,
    words24_shaped,
)

FRAMES = 2**18
PUBLISHED = (
    2.033,
    -2.165,
    1.959,
    -1.590,
    0.6149,
)  # Lipshitz, Vanderkooy, Wannamaker, JAES 39(11), 1991, 44.1 kHz


def words(x: Any, bits: int = 16, rate: int = 44_100, s: Any = None) -> Any:
    """The samples in steps of the last bit."""
    x = np.atleast_2d(np.asarray(x, np.float32))
    y = np.empty(x.shape[::-1], {16: np.int16, 24: np.int32}[bits])
    kernel = {16: words16_shaped, 24: words24_shaped}[bits]
    kernel(x, y, shaping_coefs(rate), shaping_tally(len(x)) if s is None else s)
    return y.T.astype(np.int64) >> (8 if bits == 24 else 0)


def gain(coefs: Any, freq: Any, rate: int) -> Any:
    """By how much the filter changes the power of the noise."""
    delays = np.exp(-2j * np.pi * np.outer(freq, np.arange(1, len(coefs) + 1)) / rate)
    return np.abs(1 - delays @ np.array(coefs)) ** 2


def heard(coefs: Any, rate: int, depth: float = 300.0) -> float:
    """How many dB louder than white noise it is, to an ear with this dynamic range in dB."""
    freq = np.linspace(20, rate / 2, 20_000)
    loss = threshold(freq)
    ear = 10 ** (-np.minimum(loss - loss.min(), depth) / 10)
    return float(10 * np.log10((ear * gain(coefs, freq, rate)).sum() / ear.sum()))


def spectrum(error: Any, size: int = 256) -> Any:
    """Power by frequency, 1 for white noise of that variance."""
    parts = error[: len(error) // size * size].reshape(-1, size) * np.hanning(size)
    return (np.abs(np.fft.rfft(parts, axis=1)) ** 2).mean(axis=0) / np.square(np.hanning(size)).sum()


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("offset", [0, 0.25, 0.5])
def test_the_error_has_the_spectrum_of_the_filter_for_any_level(bits: int, offset: float):
    error = words(np.full((2, FRAMES), offset / 2 ** (bits - 1)), bits)[1] - offset
    freq = np.fft.rfftfreq(256, 1 / 44_100)
    assert abs(error.mean()) < 0.01
    want = 0.25 * gain(shaping_coefs(44_100), freq, 44_100)  # 0.25 is rounding and triangular noise
    window = 0.25 * 2e-3  # what leaks from the loud end
    assert spectrum(error)[2:-2] == pytest.approx(want[2:-2], rel=0.15, abs=window)
    assert error.var() == pytest.approx(0.25 * (1 + np.square(shaping_coefs(44_100)).sum()), rel=0.03)


@pytest.mark.parametrize(
    ("rate", "less", "more"),
    [(16_000, 1, 2), (22_050, 2, 3), (32_000, 7, 11), (44_100, 15, 13.5), (48_000, 16, 13), (96_000, 22, 7)],
)
def test_the_noise_is_less_audible_but_more_in_total(rate: int, less: float, more: float):
    coefs = shaping_coefs(rate)
    assert heard(coefs, rate) < -less
    assert 10 * np.log10(1 + np.square(coefs).sum()) < more


def test_no_filter_with_as_many_taps_is_less_audible():
    best = np.array(shaping_coefs(44_100))
    at_best = heard(best, 44_100, RANGE)
    assert at_best < heard(PUBLISHED, 44_100, RANGE) and heard(best, 44_100) < heard(PUBLISHED, 44_100)
    for change in np.vstack([np.eye(TAPS), -np.eye(TAPS)]) * 0.003:
        assert heard(best + change, 44_100, RANGE) > at_best


def test_the_filter_is_that_of_an_independent_prediction():
    freq = np.linspace(0, 24_000, 4097)
    loss = threshold(freq)
    power = 10 ** (-np.minimum(loss - loss.min(), RANGE) / 10)
    weights = np.ones(4097)
    weights[1:-1] = 2  # both halves of the circle
    lags = [float((weights * power * np.cos(np.pi * np.arange(4097) * lag / 4096)).sum()) for lag in range(6)]
    assert shaping_coefs(48_000) == pytest.approx(solve_toeplitz(lags[:-1], lags[1:]), abs=1e-4)


@pytest.mark.parametrize(("freq", "quiet"), [(125, 22.1), (250, 11.4), (500, 4.4), (1000, 2.4), (4000, -5.4)])
def test_the_threshold_is_near_that_of_the_standard(freq: float, quiet: float):
    assert threshold(np.array([float(freq)]))[0] == pytest.approx(quiet, abs=3)  # ISO 226:2003, table 1


def test_speech_gets_less_audible_noise():
    x = soundfile.read(ROOT / "graphs/audio/guest.flac", dtype="float32")[0][None, :200_000] / 30
    plain = np.empty((x.shape[1], 1), np.int16)
    dither.words16(np.ascontiguousarray(x), plain, 1, dither.tally())
    errors = [y - x[0] * 2.0**15 for y in (plain[:, 0], words(x, rate=22_050)[0])]
    freq = np.fft.rfftfreq(256, 1 / 22_050)
    middle = (freq > 2500) & (freq < 4500)
    before, after = (spectrum(error)[middle].mean() for error in errors)
    assert 10 * np.log10(after / before) < -3


def test_a_soft_tone_has_no_harmonics_and_no_idle_tones():
    tone = 10 ** (-90 / 20) * np.sin(
        2 * np.pi * 128 * np.arange(FRAMES) / 4096
    )  # 1.4 kHz, in the middle of a bin
    found = np.abs(np.fft.rfft(words(tone)[0].reshape(-1, 4096).mean(axis=0)))
    bare = np.abs(np.fft.rfft(np.rint(tone * 2**15).reshape(-1, 4096).mean(axis=0)))
    noise = np.sqrt(gain(shaping_coefs(44_100), np.arange(2049) * 44_100 / 4096, 44_100) * 0.25 * 4096 / 64)
    assert found[128] == pytest.approx(10 ** (-90 / 20) * 2**15 * 2048, rel=0.02)
    assert (np.delete(found, 128) < 5 * np.delete(noise, 128) + 3).all()
    assert bare[3 * 128] > 10 * noise[3 * 128]  # without dither it has


def test_silence_gets_the_same_noise_and_no_more():
    y = words(np.zeros((2, FRAMES)))
    assert 2 < np.abs(y).max() < 20 and np.abs(y[:, FRAMES // 2 :]).max() < 20
    assert abs(np.corrcoef(y)[0, 1]) < 0.02  # each channel has its own


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("size", [1, 1e20, np.inf])
def test_clipping_leaves_no_trace_in_later_samples(bits: int, size: float):
    x = np.zeros((2, 3000), np.float32)
    x[:, 1000:2000] = np.float32(size)
    y = words(x, bits)
    assert y.max() == 2 ** (bits - 1) - 1 and y[:, 1000:2000].min() > 2 ** (bits - 1) - 30
    assert words(-x, bits).min() == -(2 ** (bits - 1))
    assert np.abs(y[:, 2000:]).max() < 30


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("bits", [16, 24])
def test_blocks_change_nothing(bits: int, channels: int):
    x = np.random.default_rng(0).normal(0, 0.1, (channels, 5000)).astype(np.float32)
    s = shaping_tally(channels)
    cuts = ((0, 1), (1, 3), (3, 1000), (1000, 5000))
    parts = [words(np.ascontiguousarray(x[:, a:b]), bits, s=s) for a, b in cuts]
    assert np.array_equal(np.concatenate(parts, axis=1), words(x, bits))
    assert (s.clock[0], s.peak.view(np.float32)[0]) == (5000, np.abs(x).max())


@pytest.mark.parametrize("bits", [16, 24])
def test_it_equals_its_slow_twin(bits: int):
    x = np.random.default_rng(0).normal(0, 0.2, 2000).astype(np.float32)
    noise = np.empty((2000, 1), np.int16)
    dither.words16(np.zeros((1, 2000), np.float32), noise, 1, dither.tally())
    past, want, coefs = [0.0] * TAPS, [], shaping_coefs(44_100)
    for n in range(2000):
        meant = float(x[n]) * 2 ** (bits - 1) - sum(c * e for c, e in zip(coefs, past, strict=True))
        with np.errstate(over="ignore"):
            want.append(np.rint(meant + float(dither.triangular(np.uint32(n)))))
        past = [want[-1] - meant, *past[:-1]]
    assert words(x, bits)[0].tolist() == want


def test_compiled_code_gives_what_plain_python_gives():
    x = np.random.default_rng(0).normal(0, 0.5, (3, 300)).astype(np.float32)
    for kernel, dtype in ((words16_shaped, np.int16), (words24_shaped, np.int32)):
        outs, tallies = [np.empty((300, 3), dtype) for _ in range(2)], [shaping_tally(3) for _ in range(2)]
        kernel(x, outs[0], shaping_coefs(32_000), tallies[0])
        with np.errstate(over="ignore"):
            kernel.function(x, outs[1], shaping_coefs(32_000), tallies[1])
        assert np.array_equal(*outs)
        assert all(np.allclose(a, b) for a, b in zip(*tallies, strict=True))
