"""Dither: the error is noise of known power, independent of the sound."""

from typing import Any

import numpy as np
import pytest

from audiograph.dsp import dither

FRAMES = 200_000


def words(x: Any, bits: int, dithered: bool = True, at: int = 0, highpass: bool = False) -> Any:
    """The samples in steps of the last bit."""
    x = np.atleast_2d(np.asarray(x, np.float32))
    s = dither.tally()
    s.clock[0] = at
    y = np.empty(x.shape[::-1], {16: np.int16, 24: np.int32}[bits])
    plain, rising = (dither.words16, dither.words24), (dither.words16_highpass, dither.words24_highpass)
    (rising if highpass else plain)[bits == 24](x, y, int(dithered), s)
    return y.T.astype(np.int64) >> (8 if bits == 24 else 0)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("offset", [0, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("highpass", [False, True])
def test_mean_and_variance_of_the_error_are_those_of_theory_for_any_level(
    channels: int, bits: int, offset: float, highpass: bool
):
    x = np.full((channels, FRAMES), offset / 2 ** (bits - 1), np.float32)
    error = words(x, bits, highpass=highpass) - offset
    assert np.abs(error.mean(axis=1)).max() < 0.006
    assert error.var(axis=1) == pytest.approx(0.25, rel=0.02)  # 1/12 of rounding and 2/12 of noise


@pytest.mark.parametrize("channels", [1, 2])
def test_the_error_is_white(channels: int):
    error = words(np.zeros((channels, 2**17), np.float32), 16)[0]
    spectrum = np.abs(np.fft.rfft(error.reshape(-1, 1024), axis=1))[:, 1:-1] ** 2
    assert spectrum.mean(axis=0) / spectrum.mean() == pytest.approx(1, abs=0.5)
    lags = [float(np.mean(error[lag:] * error[:-lag])) / error.var() for lag in range(1, 20)]
    assert np.abs(lags).max() < 0.02


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("offset", [0, 0.3])
def test_the_noise_of_high_pass_dither_rises_by_6_db_an_octave(channels: int, bits: int, offset: float):
    error = words(np.full((channels, 2**18), offset / 2 ** (bits - 1)), bits, highpass=True)[-1] - offset
    power = (np.abs(np.fft.rfft(error.reshape(-1, 64), axis=1)) ** 2).mean(axis=0)[1:-1] / 64
    rising = (
        2 - 2 * np.cos(2 * np.pi * np.arange(1, 32) / 64)
    ) / 12  # as the square of the frequency, low down
    assert power == pytest.approx(1 / 12 + rising, rel=0.1)


def test_the_noise_of_channels_is_independent():
    error = words(np.zeros((2, FRAMES), np.float32), 16)
    assert abs(np.corrcoef(error)[0, 1]) < 0.01


def test_a_sound_below_one_step_survives():
    tone = 0.3 * np.sin(2 * np.pi * np.arange(FRAMES) / 100)
    found = words(tone / 2**15, 16)[0].reshape(-1, 100).mean(axis=0)
    assert found == pytest.approx(tone[:100], abs=0.05)


@pytest.mark.parametrize("bits", [16, 24])
def test_without_dither_a_sample_is_rounded_to_the_nearest(bits: int):
    steps = np.array([0, 0.4, 0.6, -0.4, -0.6, 1000.4, -1000.6], np.float32)
    assert words(steps / 2 ** (bits - 1), bits, dithered=False).tolist() == [[0, 0, 1, 0, -1, 1000, -1001]]


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("channels", [1, 2])
def test_full_scale_never_wraps(bits: int, channels: int):
    top = 2 ** (bits - 1)
    high, low = np.ones((channels, 5000)), -np.ones((channels, 5000))
    assert words(high, bits).min() >= top - 2 and words(high, bits).max() == top - 1
    assert words(low, bits).max() <= -top + 1 and words(low, bits).min() == -top
    assert words(high * 1e20, bits).min() == top - 1 and words(low * 1e20, bits).max() == -top


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("highpass", [False, True])
def test_blocks_change_nothing(bits: int, channels: int, highpass: bool):
    x = np.random.default_rng(0).normal(0, 0.1, (channels, 5000)).astype(np.float32)
    cuts = ((0, 1), (1, 1000), (1000, 5000))
    parts = [words(np.ascontiguousarray(x[:, a:b]), bits, at=a, highpass=highpass) for a, b in cuts]
    assert np.array_equal(np.concatenate(parts, axis=1), words(x, bits, highpass=highpass))


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_compiled_code_gives_what_plain_python_gives(channels: int):
    x = np.random.default_rng(0).normal(0, 0.5, (channels, 300)).astype(np.float32)
    for kernel, dtype in (
        (dither.words16, np.int16),
        (dither.words24, np.int32),
        (dither.words16_highpass, np.int16),
        (dither.words24_highpass, np.int32),
        (dither.words32, np.float32),
    ):
        outs, tallies = [np.empty((300, channels), dtype) for _ in range(2)], [dither.tally(), dither.tally()]
        kernel(x, outs[0], 1, tallies[0])
        with np.errstate(over="ignore"):
            kernel.function(x, outs[1], 1, tallies[1])
        assert np.array_equal(*outs)
        assert all(np.array_equal(a, b) for a, b in zip(*tallies, strict=True))
