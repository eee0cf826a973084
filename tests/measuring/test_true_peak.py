"""True peak: the interpolation, its flatness, and sines with peaks between the samples."""

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from audiograph.dsp.true_peak import (
    DELAY,
    EXTRA_HALVES,
    HALF,
    HIGHEST_GAIN,
    PAST,
    QUARTER,
    TAPS,
    interpolator,
    true_peaks,
)
from audiograph.kernel import kernel
from audiograph.measuring import Meter

FRACTIONS = 0.25, 0.5, 0.75


@kernel
def peaks_of(x, half, peak):
    true_peaks(x, half, peak)


def half(peak):
    """Scratch for the values at 1/2."""
    return np.zeros(len(peak) + EXTRA_HALVES, np.float32)


def twin(x):
    """The definition: all four values as sums of products."""
    parts = [np.convolve(x.astype(float), interpolator(fraction), "valid") for fraction in FRACTIONS]
    return np.max(np.abs([x[PAST - DELAY : len(x) - DELAY], *parts]), axis=0)


def test_it_gives_the_highest_of_the_sample_and_of_three_values_after_it():
    x = np.random.default_rng(1).standard_normal(PAST + 1000).astype(np.float32)
    for run in (peaks_of, peaks_of.function):
        peak = np.zeros(1000, np.float32)
        run(x, half(peak), peak)
        assert np.abs(peak - twin(x)).max() < 2e-6


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_it_is_flat_and_in_place_up_to_18_khz(fraction):
    freqs = np.linspace(0, 18_000 / 44_100, 500)
    found = np.exp(-2j * np.pi * np.outer(freqs, np.arange(TAPS))) @ interpolator(fraction)
    assert np.abs(20 * np.log10(np.abs(found))).max() < 0.02
    assert np.abs(found - np.exp(-2j * np.pi * freqs * (DELAY - fraction))).max() < 0.0025


def test_no_filters_of_their_lengths_err_less_up_to_18_khz():
    freqs = np.linspace(0, 18_000 / 44_100, 500)[:, None]
    cosines = 2 * np.cos(2 * np.pi * freqs * (np.arange(1, len(HALF) + 1) - 0.5))
    assert np.abs(_least(cosines, np.ones(500)) - HALF).max() < 1e-4

    value = cosines @ HALF
    samples = {place: np.exp(2j * np.pi * freqs[:, 0] * (place - 0.25)) for place in (-1, 0, 1)}
    halves = {place: value * np.exp(2j * np.pi * freqs[:, 0] * (place + 0.25)) for place in (-1, 0, 1)}
    pairs = np.stack([samples[0] + halves[0], halves[-1] + samples[1], samples[-1] + halves[1]], 1)
    turns = np.exp(2j * np.pi * np.arange(32) / 32)  # a circle, by lines
    turned = np.concatenate([(turn * pairs).real for turn in turns])
    assert np.abs(_least(turned, np.repeat(turns.real, 500)) - QUARTER).max() < 1e-3


def _least(matrix, wanted):
    """The taps with the smallest maximum of |matrix @ taps - wanted| that sum up to 1/2."""
    size, ones = matrix.shape[1], np.ones((len(matrix), 1))
    sides = np.block([[matrix, -ones], [-matrix, -ones]]), np.concatenate([wanted, -wanted])
    steady = [[2.0] * size + [0.0]], [1.0]
    bounds = [(None, None)] * size + [(0, None)]
    return linprog(np.eye(size + 1)[size], *sides, *steady, bounds=bounds).x[:size]


@given(st.lists(st.sampled_from([-1.0, 1.0]), min_size=TAPS, max_size=TAPS))
def test_no_value_is_higher_than_most_times_the_highest_sample(signs):
    peak = np.zeros(1, np.float32)
    peaks_of.function(np.array(signs, np.float32), half(peak), peak)
    assert peak[0] <= HIGHEST_GAIN


def test_the_highest_possible_value_is_just_below_most():
    peak = np.zeros(1, np.float32)
    worst = max(map(interpolator, FRACTIONS), key=lambda taps: np.abs(taps).sum())
    peaks_of(np.sign(worst[::-1]).astype(np.float32), half(peak), peak)
    assert 0.998 * HIGHEST_GAIN < peak[0] < HIGHEST_GAIN


@pytest.mark.parametrize("freq", [997, 5000, 11_025, 15_000])
def test_a_sine_peaks_at_its_amplitude_wherever_its_samples_are(freq):
    for phase in np.linspace(0, np.pi, 7):
        sine = 0.5 * np.sin(2 * np.pi * freq * np.arange(44_100) / 44_100 + phase)
        sine *= np.minimum(1, np.minimum(np.arange(44_100), np.arange(44_100)[::-1]) / 441)
        meter = Meter(44_100, 1)
        meter.write(sine[None].astype(np.float32))
        assert -6.02 - 0.17 < meter.levels().true_peak_dbtp < -6.02 + 0.02


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000])
def test_clipped_speech_at_a_low_rate_reads_as_its_spectrum_says(rate):
    """Clipping fills the band up to half the rate; the exact reading is 16 times oversampled."""
    x, before = soundfile.read("tests/data/speech.flac", 60_000, dtype="float32", always_2d=True)
    loud = soxr.resample(np.clip(x[:, :1] * (0.5 / np.abs(x).max()) * 8, -0.5, 0.5), before, rate, "HQ")[:, 0]
    spectrum = np.fft.rfft(np.pad(loud.astype(float), 500))
    size = len(loud) + 1000
    wide = np.pad(spectrum, (0, 8 * size + 1 - len(spectrum)))
    exact = 20 * np.log10(16 * np.abs(np.fft.irfft(wide)).max())
    meter = Meter(rate, 1)
    meter.write(np.ascontiguousarray(loud[None], np.float32))
    assert meter.levels().true_peak_dbtp == pytest.approx(exact, abs=0.2)


def test_the_last_peak_of_a_sound_is_found_though_nothing_follows():
    meter = Meter(48_000, 1)
    meter.write(np.array([[0, 0, 0, 0.5, 0.5]], np.float32))
    levels = meter.levels()
    assert levels.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01) and levels.true_peak_dbtp > -4.5
    assert meter.levels() == levels and meter.frames == 5
