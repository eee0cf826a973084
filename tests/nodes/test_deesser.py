"""The de-esser, on tones and noise, and on real voices."""

from functools import cache
from pathlib import Path

import effects
import numpy as np
import pytest
import soundfile
import soxr
from reference import independent as twin
from scipy import signal

from audiograph.nodes.deesser import deesser

RATE = effects.RATE
ROOT = Path(__file__).parents[2]
VOICES = [("graphs/audio/guest.flac", 0), ("graphs/audio/guest.flac", 4.5)]  # two parts of LJ001-0001


@cache
def voice(file, start):
    """Four seconds."""
    x, rate = soundfile.read(ROOT / file, dtype="float32", always_2d=True)
    return np.ascontiguousarray(soxr.resample(x[int(start * rate) :][: 4 * rate], rate, RATE).T)


def energy(x, low, high):
    """The energy of a part of the spectrum in each 20 ms."""
    sos = signal.butter(4, [low, high], "bandpass", fs=RATE, output="sos")
    squares = signal.sosfiltfilt(sos, x[0].astype(float)) ** 2
    return squares[: len(squares) // 882 * 882].reshape(-1, 882).mean(1) + 1e-14


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"threshold": -30.0, "range": -40.0, "release": 0.01},
        {"freq": 2000.0, "threshold": 6.0, "attack": 0.05, "release": 0.02},
        {"freq": 12_000.0, "threshold": -60.0, "attack": 0.0},
    ],
)
def test_a_deesser_is_its_slow_twin(values):
    noisy = effects.swelling(2, 30_000)
    spoken = voice(*VOICES[0])[:, RATE : 2 * RATE]
    for x in (noisy, spoken):
        wanted = twin.deesser(x.astype(float), RATE, **values)
        found = effects.play(deesser, x, **values)
        np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-5 * np.abs(x).max())


@pytest.mark.parametrize("freq", [100, 440, 1000])
@pytest.mark.parametrize("level", [-50, -20, 0])
def test_a_low_tone_passes_without_the_change_of_a_bit(freq, level):
    x = effects.tone(RATE, freq, level) * np.hanning(RATE).astype(np.float32)  # no click at its ends
    np.testing.assert_array_equal(effects.play(deesser, x), x)


def vowel_and_hiss(hiss):
    """A second of a low tone at -20 dB, then a second of a high one at this level."""
    return np.concatenate([effects.tone(RATE, 300, -20), effects.tone(RATE, 7778, hiss)], axis=1)


@pytest.mark.parametrize(("hiss", "fall"), [(-40, 0), (-33, -2), (-31, -4), (-20, -8)])
def test_hiss_is_held_at_the_threshold_below_the_voice_as_far_as_the_range_goes(hiss, fall):
    x = vowel_and_hiss(hiss)
    y = effects.play(deesser, x, release="1 s")[0, RATE + 2000 : RATE + 6000]
    found = effects.in_db(y.std() / x[0, RATE + 2000 : RATE + 6000].std())
    assert found == pytest.approx(fall, abs=0.6)  # the peak hold has decayed by 0.4 dB


def test_a_louder_take_is_treated_alike():
    x = voice(*VOICES[0])[:, 2 * RATE :] * np.float32(2)  # well above -40 dB from the start
    once, louder = effects.play(deesser, x)[:, RATE:], effects.play(deesser, x * 4)[:, RATE:]
    assert np.abs(once - x[:, RATE:]).max() > 0.05
    np.testing.assert_allclose(louder, once * 4, rtol=0, atol=1e-5)


def test_both_channels_get_one_gain():
    x = np.concatenate([vowel_and_hiss(-20), effects.tone(2 * RATE, 7778, -60)])
    y = effects.play(deesser, x)
    assert effects.in_db(y[1, RATE + 2000 : RATE + 6000].std() / x[1].std()) == pytest.approx(-8, abs=0.1)


def test_it_never_makes_anything_louder():
    at = np.geomspace(30, 20_000, 40)
    x = np.concatenate([effects.tone(RATE // 2, freq, -60) for freq in at])
    loud = np.concatenate([x, effects.tone(RATE // 2, 7778, -10)])
    y = effects.play(deesser, loud, range=-40)[:-1, -8820:]
    gain = effects.in_db(y.std(axis=1) / x[:, -8820:].std(axis=1))
    assert gain.max() < 0.02 and gain.min() < -15


@pytest.mark.parametrize(("file", "start"), VOICES)
def test_sibilants_of_a_real_voice_fall_and_vowels_stay(file, start):
    x = voice(file, start)
    y = effects.play(deesser, x)
    whole, low, high = energy(x, 60, 20_000), energy(x, 100, 3000), energy(x, 5000, 9000)
    sounds = whole > 1e-4 * whole.max()
    hissing, vowels = sounds & (high > low) & (high > 1e-3 * whole.max()), sounds & (high < 0.01 * low)
    assert hissing.sum() >= 5 and vowels.sum() > 50
    assert 10 * np.log10(energy(y, 5000, 9000)[hissing].sum() / high[hissing].sum()) < -3
    assert np.abs(10 * np.log10(energy(y, 60, 20_000)[vowels] / whole[vowels])).max() < 0.1
