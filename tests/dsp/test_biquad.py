from math import sqrt

import numpy as np
import pytest
from reference.filters import response
from scipy.signal import butter, sosfilt, sosfreqz

from audiograph.dsp.biquad import SHAPES, butterworth, linkwitz_riley, memory, rbj
from audiograph.node import Setup
from audiograph.nodes.crossover import crossover
from audiograph.nodes.deesser import deesser
from audiograph.nodes.eq import eq
from audiograph.nodes.filter import filter
from audiograph.sound import Sound

RATE = 48_000
AT = np.geomspace(10, 23_000, 200)


def heard(sections, at=AT):
    rows = np.atleast_2d(sections)
    sos = np.insert(rows, 3, 1, axis=1)
    return sosfreqz(sos, at, fs=RATE)[1]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("freq", "gain", "q"), [(60, 6, 0.5), (1000, -12, 1), (9000, 3, 8), (20_000, -40, sqrt(0.5))]
)
def test_a_cookbook_shape_is_its_analogue_prototype(shape, freq, gain, q):
    expected = response(shape, RATE, freq, gain, q, AT)
    np.testing.assert_allclose(
        heard(rbj(shape, RATE, freq, gain, q)), expected, rtol=0, atol=1e-9 * np.abs(expected).max()
    )


def test_the_cookbook_as_it_is_printed():
    """A peak of 6 dB at 1 kHz, q 1, worked by hand from the cookbook's lines."""
    A, w0 = 10 ** (6 / 40), 2 * np.pi * 1000 / RATE
    alpha = np.sin(w0) / 2
    b, a = [1 + alpha * A, -2 * np.cos(w0), 1 - alpha * A], [1 + alpha / A, -2 * np.cos(w0), 1 - alpha / A]
    printed = np.array([*b, *a[1:]]) / a[0]
    np.testing.assert_allclose(rbj("peak", RATE, 1000, 6, 1), printed, rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", ["lowpass", "highpass"])
@pytest.mark.parametrize("order", range(1, 9))
def test_butterworth_is_scipys_and_maximally_flat(mode, order):
    ours = heard(butterworth(mode, RATE, 3000, order))
    theirs = sosfreqz(butter(order, 3000, mode[:-4], fs=RATE, output="sos"), AT, fs=RATE)[1]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)
    ratio = np.tan(np.pi * AT / RATE) / np.tan(np.pi * 3000 / RATE)
    flat = 1 / np.sqrt(1 + (ratio if mode == "lowpass" else 1 / ratio) ** (2 * order))
    np.testing.assert_allclose(np.abs(ours), flat, rtol=0, atol=1e-9)


@pytest.mark.parametrize("order", [4, 8])
def test_both_sides_of_a_linkwitz_riley_crossover_sum_flat(order):
    low, high = (heard(linkwitz_riley(mode, RATE, 2000, order)) for mode in ("lowpass", "highpass"))
    np.testing.assert_allclose(np.abs(low + high), 1, rtol=0, atol=1e-10)
    middle = np.array([2000.0])
    for mode in ("lowpass", "highpass"):
        level = 20 * np.log10(np.abs(heard(linkwitz_riley(mode, RATE, 2000, order), middle)))
        assert level[0] == pytest.approx(-6.0206, abs=1e-4)


def test_a_frequency_out_of_reach_is_the_highest_in_reach():
    np.testing.assert_array_equal(rbj("peak", 8000, 20_000, 6, 1), rbj("peak", 8000, 3920, 6, 1))
    np.testing.assert_array_equal(
        butterworth("lowpass", 8000, 20_000, 3), butterworth("lowpass", 8000, 3920, 3)
    )


@pytest.mark.parametrize("kind", [filter, crossover, deesser, eq])
def test_who_moves_a_frequency_says_so(kind):
    """Where it is moved, and only there."""

    def notes(rate: int, freq: float) -> list[str]:
        told: list[str] = []
        bands = ({"shape": "peak", "freq": freq, "gain": 0.0, "q": None},)
        kind(
            Setup(rate, (Sound(rate, 2, 1000),), told.append),
            **({"bands": bands} if kind is eq else {"freq": freq}),
        )
        return told

    (note,) = notes(16_000, 12_000.0)
    assert note.endswith("Hz is above 0.49 of the sample rate: 7840 Hz is used")
    assert note.startswith("band 1: freq: 12000 Hz" if kind is eq else "freq: ")
    assert not notes(48_000, 12_000.0) + notes(16_000, 5_500.0)


@pytest.mark.parametrize(
    "sections",
    [
        np.array([rbj("peak", RATE, 1000, 12, 20)] * 6),
        np.array([rbj("lowpass", RATE, 30, 0, 0.1), rbj("highshelf", RATE, 9000, -20, 2)]),
        linkwitz_riley("highpass", RATE, 40, 8),
        butterworth("lowpass", RATE, 20_000, 7),
        np.zeros((0, 5)),
    ],
    ids=["six equal peaks", "two poles far apart", "crossover", "seventh order", "nothing"],
)
def test_after_its_memory_a_cascade_is_200_db_down_and_not_long_before(sections):
    frames = memory(sections)
    sound = np.random.default_rng(0).standard_normal(3000)
    heard = sound
    if len(sections):
        heard = sosfilt(np.insert(sections, 3, 1, axis=1), np.concatenate([sound, np.zeros(frames + 100)]))
    loudest, after = np.abs(heard).max(), np.abs(heard[len(sound) + frames :])
    assert after.max(initial=0) <= 1e-10 * loudest
    if len(sections):
        assert np.abs(heard[len(sound) + frames // 4 :]).max() > 1e-10 * loudest
