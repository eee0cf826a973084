import effects
import numpy as np
import pytest
from reference import dynamics

from audiograph.nodes.compressor import compressor
from audiograph.nodes.duck import duck
from audiograph.nodes.gate import gate

RATE = effects.RATE
WAYS = [
    {},
    {"detector": "peak", "knee": 0, "attack": 0},
    {"link": "average", "mix": "40 %", "makeup": 6},
    {"detector": "peak", "link": "average", "attack": "100 ms", "release": "20 ms", "lookahead": "3 ms"},
]


@pytest.mark.parametrize("given", WAYS, ids=str)
def test_a_compressor_is_its_reference(given):
    x = effects.swelling(2, 12_000)
    values = {name: compressor.params[name].read(value) for name, value in given.items()}
    latency = round(values.pop("lookahead", 0) * RATE)
    expected = dynamics.late(x.astype(float), dynamics.compressor(x.astype(float), RATE, **values), latency)
    np.testing.assert_allclose(effects.play(compressor, x, **given), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("detector", ["rms", "peak"])
@pytest.mark.parametrize(
    ("level", "out"), [(-24, -24.5625), (-21, -23.25), (-18, -22.5), (-40, -40), (-27, -27)]
)
def test_the_static_curve_is_that_of_giannoulis_massberg_and_reiss(detector, level, out):
    heard = effects.play(compressor, effects.steady(RATE, level), detector=detector, release=0.01)
    assert effects.in_db(heard[0, -1]) == pytest.approx(out, abs=1e-4)


def test_attack_and_release_are_the_times_to_63_percent():
    loud, soft = effects.steady(RATE, 0), effects.steady(RATE, -60)
    x = np.concatenate([loud, soft], axis=1)
    heard = effects.play(compressor, x, detector="peak", attack="10 ms", release="250 ms")
    loss = effects.in_db(x[0]) - effects.in_db(heard[0])
    assert loss[441 - 1] == pytest.approx(18 * (1 - np.exp(-1)), abs=1e-3)
    assert loss[RATE + 11_025 - 1] == pytest.approx(18 * np.exp(-1), abs=1e-3)


def test_all_channels_have_the_gain_that_the_loudest_asks_for_or_their_mean_does():
    x = np.concatenate([effects.steady(RATE, -12), effects.steady(RATE, -40)])
    most = effects.in_db(x[:, -1]) - effects.in_db(effects.play(compressor, x)[:, -1])
    mean = effects.in_db(x[:, -1]) - effects.in_db(effects.play(compressor, x, link="average")[:, -1])
    np.testing.assert_allclose(most, 0.75 * 12, atol=1e-3)
    np.testing.assert_allclose(mean, 0.75 * (12 - 3.0103), atol=0.01)


def test_lookahead_is_latency_and_the_gain_is_down_before_the_sound_is_loud():
    x = np.concatenate([effects.steady(5000, -60, 2), effects.steady(5000, 0, 2)], axis=1)
    made = effects.made(compressor, x, lookahead="10 ms", attack="1 ms", detector="peak")
    assert made.latency == 441
    heard = effects.run(made, made.state(), x, x)
    assert effects.in_db(heard[0, 5441]) == pytest.approx(-18, abs=0.01)
    quiet = effects.noise(2, 3000, 0.001)
    late = effects.run(made, made.state(), quiet, quiet)
    np.testing.assert_array_equal(late[:, 441:], quiet[:, :-441])
    assert not late[:, :441].any()


def test_a_key_of_other_channels_is_heard_in_place_of_the_sound():
    x, key = effects.steady(RATE, -60, 2), effects.steady(RATE, -12)
    heard = effects.play(compressor, x, key)
    assert effects.in_db(heard[0, -1]) == pytest.approx(-69, abs=1e-3)
    assert effects.in_db(effects.play(compressor, x)[0, -1]) == pytest.approx(-60, abs=1e-4)


def test_no_mix_is_the_dry_sound():
    x = effects.swelling(2, 4000)
    np.testing.assert_array_equal(effects.play(compressor, x, mix=0, makeup=12), x)


@pytest.mark.parametrize("node", [compressor, gate, duck])
def test_a_wild_sample_is_forgotten(node):
    """Its power is no float32."""
    x = effects.noise(1, 3 * RATE, 0.5)
    wild = x.copy()
    wild[0, 100] = 1e25
    given = {"release": 0.05} | ({"hold": 0.01} if node is not compressor else {})
    got, want = (effects.play(node, each, x if each is x else wild, **given) for each in (wild, x))
    np.testing.assert_allclose(got[:, -1000:], want[:, -1000:], atol=1e-4)
