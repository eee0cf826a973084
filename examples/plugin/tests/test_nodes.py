"""Each node keeps every promise, and does what it is for."""

import numpy as np
from audiograph_lofi.crush import crush
from audiograph_lofi.metronome import metronome
from audiograph_lofi.tremolo import tremolo

from audiograph.testing import battery, played

test_crush_keeps_every_promise = battery(crush, {"bits": 4})
test_tremolo_keeps_every_promise = battery(tremolo)
test_metronome_keeps_every_promise = battery(metronome, {"length": "0.6 s", "tempo": 240})


def test_crush_leaves_as_many_levels_as_its_bits_have():
    ramp = np.linspace(-0.99, 0.99, 10_000, dtype=np.float32)[None]
    assert len(np.unique(played(crush, ramp, bits=3))) == 9


def test_tremolo_of_full_depth_touches_silence():
    out = played(tremolo, np.ones((1, 48_000), np.float32), rate=48_000, depth="100 %")
    assert out.min() < 0.001 and out.max() > 0.999


def test_the_metronome_beats_in_time_and_is_silent_between():
    out = played(metronome, rate=48_000, tempo=120, length="2 s")[0]
    assert [bool(out[beat : beat + 960].any()) for beat in range(0, 96_000, 24_000)] == [True] * 4
    assert not any(out[beat + 960 : beat + 24_000].any() for beat in range(0, 96_000, 24_000))
