"""Figures of files and arrays; outlines and spectra for pictures."""

import numpy as np
import pytest
import soundfile
from conftest import noise

import audiograph
from audiograph.errors import AudioFileError
from audiograph.measuring.envelope import Envelope
from audiograph.measuring.spectrum import Spectrum


def sine(freq, seconds=2.0, rate=48_000):
    return np.sin(2 * np.pi * freq * np.arange(round(seconds * rate)) / rate)


def test_a_file_and_its_samples_measure_the_same(tmp_path):
    x = noise(2, 100_000)
    soundfile.write(tmp_path / "a.wav", x.T, 44_100, "FLOAT")
    assert audiograph.measure(tmp_path / "a.wav") == audiograph.measure((x, 44_100))
    assert audiograph.measure(str(tmp_path / "a.wav")) == audiograph.measure((x.astype(float), 44_100))


def test_an_array_may_be_flat_and_of_whole_numbers():
    whole = np.round(20_000 * sine(997)).astype(np.int16)
    found, same = audiograph.measure((whole, 48_000)), audiograph.measure((whole[None] / 32_768, 48_000))
    assert found == same and found.channels == 1
    assert audiograph.measure((whole.astype(np.int32) << 16, 48_000)) == found


@pytest.mark.parametrize(
    ("sound", "what"),
    [((np.zeros((5000, 2)), 48_000), "channels"), ((np.zeros(9), 1.5), "rate"), ((np.zeros(9),), "tuple")],
)
def test_what_is_no_sound_is_refused_with_a_reason(sound, what):
    with pytest.raises(ValueError, match=what):
        audiograph.measure(sound)


def test_a_file_with_a_sample_that_is_no_number_is_named(tmp_path):
    x = noise(1, 50_000)
    x[0, 20_000] = np.nan
    soundfile.write(tmp_path / "a.wav", x.T, 44_100, "FLOAT")
    with pytest.raises(AudioFileError, match=r"a\.wav: channel 1 is not a finite number at frame 20000"):
        audiograph.measure(tmp_path / "a.wav")


@pytest.mark.parametrize(("frames", "columns"), [(50_000, 900), (300, 900), (7, 3), (1, 4)])
def test_an_outline_has_the_lowest_and_the_highest_of_each_column(frames, columns):
    x, outline = noise(2, frames), Envelope(frames, columns)
    for at in range(0, frames, 1777):
        outline.write(x[:, at : at + 1777])
    edges = np.arange(columns + 1) * frames // columns
    for k in range(columns):
        part = x[:, edges[k] : max(edges[k] + 1, edges[k + 1])]
        if edges[k] > 0 and edges[k] < frames and edges[k + 1] > edges[k]:
            assert (outline.lowest[k], outline.highest[k]) == (part.min(), part.max())


def test_an_outline_of_silence_is_a_line():
    outline = Envelope(1000, 10)
    outline.write(noise(1, 500))
    outline.silence(500)
    assert not outline.lowest[5:].any() and not outline.highest[5:].any() and outline.highest[:5].all()


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
@pytest.mark.parametrize("freq", [100, 1000, 3162])
def test_a_sine_is_in_its_band_at_its_level(freq, rate):
    spectrum = Spectrum(rate, 1)
    spectrum.write(sine(freq, 4, rate)[None].astype(np.float32))
    middles, levels = spectrum.bands()
    assert middles[levels.argmax()] == pytest.approx(freq, rel=0.03)
    assert levels.max() == pytest.approx(0, abs=0.2)
    assert np.sort(levels)[-3] < -25 and middles[-1] < rate / 2


def test_white_noise_rises_by_a_decibel_a_band():
    spectrum = Spectrum(48_000, 2)
    spectrum.write(noise(2, 480_000))
    middles, levels = spectrum.bands()
    slope = np.polyfit(np.log10(middles[8:]) * 10, levels[8:], 1)[0]
    assert slope == pytest.approx(1, abs=0.02)
    power = 10 * np.log10(2 * np.mean(noise(2, 480_000) ** 2) * middles[20] * (10**0.05 - 10**-0.05) / 24_000)
    assert levels[20] == pytest.approx(power, abs=0.3)


def test_a_spectrum_is_the_same_in_any_blocks_and_silence_lowers_it():
    x, one, other = noise(2, 60_000), Spectrum(44_100, 2), Spectrum(44_100, 2)
    one.write(x)
    for at in range(0, 60_000, 999):
        other.write(x[:, at : at + 999])
    assert np.array_equal(one.bands()[1], other.bands()[1])
    before = one.bands()[1]
    one.silence(60_000)
    assert np.allclose(before - one.bands()[1], 10 * np.log10(2), atol=0.1)
