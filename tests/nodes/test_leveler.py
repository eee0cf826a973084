"""Leveler: the sentences of a voice at one loudness, each measured by another meter."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr
from mixes import ROOT
from pyebur128 import MeasurementMode, R128State, get_loudness_global
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.nodes.leveler import leveler
from audiograph.nodes.noise import noise as hiss

RATE = 22_050
SENTENCE, _ = soundfile.read(ROOT / "tests/data/speech.flac", dtype="float32")


def talk(levels, gap=0.5, floor=0.0, channels=1, rate=RATE):
    """A sentence at each of these levels in dB, a gap after each; and where each is."""
    one = SENTENCE if rate == RATE else soxr.resample(SENTENCE, RATE, rate, "HQ")
    silence = np.zeros(int(gap * rate), np.float32)
    parts = [np.concatenate([one * 10 ** (level / 20), silence]) for level in levels]
    x = np.concatenate(parts) + floor * np.random.default_rng(1).standard_normal(sum(map(len, parts)))
    places = [(k * len(parts[0]), k * len(parts[0]) + len(one)) for k in range(len(levels))]
    return np.tile(x, (channels, 1)).astype(np.float32), places


def levelled(x, rate=RATE, **params):
    return heard(made(leveler, stream(x, rate=rate), rate=rate, **params))


def lufs(x, rate=RATE):
    meter = R128State(len(x), rate, MeasurementMode.MODE_I)
    meter.add_frames(np.ascontiguousarray(x.T, np.float32).ravel(), x.shape[1])
    return get_loudness_global(meter)


def spread(x, places, rate=RATE):
    found = [lufs(x[:, first:last], rate) for first, last in places]
    return max(found) - min(found)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100])
@pytest.mark.parametrize("floor", [0, 1e-3, 3e-3], ids=["digital silence", "a quiet room", "a noisy room"])
@pytest.mark.parametrize("channels", [1, 2])
def test_sentences_far_apart_come_to_one_loudness_and_the_whole_stays_as_loud(rate, floor, channels):
    x, places = talk([0, 6, -6, 3, -3], floor=floor, channels=channels, rate=rate)
    y = levelled(x, rate)
    assert spread(x, places, rate) > 11
    assert spread(y, places, rate) < 0.5
    assert abs(lufs(y, rate) - lufs(x, rate)) < 0.05


def test_within_a_sentence_nothing_moves():
    x, places = talk([0, 6, -6])
    y = levelled(x)
    for first, last in places:
        loud = np.abs(SENTENCE) > 0.01
        factors = y[0, first:last][loud] / x[0, first:last][loud]
        assert np.ptp(20 * np.log10(factors)) < 1e-4


def test_between_sentences_the_gain_is_a_smooth_ramp():
    x, places = talk([0, 6], floor=1e-4)
    gain = levelled(x)[0] / x[0]
    pause = gain[places[0][1] - 1000 : places[1][0] + 500]
    assert (np.diff(pause) < 1e-5).all()  # down, all the way
    assert np.abs(np.diff(pause)).max() < 2 * (pause[0] - pause[-1]) / (0.1 * RATE)


def test_a_single_sentence_is_left_alone_to_the_bit():
    x = np.pad(SENTENCE[None], ((0, 0), (3000, 9000)))
    assert np.array_equal(levelled(x), x)


def test_sentences_that_are_alike_are_left_alone_to_the_bit():
    x, _ = talk([0, 0.7, -0.7])
    assert np.array_equal(levelled(x), x)


def test_silence_and_noise_are_left_alone():
    for x in (np.zeros((1, RATE), np.float32), noise(2, 3 * RATE), noise(1, 100)):
        assert np.array_equal(levelled(x), x)


def test_no_gain_is_larger_than_the_range():
    x, places = talk([0, -15, 0])
    y = levelled(x, range=6.0)
    first, last = places[1]
    assert abs(lufs(y[:, first:last]) - lufs(x[:, first:last]) - 6) < 0.01
    assert np.array_equal(levelled(x, range=0.0), x)


def test_a_shorter_pause_is_none():
    x, places = talk([0, 6, 0, 6], gap=0.3, floor=1e-3)
    assert np.array_equal(levelled(x, pause=1.0), x)
    assert spread(levelled(x, pause=0.2), places) < 0.5


def test_digital_silence_is_a_pause_however_short():
    x, places = talk([0, 6, 0, 6], gap=0.15)
    assert spread(levelled(x), places) < 0.5


def test_a_word_of_200_ms_goes_with_its_neighbour():
    word = SENTENCE[4000:8410]
    silence, long = np.zeros(int(0.35 * RATE), np.float32), np.zeros(2 * RATE, np.float32)
    x = np.concatenate([SENTENCE, long, word / 2, silence, SENTENCE / 2])[None]
    gain = np.divide(levelled(x), x, where=x != 0, out=np.ones_like(x))[0]
    at = len(SENTENCE) + len(long)
    heard_word = np.abs(word) > 1e-3
    np.testing.assert_allclose(gain[at : at + len(word)][heard_word], gain[-2000], rtol=1e-4)
    assert gain[-2000] > 1.3


@pytest.mark.parametrize(
    ("name", "pauses"),
    [("guest.flac", [4.2]), ("voice.mp3", [3.5, 5.7, 8.9, 10.6, 15.0, 18.6])],
)
def test_real_voices_whose_sentences_were_put_6_db_off_are_recovered(name, pauses):
    x, rate = soundfile.read(ROOT / "graphs/audio" / name, dtype="float32", always_2d=True)
    edges = [0, *(round(pause * rate) for pause in pauses), len(x)]
    places = list(pairwise(edges))
    gains = np.repeat(np.resize([1, 2, 0.5], len(places)), np.diff(edges)).astype(np.float32)
    y = levelled(np.ascontiguousarray(x.T * gains), rate, range=15.0)
    assert spread(np.ascontiguousarray(x.T * gains), places, rate) > 5.5
    assert spread(y, places, rate) < 1.5


def test_from_any_frame_it_is_the_tail_of_the_whole():
    x, places = talk([0, 6, -6], channels=2, floor=1e-3)
    firsts = [0, 1, *(frame + by for place in places for frame in place for by in (-777, 0, 2000))]
    assert_seeks(made(leveler, stream(x, rate=RATE), rate=RATE), [f for f in firsts if 0 <= f < x.shape[1]])


def test_silence_that_is_known_changes_nothing():
    x, places = talk([0, 6, -6])
    known = stream(x, rate=RATE, spans=tuple(places))
    assert np.array_equal(heard(made(leveler, known, rate=RATE)), levelled(x))


def test_what_never_ends_is_refused():
    with pytest.raises(NodeError, match="never ends: give it a length"):
        made(leveler, made(hiss))
