import numpy as np
import pytest
from effects import CUTS, noise
from reference.filters import filtered

from audiograph.dsp.biquad import rbj
from audiograph.dsp.cascade import at_rest, cascade, cascade_pairs, pairs_coefs, section_stereo
from audiograph.dsp.cascade_stereo import at_rest_in_stereo, cascade_stereo, stereo_coefs
from audiograph.kernel import Kernel

RATE = 44_100
COUNTS = (0, 1, 2, 3, 8, 9, 20)


def sections(count):
    shapes = ("peak", "lowshelf", "highpass", "highshelf", "notch")
    rows = [
        rbj(shapes[k % 5], RATE, freq, 3 - k % 7, 1) for k, freq in enumerate(np.geomspace(50, 15_000, count))
    ]
    return np.array(rows).reshape(-1, 5)


def pairs(count, channels):
    coefs = pairs_coefs(sections(count))
    return cascade_pairs, coefs, at_rest(coefs, channels)


def stereo(count, channels=2):
    coefs = stereo_coefs(sections(count))
    return cascade_stereo, coefs, at_rest_in_stereo(coefs)


def play(made, x, sizes, python=False):
    kernel, coefs, state = made
    step, done, out = kernel.function if python else kernel, 0, []
    while done < x.shape[1]:
        part = np.ascontiguousarray(x[:, done : done + sizes[len(out) % len(sizes)]])
        out.append(np.empty_like(part))
        step(part, out[-1], coefs, state)
        done += part.shape[1]
    return np.concatenate(out, axis=1)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("form", [pairs, stereo], ids=["pairs", "stereo"])
def test_a_cascade_is_the_difference_equation_whatever_the_blocks(form, count):
    x = noise(2, 5000)
    whole = play(form(count, 2), x, (5000,))
    expected = filtered(x[:, :1000].astype(float), sections(count))
    np.testing.assert_allclose(whole[:, :1000], expected, rtol=0, atol=1e-7 * np.abs(expected).max())
    for sizes in CUTS:
        assert play(form(count, 2), x, sizes).tobytes() == whole.tobytes(), sizes


def test_one_section_in_stereo_gives_what_pairs_give():
    x, coefs = noise(2, 5000, seed=5), pairs_coefs(sections(1))
    for sizes in CUTS:
        both = play((section_stereo, coefs, at_rest(coefs, 2)), x, sizes)
        np.testing.assert_allclose(both, play(pairs(1, 2), x, (5000,)), rtol=0, atol=1e-7)


@pytest.mark.parametrize("count", COUNTS)
def test_lanes_give_what_pairs_give(count):
    x = noise(2, 20_000, seed=4)
    np.testing.assert_allclose(
        play(stereo(count), x, (4096,)), play(pairs(count, 2), x, (4096,)), rtol=0, atol=1e-6 * 0.5
    )


@pytest.mark.parametrize("form", [pairs, stereo], ids=["pairs", "stereo"])
def test_machine_code_does_what_the_plain_python_does(form):
    x = noise(2, 300)
    plain = play(form(9, 2), x, (290, 3), python=True)
    np.testing.assert_allclose(play(form(9, 2), x, (290, 3)), plain, rtol=0, atol=1e-7)


def test_no_sections_change_no_bit():
    x = noise(2, 3000)
    for form in (pairs, stereo):
        assert play(form(0, 2), x, (777,)).tobytes() == x.tobytes()


@pytest.mark.parametrize("form", [pairs, stereo], ids=["pairs", "stereo"])
def test_what_fades_away_comes_to_rest_before_it_gets_slow(form):
    made = form(3, 2)
    play(made, noise(2, 3000), (1000,))
    play(made, np.zeros((2, 200_000), np.float32), (65536,))
    assert not made[2].past.any()


def test_stereo_takes_the_quicker_of_two_kernels():
    kernels = {
        (channels, count): cascade(sections(count), channels).kernel
        for channels in (1, 2, 6)
        for count in (2, 3)
    }
    assert [key for key, kernel in kernels.items() if kernel is cascade_stereo] == [(2, 3)]


def test_a_kernels_content_has_the_machine_code_of_its_operations(monkeypatch):
    from audiograph import kernel

    before = Kernel(cascade_stereo.function).content()
    monkeypatch.setattr(kernel, "_source", lambda module: "changed")
    assert Kernel(cascade_stereo.function).content() != before
