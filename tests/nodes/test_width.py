"""Width: mid and side."""

import numpy as np
import pytest
import soundfile
from effects import RATE, made, noise, play, run
from mixes import ROOT
from reference import mixing
from scipy.signal import butter, coherence, lfilter, sosfiltfilt, welch

import audiograph
from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.width import width
from audiograph.sound import Sound

X = noise(2, 5000)
MUSIC = soundfile.read(ROOT / "graphs" / "audio" / "music.ogg", dtype="float32", frames=10 * RATE)[0]
MONO = np.ascontiguousarray(MUSIC.mean(axis=1, keepdims=True).T)


@pytest.mark.parametrize("amount", [0, 0.3, 1, 1.7, 4])
def test_the_side_signal_is_scaled(amount):
    np.testing.assert_allclose(play(width, X, width=amount), mixing.width(X, amount), atol=1e-6)


def test_1_changes_no_bit():
    assert play(width, X).tobytes() == X.tobytes()


def test_0_is_mono():
    y = play(width, X, width=0)
    assert y[0].tobytes() == y[1].tobytes()


def test_a_mono_sound_passes_unchanged():
    x = noise(1, 1000)
    assert play(width, x, width=2).tobytes() == x.tobytes()


def test_a_sound_in_the_middle_stays_as_it_is():
    x = np.tile(noise(1, 1000), (2, 1))
    np.testing.assert_allclose(play(width, x, width=2), x, atol=1e-7)


def test_six_channels_have_no_width():
    with pytest.raises(NodeError, match="not 6 channels"):
        made(width, noise(6, 10))


def sides(x, amount):
    """The slow twin: mono to two sides, in float64."""
    side = x.astype(float)
    for delay, feedback in ((0.0029, 0), (0.0043, 0.5), (0.0067, -0.5), (0.0097, 0.5), (0.0131, -0.5)):
        late = np.zeros(round(delay * RATE))
        over, under = np.r_[-feedback, late[1:], 1], np.r_[1, late[1:], -feedback]
        side = lfilter(over, under, side)
    low = 1 - np.exp(-2 * np.pi * 150 / RATE)
    for _ in range(2):
        side = side - lfilter([low], [1, low - 1], side)
    return np.stack([x + amount * side, x - amount * side])


@pytest.mark.parametrize("amount", [0.15, 0.5, 1])
def test_spread_is_a_delay_and_all_passes_without_bass(amount):
    x = noise(1, 30_000)
    np.testing.assert_allclose(play(width, x, spread=amount), sides(x[0], amount), atol=2e-6)
    np.testing.assert_allclose(play(width, x, spread=amount / 2, width=2), sides(x[0], amount), atol=2e-6)


def test_in_mono_a_spread_sound_is_what_it_was():
    for x in (MONO, np.ascontiguousarray(MUSIC.T), noise(1, 30_000)):
        y = play(width, x, spread=0.15)
        assert y.shape == (2, x.shape[1])
        np.testing.assert_allclose(y.mean(axis=0), x.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("amount", [0.15, 0.4, 1])
def test_the_sides_of_a_spread_sound_have_the_correlation_that_is_told(amount):
    x = noise(1, 5 * RATE)
    told = (1 - amount**2) / (1 + amount**2)
    high = butter(4, 500, "highpass", fs=RATE, output="sos")
    left, right = (sosfiltfilt(high, y) for y in play(width, x, spread=amount))
    assert np.corrcoef(left, right)[0, 1] == pytest.approx(told, abs=0.03)


def test_mono_music_gets_to_the_sides_and_is_as_loud_on_both():
    y = play(width, MONO, spread=0.15)
    assert np.corrcoef(y)[0, 1] < 0.995
    freqs, (mid, left, right) = welch(np.stack([MONO[0], *y]), RATE, nperseg=8192)
    for centre in (63, 125, 250, 500, 1000, 2000, 4000, 8000):
        octave = (freqs > centre / 2**0.5) & (freqs < centre * 2**0.5)
        for side in (left, right):
            assert abs(10 * np.log10(side[octave].sum() / mid[octave].sum())) < 1
    bass = butter(2, 60, fs=RATE, output="sos")
    low = sosfiltfilt(bass, y)
    assert np.corrcoef(low)[0, 1] > 0.999


def test_the_side_of_a_spread_sound_is_unlike_its_middle():
    x = noise(1, 20 * RATE)
    left, right = play(width, x, spread=1)
    freqs, alike = coherence(x[0], (left - right) / 2, RATE, nperseg=512)
    assert alike[freqs > 500].mean() < 0.3  # in windows shorter than it is long


def test_without_spread_no_bit_of_stereo_changes_and_equal_sides_are_spread_as_mono():
    x = noise(2, 5000)
    assert play(width, x, spread=0).tobytes() == x.tobytes()
    both = np.repeat(MONO, 2, axis=0)
    np.testing.assert_allclose(play(width, both, spread=0.3), play(width, MONO, spread=0.3), atol=1e-6)


def test_a_width_of_0_is_mono_with_spread_too():
    y = play(width, X, spread=0.5, width=0)
    assert y[0].tobytes() == y[1].tobytes()


@pytest.mark.parametrize("rate", [60, 8000, 192_000])
def test_spread_at_any_rate(rate):
    x = noise(1, rate)
    effect = width(Setup(rate, (Sound(rate, 1, rate),)), spread=0.5)
    y = run(effect, effect.state(), x)
    np.testing.assert_allclose(y.mean(axis=0), x[0], atol=1e-6)


def test_what_spread_leaves_behind_is_the_same_in_any_blocks():
    text = "rate: 48 kHz\nnodes: {a: {use: tone, level: -120 dB, length: 0.4 s}, "
    text += "b: {use: width, in: a, spread: 0.5}, c: {use: sum, in: b, until: 2 s}}\noutput: c"
    large, small = (audiograph.render(text, block=block).sound for block in (65_536, 1225))
    assert large.tobytes() == small.tobytes() and np.abs(large[:, 20_000:]).max() > 0
