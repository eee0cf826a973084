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


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("rate", [8000, 44_100, 96_000])
def test_no_alias_is_heard_at_any_frequency(shape, rate):
    """All that is no harmonic, in a second, is 100 dB below the tone: the old one had -24 dB at 5 kHz."""
    window = np.kaiser(rate, 20)
    for freq in (31, 441, 1733, 5003, 7919, 12_007, 19_997):
        if freq < rate / 2:
            y = heard(made(tone, rate=rate, shape=shape, freq=freq, level=0), rate)[0].astype(float)
            lines = np.abs(np.fft.rfft(y * window)) / window.sum() * 2
            tones = [slice(max(k - 12, 0), k + 13) for k in (0, *range(freq, rate // 2, freq))]
            loudest = lines.max()
            for near in tones:
                lines[near] = 0
            assert in_db(lines.max() / loudest) < -100, freq


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_very_low_tone_has_its_jumps_and_no_more(shape):
    """0.1 Hz: a ten-second turn of 220,000 harmonics, and at most 20 ms of it may ring."""
    y, turns = played(5 * RATE, shape=shape, freq=0.1, level=0), np.arange(5 * RATE) / (10 * RATE)
    want = {"saw": 2 * turns, "square": np.ones(5 * RATE), "triangle": 1 - abs(1 - 4 * turns)}[shape]
    scale = np.median(y[1000:-1000] / want[1000:-1000])
    assert 0.82 < scale <= 1.0001
    assert np.abs(y - scale * want)[1000:-1000].max() < 1e-3


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


def test_a_length_of_no_frame_is_refused():
    for length in (0, 1e-6):
        with pytest.raises(NodeError, match="length: is shorter than one frame"):
            made(tone, rate=RATE, length=length)
    assert made(tone, rate=RATE, length=1 / RATE).frames == 1


def test_half_the_sample_rate_is_too_high():
    with pytest.raises(NodeError, match="not below half the sample rate"):
        made(tone, rate=RATE, freq=24_000)
