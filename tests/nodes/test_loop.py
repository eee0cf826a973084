"""Loop: a sound again and again."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from reference import timeline
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.loop import loop
from audiograph.nodes.place import place
from audiograph.nodes.tone import tone
from audiograph.sound import CHUNK

RATE = 10_000
X = noise(2, 30_000)
MUSIC = Path(__file__).parents[1] / "data" / "music" / "dpren_4s.ogg"


def looped(x=X, rate=RATE, **params):
    return made(loop, stream(x, rate=rate), rate=rate, **params)


@pytest.mark.parametrize("curve", ["equal_power", "linear"])
def test_each_pass_is_crossfaded_into_the_next(curve):
    y = heard(looped(until=20.0, crossfade=0.4, curve=curve))
    np.testing.assert_allclose(y, timeline.looped(X, 200_000, 4000, curve=curve), atol=1e-6)


def test_the_crossfade_is_one_and_a_half_seconds():
    np.testing.assert_allclose(heard(looped(until=5.0)), timeline.looped(X, 50_000, 15_000), atol=1e-6)


def test_a_short_sound_is_crossfaded_by_half_of_itself():
    x = X[:, :2001]
    np.testing.assert_allclose(heard(looped(x, until=2.0)), timeline.looped(x, 20_000, 1000), atol=1e-6)


def test_a_single_frame_loops():
    assert (heard(looped(X[:, :1], until=0.5)) == X[:, :1]).all()


@pytest.mark.parametrize("frames", [1, 2, 10, 441, 70_000])
def test_a_short_sound_is_read_once_for_many_passes(frames):
    """A loop of 1 ms opens its input as rarely as one of a second and a half."""
    times, x = [], noise(2, frames)
    inner = stream(x, rate=RATE)
    counted = replace(inner, chunks=lambda first: times.append(first) or inner.chunks(first))
    sound = made(loop, counted, rate=RATE, until=100.0, crossfade=0.2)
    y = heard(sound)
    assert len(times) <= 2 * 1_000_000 / CHUNK + 4
    overlap = min(2000, frames // 2)
    want = crossfaded_many(x, 1_000_000, overlap)
    np.testing.assert_allclose(y, want, atol=1e-6)
    assert_seeks(sound, (0, 1, 333, 65_536, 70_001, 999_999))


def crossfaded_many(x, frames, overlap):
    """`timeline.looped`, quick for many passes: after the first pass all is periodic."""
    step = x.shape[1] - overlap
    some = timeline.looped(x, 4 * x.shape[1], overlap)
    return np.concatenate([some[:, :step], np.tile(some[:, step : 2 * step], frames // step + 1)], 1)[
        :, :frames
    ]


@pytest.mark.parametrize(
    ("params", "note"),
    [
        ({"until": 1.0}, "repeats only 1 ms of sound, which is heard as a buzz of 2 kHz"),
        ({"until": 9.0, "end": 0.04, "crossfade": 0}, "repeats only 40 ms of sound, .* buzz of 25 Hz"),
        ({"until": 9.0, "crossfade": 2}, "crossfade: 2 s is more than half .*, 3 s: 1.5 s is used"),
        ({"until": 9.0, "end": 3.5}, "end: 3.5 s is beyond the end of the sound, at 3 s"),
        ({"until": 3.0, "crossfade": 2}, ""),
        ({"until": 9.0}, ""),
        ({"until": 9.0, "end": 2.5}, ""),
    ],
)
def test_what_is_unusual_is_noted(params, note):
    notes, x = [], X[:, :10] if params == {"until": 1.0} else X
    loop(Setup(RATE, (stream(x, rate=RATE),), notes.append), **params)
    assert len(notes) == bool(note) and all(re.fullmatch(note, each) for each in notes), notes


def test_a_part_can_be_repeated():
    y = heard(looped(until=12.0, start=0.5, end=2.0, crossfade=0.3))
    np.testing.assert_allclose(y, timeline.looped(X, 120_000, 3000, 5000, 20_000), atol=1e-6)


def test_silence_before_stays_before_and_is_not_repeated():
    late = made(place, stream(X, rate=RATE), rate=RATE, at=1.0)
    sound = made(loop, late, rate=RATE, until=9.0, crossfade=0.2)
    assert sound.start == 10_000 and sound.spans == ((10_000, 90_000),)
    want = np.pad(timeline.looped(X, 80_000, 2000), ((0, 0), (10_000, 0)))
    np.testing.assert_allclose(heard(sound), want, atol=1e-6)
    assert_seeks(sound, (0, 9999, 10_000, 10_001, 38_000, 39_000, 40_000, 89_999))


def test_silence_inside_is_repeated():
    x = X.copy()
    x[:, 8000:20_000] = 0
    sound = made(
        loop, stream(x, 0, ((0, 8000), (20_000, 30_000)), RATE), rate=RATE, until=10.0, crossfade=0.1
    )
    np.testing.assert_allclose(heard(sound), timeline.looped(x, 100_000, 1000), atol=1e-6)
    assert_seeks(sound, range(0, 100_000, 9_871))


def test_without_until_it_never_ends():
    sound = looped(crossfade=0.1)
    assert sound.frames is None
    hour = RATE * 3600
    step = 29_000
    passed = hour // step * step
    np.testing.assert_array_equal(heard(sound, passed + 29_000, passed + 1000), X[:, 1000:29_000])


@pytest.mark.parametrize("frames", [1, 3000, 28_000, 29_999, 30_000])
def test_a_sound_that_is_long_enough_is_only_cut(frames):
    """Its end is not blended into its beginning, and its silences stay silences."""
    sound = looped(until=frames / RATE, crossfade=0.4)
    assert heard(sound).tobytes() == X[:, :frames].tobytes() and sound.frames == frames
    quiet = stream(X, spans=((0, 500), (20_000, 30_000)), rate=RATE)
    assert made(loop, quiet, rate=RATE, until=2.5).spans == ((0, 500), (20_000, 25_000))


def test_one_frame_more_than_there_is_needs_a_second_pass():
    y = heard(looped(until=3.0001, crossfade=0.4))
    np.testing.assert_allclose(y, timeline.looped(X, 30_001, 4000), atol=1e-6)


def test_a_part_that_is_long_enough_is_not_repeated():
    assert heard(looped(until=2.0, start=0.5, end=2.0, crossfade=0.3)).tobytes() == X[:, :20_000].tobytes()


@pytest.mark.parametrize("params", [{}, {"start": 0.5, "end": 2.0}, {"crossfade": 0}])
def test_every_frame_can_be_had_without_those_before(params):
    sound = looped(until=10.0, **{"crossfade": 0.4, **params})
    assert_seeks(sound, (*range(0, 100_000, 4321), 25_999, 26_000, 26_001, 29_999, 30_000))


def test_whole_periods_have_no_seam():
    sine = heard(made(tone, rate=48_000, freq=480, length=1), 48_000)
    y = heard(looped(sine, 48_000, until=5.0, crossfade=0.1, curve="linear"))
    np.testing.assert_allclose(y, heard(made(tone, rate=48_000, freq=480), 240_000), atol=1e-6)


def test_real_music_has_no_click_and_no_hole_at_its_seams():
    x, rate = soundfile.read(MUSIC, dtype="float32", always_2d=True)
    x = np.ascontiguousarray(x.T)
    own, overlap = np.abs(np.diff(x)), rate // 2
    y = heard(looped(x, rate, until=12.0, crossfade=0.5))
    for seam in range(x.shape[1] - overlap, y.shape[1] - overlap, x.shape[1] - overlap):
        assert np.abs(np.diff(y[:, seam - 10 : seam + overlap + 10])).max() < own.max()
        power = (y[:, seam : seam + overlap] ** 2).mean()
        parts = (x[:, :overlap] ** 2).mean(), (x[:, -overlap:] ** 2).mean()
        assert min(parts) / 2 < power < max(parts) * 2


def test_what_cannot_be_looped_is_refused():
    with pytest.raises(NodeError, match="never ends: give it a length"):
        made(loop, made(tone))
    with pytest.raises(NodeError, match="nothing to repeat"):
        looped(start=2.0, end=2.0)
    with pytest.raises(NodeError, match="nothing to repeat"):
        looped(start=3.0)
    with pytest.raises(NodeError, match="stops before it begins"):
        looped(until=-1.0)
