import numpy as np
import pytest
from effects import noise
from reference.filters import filtered

from audiograph.dsp.biquad import rbj
from audiograph.dsp.cascade import at_rest, cascade, cascade_kernel, in_pairs
from audiograph.dsp.lanes import FOUR, fours
from audiograph.dsp.wavefront import TURN
from audiograph.kernel import Kernel
from audiograph.testing.effects import CUTS

RATE = 44_100
COUNTS = (0, 1, 2, 3, 4, 5, 8, 9, 20)


def sections(count):
    shapes = ("peak", "lowshelf", "highpass", "highshelf", "notch")
    table = [
        rbj(shapes[k % 5], RATE, freq, 3 - k % 7, 1) for k, freq in enumerate(np.geomspace(50, 15_000, count))
    ]
    return np.array(table).reshape(-1, 5)


def play(count, x, sizes, state=None, python=False):
    made, done, out = cascade(sections(count), len(x)), 0, []
    state = state or made.state()
    step = made.kernel.function if python else made.kernel
    while done < x.shape[1]:
        part = np.ascontiguousarray(x[:, done : done + sizes[len(out) % len(sizes)]])
        out.append(np.empty_like(part))
        step(part, out[-1], made.coefs, state)
        done += part.shape[1]
    return np.concatenate(out, axis=1)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_a_cascade_is_the_difference_equation_whatever_the_blocks(count, channels):
    x = noise(channels, 5000)
    whole = play(count, x, (5000,))
    expected = filtered(x[:, :1000].astype(float), sections(count))
    np.testing.assert_allclose(whole[:, :1000], expected, rtol=0, atol=1e-7 * np.abs(expected).max())
    for sizes in CUTS:
        assert play(count, x, sizes).tobytes() == whole.tobytes(), sizes


@pytest.mark.parametrize("count", [2, 5])
def test_a_block_of_any_length_around_the_lead_of_the_first_section_is_the_same(count):
    x, lead = noise(2, 200), TURN * (count + count % 2)
    whole = play(count, x, (200,))
    for size in range(1, 2 * lead + TURN):
        assert play(count, x, (size, 1)).tobytes() == whole.tobytes(), size


def test_a_channel_sounds_the_same_alone_and_among_others():
    x = noise(5, 3000)
    together = play(3, x, (777,))
    for channel in range(5):
        assert play(3, x[[channel]], (1000,)).tobytes() == together[[channel]].tobytes()


@pytest.mark.parametrize("channels", [1, 2])
def test_machine_code_does_what_the_plain_python_does(channels):
    x = noise(channels, 300)
    plain = play(9, x, (290, 3), python=True)
    np.testing.assert_allclose(play(9, x, (290, 3)), plain, rtol=0, atol=1e-7)


def test_no_sections_change_no_bit():
    x = noise(2, 3000)
    assert play(0, x, (777,)).tobytes() == x.tobytes()


@pytest.mark.parametrize("count", [1, 3])
def test_what_fades_away_comes_to_rest_before_it_gets_slow(count):
    state = at_rest(len(in_pairs(sections(count)).pairs), 2)
    play(count, noise(2, 3000), (1000,), state)
    play(count, np.zeros((2, 200_000), np.float32), (65536,), state)
    assert not state.past.any()


def test_rows_of_four_lie_within_lines_of_the_cache():
    for shape in ((3,), (2, 5), (1, 4, 6)):
        made = fours(*shape)
        assert made.shape == (*shape, FOUR) and made.flags.c_contiguous
        assert made.ctypes.data % 64 == 0


def test_a_kernels_content_has_the_machine_code_of_its_operations(monkeypatch):
    from audiograph import kernel

    before = Kernel(cascade_kernel.function).content()
    monkeypatch.setattr(kernel, "_source", lambda module: "changed")
    assert Kernel(cascade_kernel.function).content() != before
