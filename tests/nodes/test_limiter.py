from pathlib import Path

import effects
import numpy as np
import pytest
import soundfile
import soxr
from reference import dynamics
from scipy import fft, signal

from audiograph.dsp import between
from audiograph.nodes.limiter import limiter

RATE = effects.RATE
FAST = {"ceiling": -12, "lookahead": "0.1 ms", "release": "1 ms"}
WAYS = [{}, FAST, {**FAST, "true_peak": False}, {"ceiling": 0, "lookahead": "50 ms"}]

DATA = Path(__file__).parents[1] / "data"


def clicks():
    x = np.zeros((2, 20_000), np.float32)
    x[0, ::997], x[1, ::1009] = 1e4, -3
    return x


def squares():
    return np.sign(effects.tone(20_000, 997, channels=2)).astype(np.float32) * np.float32(1.7)


HOSTILE = {
    "clicks": clicks(),
    "squares": squares(),
    "noise far over": effects.noise(2, 20_000, 40),
    "full scale": effects.steady(20_000, 0, 2),
    "a tone that grows": effects.tone(20_000, 40, channels=2) * np.linspace(0, 30, 20_000, dtype=np.float32),
    "huge": effects.noise(2, 5000, 1e30),
}


@pytest.mark.parametrize("given", WAYS[:3], ids=str)
def test_a_limiter_is_its_reference(given):
    x = effects.swelling(2, 12_000, 3)
    values = {name: limiter.params[name].read(value) for name, value in given.items()}
    latency = round(values.get("lookahead", 0.005) * RATE) + 44 * values.get("true_peak", True)
    expected = dynamics.late(x.astype(float), dynamics.limiter(x.astype(float), RATE, **values), latency)
    np.testing.assert_allclose(effects.play(limiter, x, **given), expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("given", WAYS, ids=str)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_sample_is_above_the_ceiling(name, given):
    ceiling = 10 ** (limiter.params["ceiling"].read(given.get("ceiling", -1)) / 20)
    heard = effects.play(limiter, HOSTILE[name], **given)
    assert np.abs(heard.astype(float)).max() <= ceiling


def recorded(name):
    x, _ = soundfile.read(DATA / name, 2 * RATE, always_2d=True, dtype="float32")
    return x.T / np.abs(x).max()


def square(freq):
    return np.sign(effects.tone(RATE, freq, channels=2)).astype(np.float32)


DRIVEN = {
    "speech": lambda: recorded("speech.mp3"),
    "music": lambda: recorded("music.ogg"),
    "white noise": lambda: effects.noise(2, 2 * RATE, 1),
    "normal noise": lambda: np.random.default_rng(0).normal(0, 0.25, (2, RATE)).astype(np.float32),
    "a quarter of the rate": lambda: effects.tone(RATE, RATE / 4 + 0.1, channels=2),
    "a square": lambda: square(997),
    "a square in step with the rate": lambda: square(RATE / 8),
}


def true_peak(x):
    """In dB, 16 times oversampled, with another filter than the limiter's."""
    return effects.in_db(np.abs(signal.resample_poly(x.astype(float), 16, 1, axis=1)).max())


def exact(x):
    """The highest value of the band-limited sound in dB: 16 times oversampled, by its spectrum."""
    more = fft.next_fast_len(x.shape[1] + 2000) - x.shape[1] - 1000
    padded = np.pad(x.astype(float), ((0, 0), (1000, more)))
    spectrum = np.fft.rfft(padded, axis=1)
    wide = np.pad(spectrum, ((0, 0), (0, 8 * padded.shape[1] - spectrum.shape[1] + 1)))
    return effects.in_db(16 * np.abs(np.fft.irfft(wide, axis=1)).max())


@pytest.mark.parametrize("name", DRIVEN)
def test_nothing_between_samples_is_above_the_ceiling(name):
    x = np.pad(DRIVEN[name]() * np.float32(4), ((0, 0), (0, 1000)))  # 12 dB too loud
    heard = effects.play(limiter, x)
    assert -1.6 < true_peak(heard) < -0.95
    assert exact(heard) < (-0.5 if "noise" in name or "square" in name else -0.9)
    assert np.abs(heard).max() < 10 ** (-1 / 20)


@pytest.mark.parametrize("given", [{}, {"lookahead": "1 ms", "release": "2 ms"}], ids=str)
@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000])
@pytest.mark.parametrize("name", ["speech", "music"])
def test_nothing_between_samples_is_above_the_ceiling_at_low_rates(name, rate, given):
    """These fill their band up to where the filters of the resampling end."""
    x = soxr.resample(DRIVEN[name]().T, RATE, rate, "HQ").T * np.float32(6)
    made = effects.made(limiter, x, rate=rate, **given)
    heard = effects.run(made, made.state(), np.ascontiguousarray(np.pad(x, ((0, 0), (0, 1000)))))
    assert -1.05 < exact(heard) < -0.9


@pytest.mark.parametrize("level", [1e5, 1e10, 1e12])
@pytest.mark.parametrize("given", WAYS[:3], ids=str)
def test_a_limiter_fed_any_level_stays_a_limiter(level, given):
    ceiling = limiter.params["ceiling"].read(given.get("ceiling", -1))
    x = effects.noise(2, 30_000, 0.1)
    x[:, 5000:10_000] *= np.float32(level)
    heard = effects.play(limiter, x, **given)
    assert np.abs(heard).max() <= 10 ** (ceiling / 20)
    assert effects.in_db(heard[:, 6000:9500].std()) > ceiling - 12  # noise at its ceiling, not silence
    late = effects.made(limiter, x, **given).latency
    np.testing.assert_allclose(heard[:, -1000:], x[:, -1000 - late : -late], rtol=1e-3)
    steady = effects.play(limiter, effects.steady(20_000, 20 * np.log10(level), 2), **given)
    assert effects.in_db(steady[0, -1]) == pytest.approx(ceiling, abs=0.5 if level == 1e12 else 0.01)


@pytest.mark.parametrize("name", ["speech", "music"])
def test_two_meters_agree_that_nothing_is_above_the_ceiling(name):
    pyebur128 = pytest.importorskip("pyebur128")
    heard = effects.play(limiter, DRIVEN[name]() * np.float32(4))
    state = pyebur128.R128State(2, RATE, pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    state.add_frames(np.ascontiguousarray(heard.T).reshape(-1), heard.shape[1])
    assert max(effects.in_db(pyebur128.get_true_peak(state, ch)) for ch in (0, 1)) < -0.95


def test_a_limiter_of_samples_lets_more_through_between_them():
    x = np.sin(np.pi / 2 * (np.arange(RATE) + 0.5))[np.newaxis].astype(np.float32) * np.float32(2)
    assert true_peak(effects.play(limiter, x, true_peak=False)[:, 500:]) > 1.5


def test_what_is_passed_over_shows_in_no_bit():
    """Parts whose upper bound is below the ceiling are not interpolated."""
    x = effects.swelling(2, 20_000, 0.8)
    x[1] = recorded("music.ogg")[0, :20_000]
    made = effects.made(limiter, x, ceiling=-3)
    before, between.STRAIGHT = between.STRAIGHT, np.float32(np.inf)
    try:
        wanted = effects.run(made, made.state(), x[:, :6000], python=True)
    finally:
        between.STRAIGHT = before
    found = effects.run(made, made.state(), x[:, :6000], python=True)
    assert found.tobytes() == wanted.tobytes()


def test_a_steady_sound_comes_to_the_ceiling_and_no_lower():
    heard = effects.play(limiter, effects.steady(RATE, 6), ceiling=-1)
    assert effects.in_db(heard[0, -1]) == pytest.approx(-1, abs=1e-4)


@pytest.mark.parametrize(("true_peak", "late"), [(True, 264), (False, 220)])
def test_what_is_below_the_ceiling_is_only_late(true_peak, late):
    x = effects.noise(2, 5000, 0.4 if true_peak else 0.89)
    made = effects.made(limiter, x, true_peak=true_peak)
    heard = effects.run(made, made.state(), x)
    assert made.latency == late
    np.testing.assert_array_equal(heard[:, late:], x[:, :-late])


def test_gain_comes_back_by_63_percent_in_the_release():
    x = effects.steady(30_000, -40)
    x[0, 1000] = 4
    heard = effects.play(limiter, x, ceiling=0, release="50 ms", lookahead="1 ms")
    lost = 1 - heard[0] / x[0, 0]
    bottom = 1000 + 2 * 44 + 1  # held for a window, averaged over another
    assert lost[bottom + 2205] / lost[bottom] == pytest.approx(np.exp(-1), rel=0.02)
    assert lost[-1] < 1e-4
