from pathlib import Path

import effects
import numpy as np
import pytest
import soundfile
from reference.independent.filters import butterworth, cookbook
from scipy import signal

import audiograph
from audiograph.errors import NodeError
from audiograph.nodes.crossover import crossover
from audiograph.testing.effects import CUTS
from audiograph.testing.trial import run

RATE = effects.RATE
DATA = Path(__file__).parents[1] / "data"
MUSIC, SPEECH = DATA / "music.ogg", DATA / "speech.flac"


def split(x, sizes=(4096,), python=False, **given):
    """The low band and the high band, each with the channels of x."""
    both = run(effects.made(crossover, x, **given), [x], sizes, python=python)
    return both[: len(x)], both[len(x) :]


def click(channels=1):
    x = np.zeros((channels, 2**15), np.float32)
    x[:, 0] = 1
    return x


def levels(x):
    """Frequencies in Hz, and levels in dB."""
    spectrum = np.fft.rfft(x.astype(float))
    return np.fft.rfftfreq(x.shape[-1], 1 / RATE), effects.in_db(np.abs(spectrum))


@pytest.mark.parametrize("order", [4, 8])
@pytest.mark.parametrize("freq", [80, 1000, 9000])
@pytest.mark.parametrize("file", [MUSIC, SPEECH])
def test_both_sides_are_what_two_butterworth_filters_in_a_row_give(file, freq, order):
    x = np.ascontiguousarray(soundfile.read(file, 60_000, dtype="float32", always_2d=True)[0].T)
    for side, mode in zip(split(x, freq=freq, order=order), ("lowpass", "highpass"), strict=True):
        wanted = butterworth(x.astype(float), RATE, mode, freq, order, "linkwitz_riley")
        assert np.abs(side - wanted).max() < 1e-7 * np.abs(x).max()


@pytest.mark.parametrize("order", [4, 8])
@pytest.mark.parametrize("freq", [10, 200, 5000, 20_000])
def test_both_sides_together_are_as_loud_as_what_came_in_at_every_frequency(freq, order):
    low, high = split(click(2), freq=freq, order=order)
    assert np.abs(levels(low + high)[1]).max() < 1e-4


def test_what_they_sum_to_is_an_allpass():
    b, a = cookbook(RATE, "allpass", 700, q=np.sqrt(0.5))
    low, high = split(click(), freq=700)
    wanted = signal.lfilter(b, a, click().astype(float))
    np.testing.assert_allclose(low + high, wanted, rtol=0, atol=2e-7)


@pytest.mark.parametrize("order", [4, 8])
def test_at_the_frequency_both_are_half_and_two_octaves_away_one_is_gone(order):
    for side, away in zip(split(click(), freq=1000, order=order), (4000, 250), strict=True):
        freqs, found = levels(side[0])
        assert np.interp(1000, freqs, found) == pytest.approx(-6.02, abs=0.01)
        ratio = np.tan(np.pi * max(away, 1000) / RATE) / np.tan(np.pi * min(away, 1000) / RATE)
        assert np.interp(away, freqs, found) == pytest.approx(-20 * np.log10(1 + ratio**order), abs=0.02)


@pytest.mark.parametrize("order", [4, 8])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_blocks_change_no_bit_and_the_plain_python_does_the_same(channels, order):
    x = effects.noise(channels, 6000)
    whole = split(x, (6000,), order=order)
    for sizes in CUTS:
        assert [side.tobytes() for side in split(x, sizes, order=order)] == [side.tobytes() for side in whole]
    plain = split(x[:, :300], (290, 3), python=True, order=order)
    np.testing.assert_allclose(np.array(plain), np.array(whole)[..., :300], rtol=0, atol=1e-7)


@pytest.mark.parametrize("order", [5, 6, 7])
def test_orders_that_would_not_sum_flat_are_refused(order):
    with pytest.raises(NodeError, match=f"order {order}: a crossover is of order 4 or 8"):
        effects.made(crossover, click(), order=order)


def test_a_graph_works_on_one_side_and_puts_both_together_again(tmp_path):
    graph = tmp_path / "mix.yaml"
    graph.write_text(f"""
    nodes:
      music: {{use: source, file: '{MUSIC}', end: 1 s}}
      split: {{use: crossover, in: music, freq: 200 Hz}}
      bass: {{use: gain, in: split.low, level: -6 dB}}
      mix: {{use: sum, in: [bass, split.high]}}
    output: mix
    """)
    x = soundfile.read(MUSIC, RATE, always_2d=True)[0].T
    low, high = (butterworth(x, RATE, mode, 200, family="linkwitz_riley") for mode in ("lowpass", "highpass"))
    found, _ = audiograph.render(graph)
    np.testing.assert_allclose(found, (10 ** (-6 / 20) * low + high)[:, : found.shape[1]], rtol=0, atol=1e-6)


def flatness(tmp_path, nodes, rate=RATE):
    """By how many dB a graph of x changes any frequency from 20 Hz to 0.45 of the rate."""
    soundfile.write(tmp_path / "click.wav", np.eye(1, 2**16, 0).T, rate, "FLOAT")
    (tmp_path / "mix.yaml").write_text(f"output: mix\nnodes:\n  x: {{use: source, file: click.wav}}\n{nodes}")
    (found,), _ = audiograph.render(tmp_path / "mix.yaml", rate=rate)
    spectrum, freqs = np.fft.rfft(found.astype(float)), np.fft.rfftfreq(len(found), 1 / rate)
    return np.abs(effects.in_db(np.abs(spectrum)))[(freqs > 20) & (freqs < 0.45 * rate)].max()


SPLIT = "  {}: {{use: crossover, in: {}, freq: {}, order: {}}}\n"


@pytest.mark.parametrize("order", [4, 8])
@pytest.mark.parametrize("freqs", [(160, 3000), (120, 240), (1000, 1010), (60, 15_000)], ids=str)
@pytest.mark.parametrize("first", [0, 1], ids=["low first", "high first"])
def test_three_bands_sum_flat_if_the_other_side_is_turned_too(tmp_path, freqs, order, first):
    one, other = ("high", "low") if first == 0 else ("low", "high")
    splits = SPLIT.format("a", "x", freqs[first], order)
    splits += SPLIT.format("b", f"a.{one}", freqs[1 - first], order)
    turned = SPLIT.format("c", f"a.{other}", freqs[1 - first], order)
    whole = "  mix: {use: sum, in: [b.low, b.high, c.low, c.high]}\n"
    assert flatness(tmp_path, splits + turned + whole) < 0.001
    if freqs == (120, 240):
        dip = flatness(tmp_path, splits + f"  mix: {{use: sum, in: [b.low, b.high, a.{other}]}}\n")
        assert dip > 2


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_four_bands_sum_flat_if_each_side_goes_through_the_split_of_the_other(tmp_path, rate):
    nodes = SPLIT.format("a", "x", 1000, 4)
    nodes += SPLIT.format("c", "a.low", 5000, 4) + SPLIT.format("low", "[c.low, c.high]", 150, 4)
    nodes += SPLIT.format("d", "a.high", 150, 4) + SPLIT.format("high", "[d.low, d.high]", 5000, 4)
    nodes += "  mix: {use: sum, in: [low.low, low.high, high.low, high.high]}\n"
    assert flatness(tmp_path, nodes, rate) < 0.001


@pytest.mark.parametrize("given", ["", ", low: 60 Hz, high: 10 kHz", ", low: 500 Hz, high: 1 kHz"])
def test_the_recipe_multiband_at_rest_is_flat(tmp_path, given):
    assert flatness(tmp_path, f"  mix: {{use: multiband, in: x, ratio: 1{given}}}\n") < 0.001


def test_the_recipe_multiband_turns_down_a_loud_bass_and_leaves_a_soft_voice_alone(tmp_path):
    bass, voice = effects.tone(RATE, 80, -6), effects.tone(RATE, 1000, -36)
    soundfile.write(tmp_path / "x.wav", (bass + voice).T, RATE, "FLOAT")
    nodes = "nodes:\n  x: {use: source, file: x.wav}\n  mix: {use: multiband, in: x}\noutput: mix\n"
    (tmp_path / "mix.yaml").write_text(nodes)
    (found,), _ = audiograph.render(tmp_path / "mix.yaml")
    part = found[RATE // 2 :].astype(float)
    spectrum = effects.in_db(np.abs(np.fft.rfft(part * np.hanning(len(part)))) / len(part) * 4)
    assert spectrum[40] < -6 - 10 and spectrum[500] == pytest.approx(-36, abs=0.1)
