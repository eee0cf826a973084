import effects
import numpy as np
import pytest
from reference.filters import filtered, response

from audiograph.dsp.biquad import SHAPES, rbj
from audiograph.language.quantity import Wrong
from audiograph.nodes.eq import eq

BANDS = [
    {"shape": "highpass", "freq": "80 Hz"},
    {"shape": "peak", "freq": "1.6 kHz", "gain": "-4 dB", "q": 0.8},
    {"shape": "highshelf", "freq": "8 kHz", "gain": 3},
]


def test_an_eq_is_its_bands_one_after_another():
    x = effects.noise(2, 1500)
    rows = [("highpass", 80, 0, np.sqrt(0.5)), ("peak", 1600, -4, 0.8), ("highshelf", 8000, 3, np.sqrt(0.5))]
    sections = np.array([rbj(shape, effects.RATE, freq, gain, q) for shape, freq, gain, q in rows])
    heard = effects.play(eq, x, bands=BANDS)
    np.testing.assert_allclose(heard, filtered(x.astype(float), sections), rtol=0, atol=2e-7)


def test_without_bands_no_bit_changes():
    x = effects.noise(2, 500)
    assert effects.play(eq, x).tobytes() == x.tobytes()


@pytest.mark.parametrize("shape", SHAPES)
def test_q_left_out_is_1_for_bells_and_butterworth_for_the_rest(shape):
    q = 1 if shape in ("peak", "bandpass", "notch", "allpass") else np.sqrt(0.5)
    click = np.zeros((1, 16_384), np.float32)
    click[0, 0] = 1
    heard = np.fft.rfft(
        effects.play(eq, click, bands=[{"shape": shape, "freq": 2000, "gain": 6}])[0].astype(float)
    )
    at = np.fft.rfftfreq(16_384, 1 / effects.RATE)[1:-1]
    np.testing.assert_allclose(heard[1:-1], response(shape, effects.RATE, 2000, 6, q, at), rtol=0, atol=3e-5)


def test_a_shape_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(Wrong, match=r"row 1: shape: 'peek' is not one of .*'peak'"):
        eq.params["bands"].read([{"shape": "peek"}])
