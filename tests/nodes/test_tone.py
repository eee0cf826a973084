"""Steady tones."""

import numpy as np
import pytest
from effects import in_db
from timelines import assert_seeks, heard, made

from audiograph.errors import NodeError
from audiograph.nodes.tone import SHAPES, tone

RATE = 48_000


def played(frames: int = RATE, first: int = 0, **params):
    return heard(made(tone, rate=RATE, **params), first + frames, first)[0].astype(float)


def spectrum(y):
    """Peak amplitude in dB of each whole Hz."""
    return in_db(2 * np.abs(np.fft.rfft(y)) / len(y))


@pytest.mark.parametrize("freq", [0.5, 997, 15_000.25])
def test_a_sine_is_a_sine(freq):
    want = 10 ** (-12 / 20) * np.sin(2 * np.pi * freq / RATE * np.arange(RATE))
    np.testing.assert_allclose(played(freq=freq), want, atol=1e-7)


def test_it_does_not_drift_in_a_day():
    day = 86_400 * RATE
    want = np.sin(2 * np.pi * (997 * (day % RATE + np.arange(1000)) % RATE) / RATE)
    np.testing.assert_allclose(played(1000, day, freq=997, level=0), want, atol=1e-7)


@pytest.mark.parametrize(
    ("shape", "harmonics"),
    [
        ("saw", {k: 2 / np.pi / k for k in (1, 2, 3, 4, 5)}),
        ("square", {k: 4 / np.pi / k for k in (1, 3, 5)}),
        ("triangle", {k: 8 / np.pi**2 / k**2 for k in (1, 3, 5)}),
    ],
)
def test_waves_have_their_harmonics(shape, harmonics):
    lines = spectrum(played(shape=shape, freq=100, level=-6))
    for k in range(1, 6):
        if k in harmonics:
            assert abs(lines[100 * k] - in_db(harmonics[k]) + 6) < 0.01
        else:
            assert lines[100 * k] < -100


@pytest.mark.parametrize(
    ("shape", "naive", "better"),
    [
        ("saw", lambda t: 2 * ((t + 0.5) % 1) - 1, 12),
        ("square", lambda t: np.where(t % 1 < 0.5, 1, -1), 12),
        ("triangle", lambda t: 1 - 4 * np.abs((t + 0.25) % 1 - 0.5), 12),
    ],
)
def test_aliases_are_held_down(shape, naive, better):
    """Everything below 12 kHz that is no harmonic, against a wave without rounded corners."""
    freq = 1733
    audible = np.setdiff1d(np.arange(20, 12_000), np.arange(freq, RATE, freq))
    ours = spectrum(played(shape=shape, freq=freq, level=0))[audible]
    plain = spectrum(naive(freq / RATE * np.arange(RATE)))[audible]
    assert ours.max() < plain.max() - better


@pytest.mark.parametrize("shape", SHAPES)
def test_levels_are_peaks(shape):
    assert in_db(np.abs(played(shape=shape, freq=50, level=-9)).max()) == pytest.approx(-9, abs=0.03)


@pytest.mark.parametrize("shape", SHAPES)
def test_waves_begin_at_phase_zero_and_stay_in_range_up_to_the_top(shape):
    assert abs(played(1, shape=shape)[0]) < 1e-9
    for freq in (20, 5000, 23_999):
        assert np.abs(played(4000, shape=shape, freq=freq, level=0)).max() <= 1 + 1e-6


@pytest.mark.parametrize("shape", SHAPES)
def test_every_frame_can_be_had_without_those_before(shape):
    assert_seeks(made(tone, rate=RATE, shape=shape, length=1.0), (0, 1, 7, 16_383, 16_384, 20_001, 47_999))


def test_its_length_is_given_or_endless():
    assert made(tone, rate=RATE, length=1.5).frames == 72_000
    assert made(tone, rate=RATE).frames is None


def test_half_the_sample_rate_is_too_high():
    with pytest.raises(NodeError, match="not below half the sample rate"):
        made(tone, rate=RATE, freq=24_000)
