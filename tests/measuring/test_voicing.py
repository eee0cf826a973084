"""What has a pitch: words of a real voice, and no breath."""

import numpy as np
import pytest
import soundfile
from mixes import ROOT

from audiograph.measuring.voicing import is_voiced, periodicity

RATE = 22_050


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
@pytest.mark.parametrize("freq", [90, 210, 380])
@pytest.mark.parametrize("harmonicity", [6, 12, 20])
def test_periodicity_is_the_part_of_the_power_that_repeats(rate, freq, harmonicity):
    """Boersma's eq. 4: r / (1 - r) is the ratio of harmonics to noise."""
    t = np.arange(4 * rate) / rate
    tone = sum(np.sin(2 * np.pi * freq * k * t) for k in range(1, 1 + 950 // freq))
    noise = np.random.default_rng(1).standard_normal(len(t))
    power = 2 * 930 / rate  # of the noise in the band
    noise *= np.sqrt(np.mean(tone**2) / power) * 10 ** (-harmonicity / 20)
    expected = 1 / (1 + 10 ** (-harmonicity / 10))
    assert np.median(periodicity(tone + noise, rate)) == pytest.approx(expected, abs=0.06)


def test_words_are_voiced_at_any_level_and_offset_and_noise_is_not():
    voice, _ = soundfile.read(ROOT / "tests/data/speech.flac", dtype="float32")
    for first in range(2000, len(voice) - 6000, 4000):
        word = voice[None, first : first + 5500]
        if np.mean(word**2) > 2e-3:
            assert is_voiced(word, RATE) and is_voiced(word * 1e-4 + np.float32(0.1), RATE), first
    hiss = np.random.default_rng(2).standard_normal((40, 2, RATE // 2))
    assert not any(is_voiced(x.astype(np.float32), RATE) for x in hiss)


def test_silence_has_no_pitch_however_short():
    for frames in (1, RATE):
        assert not is_voiced(np.zeros((1, frames), np.float32), RATE)
