"""Stereo and mono from any number of channels, by BS.775, and from sides of opposite polarity."""

import shutil
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from timelines import assert_seeks, heard, noise, stream
from tones import LAYOUTS, by_ffmpeg, of_ffmpeg, tones

from audiograph.dsp.folding import LISTEN, Polarity, Verdict, to_mono, to_stereo
from audiograph.dsp.speakers import mask, place, usual
from audiograph.errors import NodeError
from audiograph.measuring.whole_files import measure
from audiograph.node import Setup
from audiograph.nodes.channels import channels

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
RATE = 44_100
HALF = sqrt(0.5)


def made(x, to, notes=None, rate=RATE, **facts):
    note = notes.append if notes is not None else lambda text: None
    return channels(Setup(rate, (stream(x, rate=rate, **facts),), note), to=to)


def test_stereo_of_5_1_is_that_of_bs_775():
    x = noise(6, 30_000)
    left, right, centre, _, ls, rs = x
    want = [left + HALF * centre + HALF * ls, right + HALF * centre + HALF * rs]
    np.testing.assert_allclose(heard(made(x, "stereo")), want, atol=1e-6)
    np.testing.assert_allclose(heard(made(x, "mono")), [np.mean(want, axis=0)], atol=1e-6)


def test_sides_and_backs_of_7_1_count_alike_and_a_back_centre_goes_to_both():
    h = HALF
    np.testing.assert_allclose(to_stereo(usual(8)), [[1, 0, h, 0, h, 0, h, 0], [0, 1, h, 0, 0, h, 0, h]])
    np.testing.assert_allclose(to_stereo(usual(7)), [[1, 0, h, 0, 0.5, h, 0], [0, 1, h, 0, 0.5, 0, h]])
    np.testing.assert_allclose(to_stereo(usual(3)), [[1, 0, h], [0, 1, h]])
    np.testing.assert_allclose(to_mono(usual(4)), [[0.5, 0.5, h / 2, h / 2]])


@needs_ffmpeg
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("to", ["stereo", "mono"])
def test_it_is_what_ffmpeg_makes_without_rescaling(tmp_path, name, to):
    """Of floats ffmpeg makes the same; of integers it divides by the sum of the gains, up to 2.41."""
    x = tones(LAYOUTS[name])
    path = by_ffmpeg(tmp_path / "x.wav", name, x, "-c:a", "pcm_f32le")
    ours = heard(made(x, to, rate=48_000))
    theirs = of_ffmpeg(path, 2, ["-ac", "2"])
    if to == "mono":  # by way of stereo, as here
        theirs = theirs.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_speech_in_the_centre_stays_as_loud(tmp_path):
    x = np.zeros((6, 96_000), np.float32)
    x[2] = noise(1, 96_000)[0]
    before = measure((x, 48_000)).integrated_lufs
    assert measure((heard(made(x, "stereo", rate=48_000)), 48_000)).integrated_lufs == pytest.approx(
        before, abs=0.05
    )


def test_mono_of_stereo_is_the_mean_to_the_bit():
    x = noise(2, 30_000)
    assert heard(made(x, "mono")).tobytes() == x.mean(axis=0, keepdims=True, dtype=np.float32).tobytes()


def test_what_is_there_already_stays_as_it_is():
    mono, stereo = noise(1, 5000), noise(2, 5000)
    np.testing.assert_array_equal(heard(made(mono, "mono")), mono)
    np.testing.assert_array_equal(heard(made(stereo, "stereo")), stereo)
    np.testing.assert_array_equal(heard(made(mono, "stereo")), np.vstack([mono, mono]))
    np.testing.assert_array_equal(heard(made(mono, "left")), mono)


@pytest.mark.parametrize("count", [2, 3, 6, 8, 12])
def test_a_side_is_taken_of_any_sound(count):
    x = noise(count, 5000)
    np.testing.assert_array_equal(heard(made(x, "left")), x[:1])
    np.testing.assert_array_equal(heard(made(x, "right")), x[1:2])


@pytest.mark.parametrize("to", ["stereo", "mono", "left"])
def test_it_opens_at_any_frame_and_keeps_silence(to):
    sound = made(noise(6, 20_000), to, start=3000, spans=((3000, 8000), (12_000, 20_000)))
    assert sound.spans == ((3000, 8000), (12_000, 20_000)) and (sound.frames, sound.start) == (20_000, 3000)
    assert_seeks(sound, (0, 1, 5000, 9000, 15_000))


def test_what_cannot_be_is_refused_with_a_hint():
    with pytest.raises(NodeError, match="makes stereo of 1 to 8 channels, not of 12: take `left` or `right`"):
        made(noise(12, 100), "stereo")
    with pytest.raises(NodeError, match="no right channel"):
        made(noise(1, 100), "right")


# Sides of opposite polarity


def voice(frames=60_000, seed=3):
    """Noise in syllables, with pauses."""
    swell = np.clip(np.sin(np.arange(frames) * (2 * np.pi * 3 / RATE)), 0, 1)
    return (noise(1, frames, seed)[0] * swell).astype(np.float32)


@pytest.mark.parametrize("to_right", [-1.0, -0.7, -1.4, -0.4])
def test_mono_of_an_antiphase_voice_is_the_voice_and_says_so(to_right):
    notes, x = [], voice()
    y = heard(made(np.vstack([x, to_right * x]), "mono", notes))
    np.testing.assert_allclose(y[0], x * (1 - to_right) / 2, atol=1e-6)
    (note,) = notes  # from the pass that is heard before
    assert "opposite polarity (correlation -1.00)" in note and "to: left" in note


def test_with_a_little_noise_of_its_own_on_each_side_too():
    notes, x = [], voice()
    sides = np.vstack([x, -x]) + 0.02 * noise(2, len(x), 9)
    y = heard(made(sides, "mono", notes))
    assert np.corrcoef(y[0], x)[0, 1] > 0.99 and len(notes) == 1


def test_takes_joined_in_both_polarities_keep_every_word():
    notes, x = [], voice()
    right = x.copy()
    right[20_000:40_000] *= -1
    y = heard(made(np.vstack([x, 0.9 * right]), "mono", notes))
    np.testing.assert_array_equal(y[0], x)
    assert "the left one is taken alone" in notes[0]
    y = heard(made(np.vstack([0.9 * x, right]), "mono"))
    np.testing.assert_array_equal(y[0], right)


def test_a_few_words_alike_among_opposite_ones_are_kept_too():
    notes, x = [], voice()
    right = -0.9 * x
    right[14_700:20_000] *= -1
    assert np.corrcoef(x, right)[0, 1] < -0.5
    np.testing.assert_array_equal(heard(made(np.vstack([x, right]), "mono", notes))[0], x)
    assert len(notes) == 1


def test_of_surround_sound_the_sides_are_looked_at_too():
    notes, x = [], voice()
    wide = np.zeros((6, len(x)), np.float32)
    wide[0], wide[1] = x, -x
    np.testing.assert_allclose(heard(made(wide, "mono", notes))[0], x, atol=1e-6)
    assert len(notes) == 1


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_stereo_is_not_suspected(seed):
    x = voice()
    pairs = {
        "alike": [x, x],
        "apart": [x, voice(seed=seed + 10)],
        "to one side": [x, -0.3 * x],
        "one side only": [x, 0 * x],
        "late": [x, np.roll(x, 13)],
        "silent": [0 * x, 0 * x],
        "mid and side": [x + 0.9 * voice(seed=seed + 20), x - 0.9 * voice(seed=seed + 20)],
    }
    for name, pair in pairs.items():
        notes = []
        y = heard(made(np.array(pair, np.float32), "mono", notes))
        assert not notes, name
        np.testing.assert_allclose(y[0], np.mean(pair, axis=0), atol=1e-6)


def test_polarity_is_the_same_in_pieces_of_any_size():
    x = voice()
    sides = np.vstack([x, -0.8 * x])
    found = set()
    for size in (7, 777, 4410, 60_000):
        polarity = Polarity(RATE)
        for first in range(0, 60_000, size):
            polarity.write(sides[:, first : first + size])
        found.add(polarity.verdict().sides)
    assert found == {(0.5, -0.5)}
    assert Polarity(RATE).verdict() == Verdict()


def test_it_hears_its_input_once_and_only_so_far():
    opened = []
    x = np.zeros((2, RATE), np.float32)
    endless = stream(x, rate=10)

    def chunks(first):
        opened.append(first)
        while True:
            yield np.ones((2, 1000), np.float32)

    sound = channels(
        Setup(10, (replace(endless, frames=None, spans=((0, 2**62),), chunks=chunks),)), to="mono"
    )
    assert not opened  # planning hears nothing
    for _ in range(2):
        assert sound.open(5).take(10).tolist() == [[1.0] * 10]
    assert opened == [0, 5, 5]


@pytest.mark.parametrize(("first", "word"), [(1, "of opposite polarity"), (-1, "alike")])
def test_a_part_that_turns_later_is_told(first, word):
    x = np.ones((1, LISTEN * 20 + 500), np.float32) * np.sin(np.arange(LISTEN * 20 + 500)).astype(np.float32)
    later = np.where(np.arange(x.shape[1]) >= LISTEN * 10, -1, 1).astype(np.float32)
    notes = []
    y = heard(made(np.vstack([x, first * x * later]), "mono", notes, rate=10))
    assert not y[0, LISTEN * 10 :].any()
    note = notes[-1]
    assert note.startswith(f"left and right are {word} in ") and note.endswith("which mono loses")


def test_unusual_speakers_have_a_place_in_a_usual_layout():
    def places(names):
        return place(mask(names.split()))

    assert places("FL FR LFE") == (6, [0, 1, 3])
    assert places("FL FR FC BC") == (7, [0, 1, 2, 4])
    assert places("FL FR FC BL BR SL SR") == (8, [0, 1, 2, 4, 5, 6, 7])
    assert places("FL FR FC LFE SL SR") == (6, [0, 1, 2, 3, 4, 5])
    assert places("FL FR FC BC SL SR") == (7, [0, 1, 2, 4, 5, 6])
    assert places("FL FR FC LFE BL BR FLC FRC") is places("FL FR BL BR BC SL SR") is None
    for count in range(1, 9):
        assert place(usual(count)) == (count, list(range(count)))
