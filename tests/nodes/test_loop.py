"""Loop: a sound again and again."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from reference import timeline
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.nodes.loop import loop
from audiograph.nodes.place import place
from audiograph.nodes.tone import tone

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


def test_until_may_come_before_the_first_pass_ends():
    np.testing.assert_array_equal(heard(looped(until=0.3)), X[:, :3000])


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
