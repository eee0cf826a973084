import effects
import numpy as np
import pytest
from reference import dynamics

from audiograph.nodes.limiter import limiter

RATE = effects.RATE
WAYS = [{}, {"ceiling": -12, "lookahead": "0.1 ms", "release": "1 ms"}, {"ceiling": 0, "lookahead": "50 ms"}]


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


@pytest.mark.parametrize("given", WAYS, ids=str)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_limiter_keeps_the_promises_of_an_effect(channels, given):
    x = effects.swelling(channels, 8000, 2)
    made = effects.made(limiter, x, **given)
    effects.assert_blocks_change_no_bit(made, x)
    effects.assert_equals_its_plain_python(made, x[:, :1400])
    effects.assert_silence_changes_nothing(made, channels)
    effects.assert_forgets(made, x * 8, workplaces=("wanted", "lost"))


@pytest.mark.parametrize("given", WAYS[:2], ids=str)
def test_a_limiter_is_its_reference(given):
    x = effects.swelling(2, 12_000, 3)
    values = {name: limiter.params[name].read(value) for name, value in given.items()}
    latency = round(values.get("lookahead", 0.005) * RATE)
    expected = dynamics.late(x.astype(float), dynamics.limiter(x.astype(float), RATE, **values), latency)
    np.testing.assert_allclose(effects.play(limiter, x, **given), expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("given", WAYS, ids=str)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_sample_is_above_the_ceiling(name, given):
    ceiling = 10 ** (limiter.params["ceiling"].read(given.get("ceiling", -1)) / 20)
    heard = effects.play(limiter, HOSTILE[name], **given)
    assert np.abs(heard.astype(float)).max() <= ceiling


def test_a_steady_sound_comes_to_the_ceiling_and_no_lower():
    heard = effects.play(limiter, effects.steady(RATE, 6), ceiling=-1)
    assert effects.in_db(heard[0, -1]) == pytest.approx(-1, abs=1e-4)


def test_what_is_below_the_ceiling_is_only_late():
    x = effects.noise(2, 5000, 0.89)
    made = effects.made(limiter, x)
    heard = effects.run(made, made.state(), x)
    assert made.latency == 220
    np.testing.assert_array_equal(heard[:, 220:], x[:, :-220])


def test_gain_comes_back_by_63_percent_in_the_release():
    x = effects.steady(30_000, -40)
    x[0, 1000] = 4
    heard = effects.play(limiter, x, ceiling=0, release="50 ms", lookahead="1 ms")
    lost = 1 - heard[0] / x[0, 0]
    bottom = 1000 + 2 * 44 + 1  # held for a window, averaged over another
    assert lost[bottom + 2205] / lost[bottom] == pytest.approx(np.exp(-1), rel=0.02)
    assert lost[-1] < 1e-4


def test_one_machine_code_serves_all_channels_and_parameters():
    for given in WAYS:
        effects.assert_compiles_once(limiter, **given)
