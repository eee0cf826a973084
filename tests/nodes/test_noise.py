"""Noise: level, colour, independence."""

from itertools import pairwise

import numpy as np
import pytest
from effects import in_db
from timelines import assert_seeks, heard, made

from audiograph.errors import NodeError
from audiograph.nodes.noise import BEFORE, COLOURS, GRID, PART, NoiseState, _noise, _power, noise

RATE = 48_000
LONG = 2**20


def played(frames: int = LONG, first: int = 0, **params):
    return heard(made(noise, rate=RATE, **params), first + frames, first).astype(float)


def octaves(y):
    """Power density in dB of the octaves from 93.75 Hz to 12 kHz."""
    power = np.abs(np.fft.rfft(y.reshape(-1, 8192) * np.hanning(8192))) ** 2
    bins = [power[:, 2**k : 2 ** (k + 1)].mean() for k in range(4, 11)]
    return 10 * np.log10(bins)


@pytest.mark.parametrize("colour", COLOURS)
def test_levels_are_rms(colour):
    y = played(4 * LONG, colour=colour, level=-23)
    assert in_db(np.sqrt((y**2).mean())) == pytest.approx(-23, abs=0.02 if colour == "white" else 0.3)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_filter_has_the_power_it_is_divided_by(colour):
    filters, z = COLOURS[colour].filters, np.zeros(len(COLOURS[colour].filters))
    response, x = [], 1.0
    for _ in range(30_000):
        response.append(COLOURS[colour].direct * x + z @ filters[:, 1])
        z, x = filters[:, 0] * z + x, 0.0
    assert np.square(response).sum() == pytest.approx(_power(COLOURS[colour]), rel=1e-9)


@pytest.mark.parametrize(("colour", "slope"), [("white", 0), ("pink", -3.01), ("brown", -6.02)])
def test_colours_fall_by_so_many_db_an_octave(colour, slope):
    found = np.diff(octaves(played(colour=colour)[0]))
    np.testing.assert_allclose(found, slope, atol=0.35)


@pytest.mark.parametrize(
    ("colour", "slope", "first", "last", "within"),
    [("pink", 0.5, 0.001, 0.475, 0.1), ("brown", 1, 0.0014, 0.475, 0.1), ("brown", 1, 0.0006, 0.475, 0.35)],
)
def test_colours_are_filters_of_their_white_noise_that_keep_their_slope(colour, slope, first, last, within):
    """The transfer from white to coloured: shares of the rate, so 0.475 is 16 kHz and more from 34 kHz up."""
    segments = {c: played(2**21, colour=c, level=-20)[0].reshape(-1, 2**16) for c in ("white", colour)}
    x, y = (np.fft.rfft(part * np.hanning(2**16)) for part in segments.values())
    share = np.fft.rfftfreq(2**16)[1:]
    gain = np.abs((y * x.conj()).sum(axis=0) / (np.abs(x) ** 2).sum(axis=0))[1:] * share**slope
    bands = np.geomspace(first, last, 40)
    levels = [in_db(gain[(share > a) & (share <= b)].mean()) for a, b in pairwise(bands)]
    assert np.ptp(levels) < within


def test_white_is_uniform():
    y = played(colour="white", level=-20)[0]
    edge = 0.1 * np.sqrt(3)
    counts, _ = np.histogram(y, 64, (-edge, edge))
    assert counts.sum() == LONG
    assert (np.abs(counts - LONG / 64) < 5 * np.sqrt(LONG / 64)).all()
    assert abs(y.mean()) < 5 * 0.1 / np.sqrt(LONG)


@pytest.mark.parametrize("lag", [1, 2, 64, 65_536, 2**18])
def test_white_knows_nothing_of_its_past(lag):
    y = played(colour="white", level=0)[0]
    assert abs((y[lag:] * y[:-lag]).mean()) < 5 / np.sqrt(LONG - lag)


def test_channels_and_seeds_are_noises_of_their_own():
    sounds = np.concatenate([played(level=0, channels=2, seed=seed) for seed in (0, 1, 2, 2**32 - 1)])
    alike = np.cov(sounds)
    np.testing.assert_allclose(np.diag(alike), 1, atol=0.01)
    assert np.abs(alike - np.diag(np.diag(alike))).max() < 5 / np.sqrt(LONG)


def test_two_runs_are_equal():
    assert played(9000, colour="pink").tobytes() == played(9000, colour="pink").tobytes()


@pytest.mark.parametrize("colour", COLOURS)
def test_every_frame_can_be_had_without_those_before(colour):
    sound = made(noise, rate=RATE, colour=colour, channels=2, length=6.0)
    assert_seeks(sound, (1, 1777, GRID - 1, GRID, GRID + 1, 2 * GRID + 5, 287_999))


@pytest.mark.parametrize("colour", ["pink", "brown"])
def test_a_fresh_start_goes_on_as_if_it_had_never_stopped(colour):
    """Where the filters restart, they have forgotten their start."""
    coefs = COLOURS[colour]._replace(key=12345, first=0)
    whole, late = np.empty(2 * GRID, np.float32), np.empty(GRID + BEFORE, np.float32)
    _noise(whole, coefs, NoiseState(np.zeros(len(coefs.filters)), np.zeros(PART)))
    again = coefs._replace(first=GRID - BEFORE)
    _noise(late, again, NoiseState(np.zeros(len(coefs.filters)), np.zeros(PART)))
    np.testing.assert_allclose(late[BEFORE:], whole[GRID:], atol=1e-7 * np.abs(whole).max())


def test_compiled_equals_its_plain_python():
    coefs = COLOURS["pink"]._replace(key=4_000_000_000, first=2**33)
    sounds = np.empty((2, 1000), np.float32)
    for run, y in zip((_noise, _noise.function), sounds, strict=True):
        run(y, coefs, NoiseState(np.zeros(len(coefs.filters)), np.zeros(PART)))
    np.testing.assert_allclose(sounds[0], sounds[1], rtol=1e-5, atol=1e-6)


def test_a_length_of_no_frame_is_refused():
    for length in (0, 1e-6):
        with pytest.raises(NodeError, match="length: is shorter than one frame"):
            made(noise, rate=RATE, length=length)
    assert made(noise, rate=RATE, length=1 / RATE).frames == 1


def test_its_length_is_given_or_endless():
    assert made(noise, rate=RATE, length=1.5).frames == 72_000
    assert made(noise, rate=RATE).frames is None
