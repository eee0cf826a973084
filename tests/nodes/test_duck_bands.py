"""Carving: ducking by bands, on noise and tones, and on real voices over real music."""

from functools import cache
from pathlib import Path

import effects
import numpy as np
import pytest
import soundfile
import soxr
from reference import independent as twin

from audiograph.dsp.carving_bands import middles
from audiograph.nodes.duck import duck

RATE = effects.RATE
ROOT = Path(__file__).parents[2]
VOICES = {"guest": "graphs/audio/guest.flac", "sonnet": "tests/data/speech.mp3"}
MUSIC = {"loop": "graphs/audio/music.ogg", "brahms": "tests/data/music.ogg"}
PAIRS = [(voice, music) for voice in VOICES for music in MUSIC]
SECONDS = 4


def ducked(x, key, **given):
    """The ducked sound, latency removed."""
    made = effects.made(duck, x, key, **given)
    late = ((0, 0), (0, made.latency))
    return effects.run(made, made.state(), np.pad(x, late), np.pad(key, late))[:, made.latency :]


@pytest.mark.parametrize(
    "values",
    [
        {"attack": 0.02, "hold": 0.03, "release": 0.05},
        {"bands": 5, "depth": -20.0, "hold": 0.0, "lookahead": 0.0, "threshold": -50.0},
        {"bands": 16, "threshold": -20.0, "attack": 0.001, "release": 0.02, "lookahead": 0.1},
        {"bands": 1, "hold": 0.05, "release": 0.1},
    ],
)
def test_carving_is_its_slow_twin(values):
    values = {"bands": 8} | values
    x, key = effects.noise(2, 30_000), effects.swelling(2, 30_000, seed=4)
    key[:, 12_000:] = np.cumsum(key[:, 12_000:], axis=1) * np.float32(0.05)  # another colour
    wanted = twin.carve(x.astype(float), RATE, key.astype(float), **values)
    assert np.abs(wanted - x).max() > 0.1
    np.testing.assert_allclose(ducked(x, key, **values), wanted, rtol=0, atol=2e-6)


def test_where_the_key_is_silent_no_bit_changes():
    x, key = effects.noise(2, 3 * RATE), np.zeros((1, 3 * RATE), np.float32)
    key[:, RATE : RATE + 5000] = effects.noise(1, 5000)
    y = ducked(x, key, bands=8, hold="200 ms", release="300 ms")
    assert (y[:, RATE : RATE + 5000] != x[:, RATE : RATE + 5000]).any()
    np.testing.assert_array_equal(y[:, : RATE - 6615], x[:, : RATE - 6615])
    np.testing.assert_array_equal(y[:, 2 * RATE :], x[:, 2 * RATE :])


def test_a_key_below_the_threshold_changes_no_bit():
    x = effects.noise(2, 9000)
    np.testing.assert_array_equal(ducked(x, effects.noise(1, 9000, 0.01), bands=8), x)


def rms(x):
    return np.sqrt(np.mean(x.astype(float) ** 2, axis=1))


def pink(frames):
    """Noise with the same power in every octave, so in every band."""
    spectrum = np.fft.rfft(effects.noise(1, frames))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.shape[1]) + 50), frames).astype(np.float32) * 10


def response(key, freqs, depth=-12.0, bands=8):
    """Gain in dB at these frequencies, while this key sounds."""
    x = np.concatenate([effects.tone(RATE, freq, -30) for freq in freqs])
    y = ducked(x, key, depth=depth, bands=bands, hold="0.1 s", release="0.1 s")
    return effects.in_db(rms(y[:, -8820:]) / rms(x[:, -8820:]))


def test_a_key_of_one_band_dips_that_band_and_its_neighbours_and_no_other():
    freqs = middles(8, RATE)
    for band in range(8):
        found = response(effects.tone(RATE, freqs[band], -10), freqs)
        assert found[band] < -6
        assert np.abs(found[np.abs(np.arange(8) - band) > 2]).max() < 1.5, band


@pytest.mark.parametrize(("depth", "off"), [(-4.0, 0.5), (-8.0, 1.5), (-12.0, 3.5)])
def test_a_key_of_all_bands_dips_them_as_one_half_as_deep_again(depth, off):
    freqs = middles(8, RATE)
    found = response(pink(RATE), np.geomspace(freqs[2], freqs[-3], 40), depth)
    assert found == pytest.approx(1.5 * depth, abs=off)


@pytest.mark.parametrize("key", [effects.noise(1, RATE), pink(RATE), effects.tone(RATE, 800, -10)])
def test_nothing_gets_louder_by_as_much_as_2_db(key):
    assert response(key, np.geomspace(30, 18_000, 70), -12.0).max() < 2


def test_an_octave_of_music_that_the_voice_leaves_free_stays_as_it_is():
    x, key = effects.tone(RATE, 60, -20), effects.tone(RATE, 1000, -20)
    assert effects.in_db(rms(ducked(x, key, bands=8)) / rms(x)) == pytest.approx(0, abs=0.1)


def test_gaps_shorter_than_the_hold_are_bridged_without_pumping():
    words = (np.arange(5 * RATE) % 17_640 < 8820) & (np.arange(5 * RATE) > RATE)
    x = effects.tone(5 * RATE, 1200, -20)
    y = ducked(x, (x * words).astype(np.float32), bands=8)
    level = effects.in_db(rms(y[0, : 5 * RATE].reshape(500, 441)) / rms(x[0].reshape(500, 441)))
    assert np.abs(level[:80]).max() < 0.01 and level[110:].max() < -3
    assert np.ptp(level[300:480]) < 0.1  # once the clicks at the first word's edges are forgotten


# Real voices over real music.


@cache
def heard(file):
    """The first seconds of a file of this repository, repeated if it is shorter."""
    x, rate = soundfile.read(ROOT / file, dtype="float32", always_2d=True)
    x = soxr.resample(x, rate, RATE) if rate != RATE else x
    return np.resize(x, (SECONDS * RATE, x.shape[1])).T.copy()


CENTRES = 1000 * 10 ** (np.arange(-13, 13) / 10)  # third-octave bands of IEC 61260, 50 Hz to 16 kHz


def thirds(x):
    """Power in third-octave bands, each 10 ms: (bands, times)."""
    frames = np.lib.stride_tricks.sliding_window_view(x, 4096, axis=1)[:, ::441] * np.hanning(4096)
    power = (np.abs(np.fft.rfft(frames)) ** 2).sum(0)
    octaves = np.log2(np.fft.rfftfreq(4096, 1 / RATE)[1:] / 1000) * np.log2(10) ** -1 * 10
    place = np.floor(octaves + 0.5).astype(int) + 13
    return np.array([power[:, 1:][:, place == band].sum(1) for band in range(len(CENTRES))]) + 1e-9


def k_weight(freqs):
    """The power response of BS.1770, near enough: 4 dB more above 1.7 kHz, less below 60 Hz."""
    shelf = (1 + 10**0.4 * (freqs / 1700) ** 2) / (1 + (freqs / 1700) ** 2)
    return (shelf / (1 + (38 / freqs) ** 4))[:, None]


def compared(voice, bed, ducks):
    """For each way to duck: how much the bed is lower in the voice's own bands, and as a whole, in dB.

    The first is what the margin of the voice over the bed gains: in each 10 ms of each third-octave of those
    that hold 85 % of the voice's energy, weighted with that energy. The second is K-weighted. Both are
    taken while the voice sounds.
    """
    v, b = thirds(voice), thirds(bed)
    sounds = v.sum(0) > v.sum(0).max() * 1e-3
    v, b = v[:, sounds], b[:, sounds]
    order = np.argsort(-v.sum(1))
    own = order[: np.searchsorted(np.cumsum(v.sum(1)[order]), 0.85 * v.sum()) + 1]
    weight, loud = v[own] / v[own].sum(), k_weight(CENTRES)
    found = []
    for given in ducks:
        after = thirds(ducked(bed, voice, **given))[:, sounds]
        margin = (weight * 10 * np.log10(b[own] / after[own])).sum()
        found.append((margin, 10 * np.log10((loud * b).sum() / (loud * after).sum())))
    return found


@pytest.mark.parametrize(("voice", "music"), PAIRS)
def test_carving_gives_a_voice_the_same_room_with_4_db_less_dip_of_the_music(voice, music):
    ways = [{"depth": -12}, {"depth": -12, "bands": 8}]
    whole, carved = compared(heard(VOICES[voice]), heard(MUSIC[music]), ways)
    assert whole == pytest.approx((12, 12), abs=0.2)
    assert carved[0] > whole[0] - 0.5  # the margin in the voice's own bands
    assert carved[1] < whole[1] - 4  # the dip of the whole


def test_even_music_of_the_voices_own_spectrum_dips_less():
    """The voice itself, backwards: all of it is in the voice's bands, so carving can gain little."""
    voice = heard(VOICES["guest"])
    whole, carved = compared(voice, voice[:, ::-1].copy(), [{"depth": -12}, {"depth": -12, "bands": 8}])
    assert carved[0] > whole[0] - 0.5
    assert whole[1] - 6 < carved[1] < whole[1] - 2
