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
from audiograph.sound import Sound

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


def acting(x, **params):
    """The effect, once it has heard the whole sound."""
    effect = effects.made(deesser, x, **params)
    listener = effect.find.listener(Sound(params.get("rate", RATE), *x.shape))
    listener.write(x)
    return effect._replace(coefs=effect.find.coefs(listener.found()), find=None)


def played(x, **params):
    """The output, in step with the input."""
    effect = acting(x, **params)
    return effects.run(effect, effect.state(), np.pad(x, ((0, 0), (0, effect.latency))))[:, effect.latency :]


@pytest.mark.parametrize("freq", [100, 440, 1000])
@pytest.mark.parametrize("level", [-50, -20, 0])
def test_a_low_tone_passes_without_the_change_of_a_bit(freq, level):
    x = effects.tone(RATE, freq, level) * np.hanning(RATE).astype(np.float32)  # no click at its ends
    np.testing.assert_array_equal(played(x), x)


def vowel_and_hiss(hiss):
    """A second of a low tone at -20 dB, then a second of a high one at this level."""
    return np.concatenate([effects.tone(RATE, 300, -20), effects.tone(RATE, 7778, hiss)], axis=1)


@pytest.mark.parametrize(("hiss", "fall"), [(-40, 0), (-33, -2), (-31, -4), (-20, -8)])
def test_hiss_is_held_at_the_threshold_below_the_voice_as_far_as_the_range_goes(hiss, fall):
    x = vowel_and_hiss(hiss)
    y = played(x, release="1 s")[0, RATE + 2000 : RATE + 6000]
    found = effects.in_db(y.std() / x[0, RATE + 2000 : RATE + 6000].std())
    assert found == pytest.approx(fall, abs=0.6)  # the peak hold has decayed by 0.4 dB


@pytest.mark.parametrize(("gain", "offset"), [(4, 0), (0.1, 0), (0.01, 0), (0.01, 0.01), (1, 0.01)])
def test_a_louder_a_softer_take_and_one_with_an_offset_are_treated_alike(gain, offset):
    x = voice(*VOICES[0])[:, 2 * RATE :]
    once = played(x, threshold=-30, range=-20)
    other = played(x * np.float32(gain) + np.float32(offset), threshold=-30, range=-20) - np.float32(offset)
    assert np.abs(once - x).max() > 0.05
    part = slice(RATE // 2, -RATE // 100)  # an offset begins with a step, and ends with one
    np.testing.assert_allclose(other[:, part], once[:, part] * gain, rtol=0, atol=2e-3 * gain)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("freq", [4000, 5500])
def test_all_above_the_frequency_falls_alike_and_nothing_below(rate, freq):
    frames = rate // 2
    top = rate * 0.48
    n, count = np.arange(frames), 60
    for lowest, highest, fall, within in ((freq, top, -20, 0.3), (100, freq - 1650, 0, 0.05)):
        tones = np.linspace(lowest, highest, count)
        probe = 1e-5 * np.sin(2 * np.pi * np.outer(tones, n) / rate)
        x = np.concatenate([probe, np.sin(2 * np.pi * min(freq + 1000, top) / rate * n)[None]])
        x = x.astype(np.float32)
        y = played(x, rate=rate, freq=freq, range=-20.0)
        gain = effects.in_db(y[:count, frames // 2 :].std(axis=1) / x[:count, frames // 2 :].std(axis=1))
        np.testing.assert_allclose(gain, fall, rtol=0, atol=within)


def test_both_channels_get_one_gain():
    x = np.concatenate([vowel_and_hiss(-20), effects.tone(2 * RATE, 7778, -60)])
    y = played(x)
    assert effects.in_db(y[1, RATE + 2000 : RATE + 6000].std() / x[1].std()) == pytest.approx(-8, abs=0.1)


def test_it_never_makes_anything_louder():
    at = np.geomspace(30, 20_000, 40)
    x = np.concatenate([effects.tone(RATE // 2, freq, -60) for freq in at])
    loud = np.concatenate([x, effects.tone(RATE // 2, 7778, -10)])
    y = played(loud, threshold=-60, range=-40)[:-1, -8820:]
    gain = effects.in_db(y.std(axis=1) / x[:, -8820:].std(axis=1))
    assert gain.max() < 0.03 and gain.min() < -36


@pytest.mark.parametrize(("values", "fall"), [({}, -4), ({"threshold": -40, "range": -20}, -19)])
@pytest.mark.parametrize("level", [1, 0.01])
@pytest.mark.parametrize(("file", "start"), VOICES)
def test_sibilants_of_a_real_voice_fall_by_what_is_asked_for_and_vowels_stay(
    file, start, level, values, fall
):
    x = voice(file, start)
    y = played(x * np.float32(level), **values) / np.float32(level)
    whole, low, high = energy(x, 60, 20_000), energy(x, 100, 3000), energy(x, 5500, 10_000)
    sounds = whole > 1e-4 * whole.max()
    hissing, vowels = sounds & (high > low) & (high > 1e-3 * whole.max()), sounds & (high < 0.01 * low)
    assert hissing.sum() >= 5 and vowels.sum() > 50
    assert 10 * np.log10(energy(y, 5500, 10_000)[hissing].sum() / high[hissing].sum()) < fall
    assert np.abs(10 * np.log10(energy(y, 60, 20_000)[vowels] / whole[vowels])).max() < 0.4
