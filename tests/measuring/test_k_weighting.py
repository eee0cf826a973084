"""K-weighting against the table of the standard, and against itself at other rates."""

import numpy as np
import pytest
from scipy.signal import freqz_sos

from audiograph.dsp.k_weighting import SURROUND, sections, weights
from audiograph.dsp.speakers import mask

TABLE = [  # ITU-R BS.1770-5, annex 1, tables 1 and 2: 48 kHz
    [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621],
]


def response(rate, freqs):
    found = sections(rate)
    sos = np.insert(found, 3, 1.0, axis=1)
    sos[1, :3] *= (
        1 + found[1, 3] * -1 + found[1, 4]
    ) / 4  # the same gain at high frequencies, whatever the rate
    return 20 * np.log10(np.abs(freqz_sos(sos, freqs, fs=rate)[1]))


def test_at_48_khz_it_is_the_table_of_the_standard():
    assert np.abs(sections(48_000) - TABLE).max() < 1e-8


@pytest.mark.parametrize("rate", [22_050, 32_000, 44_100, 96_000, 192_000])
def test_other_rates_hear_alike_where_the_bilinear_transform_lets_them(rate):
    freqs = np.array([30, 60, 120, 500, 1000, 2000, 3000])
    assert np.abs(response(rate, freqs) - response(48_000, freqs)).max() < 0.2


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
