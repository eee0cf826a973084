"""Leveler: the sentences of a voice at one loudness, each measured by another meter."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr
from mixes import ROOT
from pyebur128 import MeasurementMode, R128State, get_loudness_global
from scipy import signal
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


@pytest.mark.parametrize(("gap", "found"), [(0.08, True), (0.075, False)])
@pytest.mark.parametrize(("level", "offset"), [(1, 0), (0.01, 0), (1, 0.01), (0.01, 0.01)])
def test_80_ms_of_digital_silence_are_a_pause_at_any_level_and_offset(gap, found, level, offset):
    x, _ = talk([0, 6, 0, 6], gap=gap)
    gain = gains_of(x, level, offset)
    assert np.ptp(gain) > 0.5 if found else np.ptp(gain) < 1e-3


def words(levels, gap, floor=0.0, voice=SENTENCE):
    """A word of 0.2 to 0.45 s at each of these levels in dB, a gap before each; and where each is."""
    rng, parts, places, at = np.random.default_rng(5), [], [], 0
    begins = np.flatnonzero(np.convolve(voice**2, np.full(2205, 1 / 2205), "same") > 2e-3)
    for level in levels:
        first, length = rng.choice(begins[begins < len(voice) - 9923]), rng.integers(4410, 9923)
        word = voice[first : first + length] * np.minimum(1, 9 * np.sin(np.linspace(0, np.pi, length)))
        word *= 0.1 * 10 ** (level / 20) / np.sqrt(np.mean(word**2))
        places.append((at + int(gap * RATE), at + int(gap * RATE) + length))
        parts += [np.zeros(int(gap * RATE)), word]
        at = places[-1][1]
    x = np.concatenate([*parts, np.zeros(RATE)])
    return (x + floor * rng.standard_normal(len(x)))[None].astype(np.float32), places


def powers(x, places):
    return np.array([10 * np.log10(np.mean(np.square(x[0, a:b], dtype=float))) for a, b in places])


def gains_of(x, level, offset=0.0):
    """The gain of each sample, for the same sound at another level and with an offset."""
    given = x * np.float32(level) + np.float32(offset)
    loud = np.abs(x) > 0.01
    return (levelled(given) / np.where(loud, given, 1))[loud]


@pytest.mark.parametrize("floor", [0, 1e-4, 1e-3], ids=["digital silence", "a quiet room", "a noisy room"])
@pytest.mark.parametrize("gap", [0.45, 2.5])
def test_words_between_pauses_come_to_one_loudness(gap, floor):
    x, places = words([0, -6, 6, -3, 3, -5, 5, 2], gap, floor)
    assert np.ptp(powers(x, places)) > 11.9
    assert np.ptp(powers(levelled(x), places)) < 2


@pytest.mark.parametrize(("level", "offset"), [(0.1, 0), (0.01, 0), (1, 0.01), (0.1, 0.01), (0.01, 0.01)])
def test_a_soft_voice_and_one_with_an_offset_get_the_same_gains(level, offset):
    for x in (talk([0, 6, -6], floor=1e-3)[0], words([0, -6, 6, -3], 1.0)[0]):
        np.testing.assert_allclose(gains_of(x, level, offset), gains_of(x, 1), rtol=2e-2)


def breath(seconds, level):
    """Noise through the mouth at rest, of so many dB below the sentence."""
    count = int(seconds * RATE)
    x = np.random.default_rng(2).standard_normal(count)
    x = signal.lfilter(*signal.iirpeak(550, 3, fs=RATE), x) + signal.lfilter(
        *signal.iirpeak(1600, 4, fs=RATE), x
    )
    x *= np.hanning(count)
    return (x * np.sqrt(np.mean(SENTENCE**2) / np.mean(x**2)) * 10 ** (level / 20)).astype(np.float32)


@pytest.mark.parametrize(
    "sound", [breath(0.3, -12), breath(0.7, -15), breath(0.04, -3)], ids=["a breath", "a sigh", "a click"]
)
@pytest.mark.parametrize("level", [1, 0.01])
def test_what_is_no_word_is_not_raised_to_one(sound, level):
    silence = np.zeros(int(0.6 * RATE), np.float32)
    x = np.concatenate([SENTENCE, silence, sound, silence, SENTENCE * 2, silence, SENTENCE])[None]
    gain = levelled(x * np.float32(level)) / np.where(x == 0, 1, x) / level
    at = len(SENTENCE) + len(silence)
    assert gain[0, at : at + len(sound)].max() <= gain[0, : len(SENTENCE)].max() + 1e-6 < 1.5


def test_a_scrap_of_a_word_goes_with_its_neighbour():
    scrap = SENTENCE[4000:6200]
    silence, long = np.zeros(int(0.15 * RATE), np.float32), np.zeros(2 * RATE, np.float32)
    x = np.concatenate([SENTENCE, long, scrap / 2, silence, SENTENCE / 2])[None]
    gain = np.divide(levelled(x), x, where=x != 0, out=np.ones_like(x))[0]
    at = len(SENTENCE) + len(long)
    loud = np.abs(scrap) > 1e-3
    np.testing.assert_allclose(gain[at : at + len(scrap)][loud], gain[-2000], rtol=1e-4)
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
