"""Digital silence and offsets, however a sound is cut into blocks."""

import numpy as np
import pytest

from audiograph.measuring.stillness import Centred, Stillness


@pytest.mark.parametrize("sizes", [(10_000,), (1, 7, 300), (16,)])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_silence_and_offset_are_found_whatever_the_blocks(rate, sizes):
    rng, offset = np.random.default_rng(1), np.array([[0.25], [-0.5]], np.float32)
    x = rng.uniform(-0.1, 0.1, (2, rate // 2)).astype(np.float32)
    quiet = slice(round(0.1 * rate), round(0.2 * rate))
    x[:, quiet] = 0
    heard, at, k = Stillness(rate, 2), 0, 0
    while at < x.shape[1]:
        part = x[:, at : at + sizes[k % len(sizes)]] + offset
        heard.write(part)
        at, k = at + part.shape[1], k + 1
    heard.silence(rate)
    np.testing.assert_allclose(heard.offset(), offset, atol=2e-3)
    (one, (first, last)) = heard.still(0.0, 0.08)
    assert one == pytest.approx((0.1, 0.2), abs=0.0021)
    assert (first, last) == pytest.approx((0.5, 1.5), abs=0.0021)
    assert heard.still(0.0, 0.12) == [(first, last)]


def test_centred_takes_the_offset_away_where_there_is_sound():
    class Kept:
        def __init__(self):
            self.parts = []

        def write(self, x):
            self.parts.append(x)

        def silence(self, frames):
            self.parts.append(frames)

    kept = Kept()
    sink = Centred(kept, np.array([[0.5]]))
    sink.write(np.ones((1, 3), np.float32))
    sink.silence(4)
    assert kept.parts[0].tolist() == [[0.5] * 3] and kept.parts[1] == 4
