"""Every node against a slow twin that was written from its manual, not from its code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference import independent as twin

from audiograph.graph.catalog import catalog
from audiograph.sound import Audio
from audiograph.testing.trial import RATE, Trial, heard, run, streamed, swelling

NODES = catalog()
MUSIC = Path(__file__).parent / "data" / "music" / "dpren_4s.ogg"
FRAMES = 30_000


def effect(name: str, *inputs: Audio, **values: Any) -> Audio:
    """The output of the effect for these inputs, latency removed."""
    trial = Trial(NODES[name], values)
    made = trial.effect(inputs)
    out = run(made, [np.pad(x, ((0, 0), (0, made.latency))) for x in inputs])
    return out[:, made.latency :]


def timeline(name: str, *inputs: Audio, frames: int = 10 * FRAMES, **values: Any) -> Audio:
    return heard(Trial(NODES[name], values).stream([streamed(x) for x in inputs]), frames)


def wave(x: Audio) -> twin.Wave:
    return x.astype(np.float64)


def assert_close(found: Audio, wanted: twin.Wave, off: float = 1e-6) -> None:
    """At every frame the difference is at most `off` times the highest sample."""
    assert found.shape == wanted.shape
    worst = np.abs(found - wanted).max() / np.abs(wanted).max()
    assert worst <= off, f"{worst:.2e} of the highest sample apart"


X, KEY = swelling(2, FRAMES), swelling(2, FRAMES, seed=4)
UPRIGHT = ("log", "squ", "cbr", "par")
SHAPES = ("peak", "lowshelf", "highshelf", "lowpass", "highpass", "bandpass", "notch", "allpass")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("more", [{}, {"q": 3.0, "freq": 90.0}, {"freq": 20_000.0, "gain": -9.0}])
def test_eq(shape, more):
    band = {"shape": shape, "freq": 2500.0, "gain": 5.0} | more
    assert_close(effect("eq", X, bands=[band]), twin.eq(wave(X), RATE, [band]))


def test_eq_of_many_bands_is_one_after_another():
    bands = [
        {"shape": shape, "freq": 150.0 * 2**place, "gain": -4.0} for place, shape in enumerate(SHAPES[:6])
    ]
    assert_close(effect("eq", X, bands=bands), twin.eq(wave(X), RATE, bands))


@pytest.mark.parametrize("mode", ["lowpass", "highpass"])
@pytest.mark.parametrize("order", range(1, 9))
@pytest.mark.parametrize("freq", [40.0, 3000.0])
def test_filter(mode, order, freq):
    values = {"mode": mode, "freq": freq, "order": order}
    assert_close(effect("filter", X, **values), twin.butterworth(wave(X), RATE, **values))


@pytest.mark.parametrize("values", [{}, {"order": 4}, {"order": 8, "mode": "highpass"}])
def test_linkwitz_riley_filter(values):
    values = {"mode": "lowpass", "freq": 1000.0, "family": "linkwitz_riley"} | values
    assert_close(effect("filter", X, **values), twin.butterworth(wave(X), RATE, **values))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"threshold": -50.0, "ratio": 100.0, "knee": 0.0, "attack": 0.0},
        {"threshold": -30.0, "knee": 40.0, "release": 0.001, "makeup": 12.0, "mix": 0.3},
        {"detector": "peak", "link": "average", "lookahead": 0.02, "attack": 0.05},
        {"link": "average", "lookahead": 0.0031, "ratio": 1.5},
    ],
)
def test_compressor(values):
    assert_close(effect("compressor", X, X, **values), twin.compressor(wave(X), RATE, **values), 1e-4)
    keyed = twin.compressor(wave(X), RATE, wave(KEY), **values)
    assert_close(effect("compressor", X, KEY, **values), keyed, 1e-4)


@pytest.mark.parametrize(
    "values",
    [
        {"attack": 0.02, "hold": 0.03, "release": 0.05},
        {"attack": 0.1, "hold": 0.0, "release": 0.2, "lookahead": 0.0, "threshold": -25.0},
        {
            "attack": 0.01,
            "hold": 0.01,
            "release": 0.001,
            "lookahead": 0.25,
            "depth": -60.0,
            "threshold": -20.0,
        },
    ],
)
def test_duck(values):
    assert_close(effect("duck", X, KEY, **values), twin.duck(wave(X), RATE, wave(KEY), **values), 1e-3)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"threshold": -20.0, "range": -60.0, "hold": 0.0, "attack": 0.02},
        {"threshold": -25.0, "ratio": 2.0, "range": -100.0, "release": 0.02, "hold": 0.01},
    ],
)
def test_gate(values):
    assert_close(effect("gate", X, X, **values), twin.gate(wave(X), RATE, **values), 1e-4)
    assert_close(effect("gate", X, KEY, **values), twin.gate(wave(X), RATE, wave(KEY), **values), 1e-4)


@pytest.mark.parametrize(
    "values",
    [{}, {"ceiling": -20.0, "lookahead": 0.02, "release": 0.3}, {"lookahead": 0.0001, "release": 0.001}],
)
@pytest.mark.parametrize("true_peak", [True, False])
def test_limiter(values, true_peak):
    values = {**values, "true_peak": true_peak}
    assert_close(effect("limiter", X * 4, **values), twin.limiter(wave(X * 4), RATE, **values), 1e-5)


@pytest.mark.parametrize("level", [0.0, -6.0, 23.5, -120.0])
def test_gain(level):
    assert_close(effect("gain", X, level=level), twin.gain(wave(X), RATE, level))


@pytest.mark.parametrize("curve", twin.CURVES)
@pytest.mark.parametrize("side", ["fade_in", "fade_out"])
def test_fade_along_every_curve(curve, side):
    x, values = np.ones((1, 13_230), np.float32), {side: 0.3, "curve": curve}
    steep = 13_230 // 64 + 1 if curve in UPRIGHT else 0  # there a table stands for the curve, coarsely
    most = slice(steep, 13_230 - steep)
    found, wanted = effect("fade", x, **values), twin.fade(wave(x), RATE, **values)
    assert_close(found[:, most], wanted[:, most], 4e-5)


def test_fade_in_and_out_of_a_sound_shorter_than_both():
    values = {"fade_in": 0.5, "fade_out": 0.4}
    assert_close(effect("fade", X, **values), twin.fade(wave(X), RATE, **values), 2e-6)


@pytest.mark.parametrize("curve", ["db", "amplitude"])
def test_envelope(curve):
    points = [(0.05, -20.0), (0.1, 6.0), (0.101, -60.0), (0.5, 0.0)]
    rows = [{"at": at, "level": level} for at, level in points]
    assert_close(
        effect("envelope", X, points=rows, curve=curve), twin.envelope(wave(X), RATE, points, curve), 2e-6
    )


@pytest.mark.parametrize("law", ["equal_power", "linear", "compromise", "balance"])
@pytest.mark.parametrize("position", [-1.0, -0.3, 0.0, 0.6, 1.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_pan(law, position, channels):
    x = X[:channels]
    found = effect("pan", x, position=position, law=law)
    assert_close(found, twin.pan(wave(x), RATE, position, law))


@pytest.mark.parametrize("width", [0.0, 0.5, 1.0, 4.0])
def test_width(width):
    assert_close(effect("width", X, width=width), twin.width(wave(X), RATE, width))
    assert_close(effect("width", X[:1], width=width), wave(X[:1]))


def test_sum():
    parts, gains = [X, KEY[:1], 0.5 * X], [-3.0, 12.0, 0.0]
    found = effect("sum", *parts, gains=[{"gain": gain} for gain in gains])
    assert_close(found, twin.mixed([wave(x) for x in parts], gains))


@pytest.mark.parametrize("shape", ["sine", "square", "saw", "triangle"])
@pytest.mark.parametrize("freq", [220.0, 880.0, 7001.3, 21_000.0])
def test_tone(shape, freq):
    found = timeline("tone", shape=shape, freq=freq, length=0.5)
    assert_close(found, twin.tone(RATE, RATE // 2, shape, freq), 2e-5)


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_noise_has_its_level_and_its_slope(colour, slope):
    x = timeline("noise", colour=colour, level=-20.0, length=20.0, channels=2, frames=20 * RATE)
    np.testing.assert_allclose(10 * np.log10(np.mean(wave(x) ** 2, axis=1)), -20, atol=0.5)
    assert abs(twin.octave_slope(wave(x[0]), RATE, 60, 10_000) - slope) < 0.15
    assert abs(np.corrcoef(x)[0, 1]) < 0.05


def test_white_noise_is_as_flat_as_it_is_uniform():
    x = timeline("noise", level=0.0, length=5.0, frames=5 * RATE)[0]
    assert_close(np.sort(x)[None], np.linspace(-(3**0.5), 3**0.5, len(x))[None], 0.01)


@pytest.mark.parametrize("curve", ["equal_power", "linear"])
@pytest.mark.parametrize(("gap", "crossfade"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.05), (0.0, 60.0)])
def test_concat(curve, gap, crossfade):
    parts = [X[:, :9000], KEY[:1, :7001], X[:, 9000:20_000]]
    found = timeline("concat", *parts, gap=gap, crossfade=crossfade, curve=curve)
    assert_close(found, twin.concat([wave(x) for x in parts], RATE, gap, crossfade, curve))


@pytest.mark.parametrize(
    "values", [{}, {"crossfade": 0.05, "start": 0.1, "end": 0.4}, {"crossfade": 0.0}, {"curve": "linear"}]
)
def test_loop(values):
    found = timeline("loop", X, frames=100_000, **values)
    assert_close(found, twin.loop(wave(X), RATE, 100_000, **values))


def test_trim_and_place():
    assert_close(timeline("trim", X, start=0.1, end=0.33), twin.trim(wave(X), RATE, 0.1, 0.33))
    assert_close(timeline("place", X, at=0.2), twin.place(wave(X), RATE, 0.2))


def test_silence():
    found = timeline("silence", length=0.5, channels=3)
    assert found.shape == (3, RATE // 2) and not found.any()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"channels": "mono", "gain": -6.0},
        {"channels": "right", "start": 1.0, "end": 2.5},
    ],
)
def test_source(values):
    found = timeline("source", file=MUSIC, **values)
    wanted = twin.source(MUSIC, RATE, **values)
    assert_close(found, wanted[:, : found.shape[1]], 1e-5)
    assert abs(found.shape[1] - wanted.shape[1]) <= 1
