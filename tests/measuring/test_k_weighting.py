"""K-weighting against the table of the standard, and against itself at other rates."""

from pathlib import Path

import numpy as np
import pyebur128
import pytest
import soundfile
import soxr
from scipy.signal import butter, freqz_sos, sosfilt

from audiograph import measure
from audiograph.dsp.k_weighting import SURROUND, sections, weights
from audiograph.dsp.speakers import mask

DATA = Path(__file__).parents[1] / "data"
TABLE = [  # ITU-R BS.1770-5, annex 1, tables 1 and 2: 48 kHz
    [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621],
]


def response(rate, freqs):
    """In dB."""
    return 20 * np.log10(np.abs(freqz_sos(np.insert(sections(rate), 3, 1.0, axis=1), freqs, fs=rate)[1]))


def test_at_48_khz_it_is_the_table_of_the_standard():
    assert np.abs(sections(48_000) - TABLE).max() < 1e-8


@pytest.mark.parametrize(
    ("rate", "within"),
    [
        (4000, 0.13), (6000, 0.07), (8000, 0.025), (11_025, 0.008), (12_000, 0.006), (16_000, 0.002),
        (22_050, 0.001), (24_000, 0.001), (32_000, 0.001), (44_100, 0.002), (96_000, 0.008), (192_000, 0.01),
    ],
)  # fmt: skip
def test_every_rate_weighs_as_the_table_does_at_48_khz(rate, within):
    freqs = np.geomspace(20, min(0.499 * rate, 23_900), 400)
    assert np.abs(response(rate, freqs) - response(48_000, freqs)).max() < within


@pytest.mark.parametrize("name", ["speech.flac", "wrapped.flac", "music.ogg"])
def test_a_sound_is_as_loud_at_every_rate_as_in_ffmpeg_s_meter_at_48_khz(name):
    """Each has been through 8 kHz, so that all rates have all of it. The meter is libebur128's."""
    x, rate = soundfile.read(DATA / name, dtype="float32", always_2d=True)
    narrow = soxr.resample(x, rate, 8000, "VHQ")
    state = pyebur128.R128State(x.shape[1], 48_000, pyebur128.MeasurementMode.MODE_I)
    wide = soxr.resample(narrow, 8000, 48_000, "VHQ")
    state.add_frames(wide.reshape(-1), len(wide))
    wanted = pyebur128.get_loudness_global(state)
    for other in (8000, 11_025, 16_000, 22_050, 24_000, 44_100, 96_000):
        y = soxr.resample(narrow, 8000, other, "VHQ")
        assert measure((y.T, other)).integrated_lufs == pytest.approx(wanted, abs=0.005), other


@pytest.mark.parametrize("rate", [4000, 8000, 16_000, 22_050])
def test_high_frequencies_of_a_low_rate_are_as_loud_as_at_48_khz(rate):
    """Noise above a quarter of the rate: where a bilinear transform bends the most."""
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * rate)
    high = sosfilt(butter(8, (0.5, 0.85), "band", output="sos"), noise).astype(np.float32)
    wide = soxr.resample(high, rate, 48_000, "VHQ")
    apart = measure((high, rate)).integrated_lufs - measure((wide, 48_000)).integrated_lufs
    assert abs(apart) < (0.1 if rate == 4000 else 0.03)


@pytest.mark.parametrize("rate", [4000, 8000, 11_025, 768_000])
def test_every_rate_gives_stable_filters(rate):
    assert all(np.abs(np.roots([1, *row[3:]])).max() < 1 for row in sections(rate))


def test_surround_counts_more_and_the_lfe_nothing():
    assert list(weights(1)) == [1] and list(weights(2)) == [1, 1] and list(weights(3)) == [1, 1, 1]
    assert list(weights(5)) == [1, 1, 1, SURROUND, SURROUND]
    assert list(weights(6)) == [1, 1, 1, 0, SURROUND, SURROUND]
    assert list(weights(7)) == [1, 1, 1, 0, 1, SURROUND, SURROUND]
    assert list(weights(8)) == [1, 1, 1, 0, 1, 1, SURROUND, SURROUND]
    assert list(weights(12)) == [1] * 12


def test_a_mask_tells_which_speakers_count_more():
    def of(names):
        return list(weights(len(names.split()), mask(names.split())))

    assert of("FL FR LFE") == [1, 1, 0] and of("FL FR FC BC") == [1, 1, 1, 1]
    assert of("FL FR FC LFE SL SR") == of("FL FR FC LFE BL BR") == [1, 1, 1, 0, SURROUND, SURROUND]
    assert of("FL FR FC BL BR SL SR") == [1, 1, 1, 1, 1, SURROUND, SURROUND]
    assert of("FL FR BL BR") == [1, 1, SURROUND, SURROUND]
