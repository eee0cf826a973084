from pathlib import Path

import effects
import numpy as np
import pytest
import soundfile
import timelines
from scipy import signal

from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.normalize import normalize
from audiograph.sound import Stream
from audiograph.testing.trial import heard

RATE = timelines.RATE
DATA = Path(__file__).parents[1] / "data"


def recorded(name):
    x, _ = soundfile.read(DATA / name, always_2d=True, dtype="float32")
    return np.ascontiguousarray(x.T)


def normalized(x, **given):
    return timelines.heard(timelines.made(normalize, timelines.stream(x), **given))


@pytest.mark.parametrize("name", ["speech.mp3", "music.ogg"])
def test_the_true_peak_comes_to_the_level(name):
    found = normalized(recorded(name), level="-3 dB")
    between = signal.resample_poly(found.astype(float), 16, 1, axis=1)
    assert effects.in_db(np.abs(between).max()) == pytest.approx(-3, abs=0.05)


def test_the_highest_sample_comes_to_the_level():
    x = recorded("speech.mp3")
    found = normalized(x, true_peak=False)
    assert effects.in_db(np.abs(found).max()) == pytest.approx(-1, abs=1e-5)
    np.testing.assert_array_equal(found, x * np.float32(10 ** (-1 / 20) / np.abs(x.astype(float)).max()))


def test_between_the_samples_of_a_quarter_of_the_rate_there_are_3_db():
    x = np.sin(np.pi / 2 * (np.arange(RATE) + 0.5))[np.newaxis].astype(np.float32)
    both = normalized(x, true_peak=True), normalized(x, true_peak=False)
    apart = effects.in_db(both[1][0, RATE // 2]) - effects.in_db(both[0][0, RATE // 2])
    assert apart == pytest.approx(3.01, abs=0.25)  # it is switched on, and rises a little more there


@pytest.mark.parametrize("true_peak", [True, False])
def test_silence_is_left_as_it_is_with_a_word(true_peak):
    notes = []
    made = normalize(
        Setup(RATE, (timelines.stream(np.zeros((1, 5000), np.float32)),), notes.append), true_peak=true_peak
    )
    assert not heard(made).any()
    assert notes == ["is silent, and left as it is"]


@pytest.mark.parametrize(("value", "said"), [(17_000, "17000 (84.6 dB)"), (-1, "-1 (0.0 dB)")])
def test_a_wild_sample_that_decides_the_level_is_named_with_its_time(value, said):
    x, notes = recorded("speech.mp3") * np.float32(0.05), []
    x[0, RATE // 4] = value
    made = normalize(Setup(RATE, (timelines.stream(x),), notes.append))
    found = heard(made)
    assert effects.in_db(np.abs(found[0, RATE // 4])) == pytest.approx(-1, abs=0.2)
    what = f"has a wild sample of {said} at 0.25 s, which decides its level"
    assert notes == [f"{what}: cut that place, or put a limiter before"]


def test_a_sound_full_of_peaks_or_of_one_frame_has_no_wild_sample():
    notes = []
    heard(normalize(Setup(RATE, (timelines.stream(np.full((1, 1), 0.5, np.float32)),), notes.append)))
    x = timelines.noise(1, RATE) * np.float32(0.001)
    x[0, 1000:30_000:250] = 0.9  # a buzz
    heard(normalize(Setup(RATE, (timelines.stream(x),), notes.append)))
    assert notes == []


def test_from_any_frame_it_is_the_tail_of_the_whole():
    spans = ((0, 20_000), (40_000, 60_000))
    made = timelines.made(normalize, timelines.stream(recorded("speech.mp3"), spans=spans))
    assert made.spans == spans
    timelines.assert_seeks(made, (0, 1, 19_999, 30_000, 50_000))


def test_what_never_ends_is_refused():
    with pytest.raises(NodeError, match="never ends"):
        normalize(Setup(RATE, (Stream(RATE, 1, None, chunks=lambda first: iter(())),)))
