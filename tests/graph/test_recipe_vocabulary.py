"""The recipes that are shipped, each rendered on real voices and music, and measured."""

import re

import numpy as np
import pytest
from conftest import noise
from mixes import RATE, ROOT, at, band, level, made, peak, spread

from audiograph import measure
from audiograph.graph.catalog import recipes
from audiograph.graph.params import declared
from audiograph.language import document
from audiograph.language.parameter import Quantity
from audiograph.rendering.loading import load

GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"))


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_says_what_it_is_for_and_what_to_tune_first(name):
    found = document.load(recipes()[name])
    assert len(found["about"]) > 80 and re.search(r"\. Tune .*first", found["about"])
    assert all(len(about) > 5 for about in found.get("inputs", {}).values())
    for param in map(declared, found["params"].values()):
        assert len(param.help) > 8
        assert not isinstance(param, Quantity) or (param.lo > -1e6 and param.hi < 1e6)


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_is_used_in_an_example(name):
    assert any(re.search(rf"\buse: {name}\b", path.read_text()) for path in GRAPHS)


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_takes_mono_and_stereo_short_and_long_and_silence(name):
    inputs = document.load(recipes()[name]).get("inputs", {})
    for x in (noise(1, RATE), noise(2, RATE // 20), np.zeros((2, RATE), np.float32)):
        fed = "".join(f", {port}: x" for port in inputs)
        (out,) = made(f"  x: {{use: clip, name: x}}\n  r: {{use: {name}{fed}}}", "r", x=x)
        assert np.isfinite(out).all() and out.shape[1] >= x.shape[1]
        assert out.any() == (x.any() or not inputs)


def test_three_lines_make_a_podcast_opening_of_two_files():
    lines = (ROOT / "graphs" / "opening.yaml").read_text().partition("nodes:\n")[2].splitlines()
    assert len(lines) == 3 + 1 and lines[-1] == "output: opening"
    (target,) = load(ROOT / "graphs" / "opening.yaml").graph.targets
    assert target.out == ("opening/mix", "out")


def test_bed_is_looped_to_the_end_of_the_voice_ducked_carved_and_faded():
    lines = """
  speech: {use: place, in: voice, at: 20 s}
  bed:    {use: bed, in: music, key: speech}
  plain:  {use: bed, in: music, key: speech, depth: 0 dB}
  whole:  {use: bed, in: music, key: speech, depth: 0 dB, carve: 0 dB}
"""
    speech, bed, plain, whole = made(lines, "speech", "bed", "plain", "whole")
    assert bed.shape == (2, speech.shape[1] + 2 * RATE)  # 31.7 s of 27.5 s
    for begin in range(21, 28):
        parts = at(bed, begin, begin + 1), at(plain, begin, begin + 1)
        assert level(parts[0]) - level(parts[1]) == pytest.approx(-8, abs=0.05)
    assert level(at(bed, 5, 15)) == pytest.approx(level(at(plain, 5, 15)), abs=0.01)
    assert band(plain, 1500, 1700) - band(whole, 1500, 1700) == pytest.approx(-4, abs=0.2)
    for edge in (bed[:, :400], bed[:, -400:]):
        assert level(edge) < level(bed) - 20


def test_ducked_bed_is_its_two_stems_and_nothing_else():
    lines = "  d: {use: ducked_bed, voice: voice, music: music, lead: 3 s, tail: 1 s}"
    voice, mix, speech, bed = made(lines, "voice", "d", "d.speech", "d.bed")
    assert not at(speech, 0, 3).any() and mix.shape == (2, voice.shape[1] + 4 * RATE)
    np.testing.assert_array_equal(speech[0, 3 * RATE :], voice[0])
    np.testing.assert_allclose(mix[:, : speech.shape[1]], bed[:, : speech.shape[1]] + speech, atol=1e-6)
    assert level(voice) - level(at(bed, 4, 12)) > 10


def test_the_music_of_an_opening_is_alone_then_under_the_voice_then_up_again_and_out():
    lines = """
  o: {use: intro_under_outro, voice: voice, music: music}
  p: {use: loop, in: music, until: o.end}
"""
    voice, mix, speech, tune, loop = made(lines, "voice", "o", "o.speech", "o.tune", "p")
    last = 4 + voice.shape[1] / RATE
    assert mix.shape[1] == tune.shape[1] == voice.shape[1] + 10 * RATE and peak(mix) <= -1 + 1e-4
    assert not at(speech, 0, 4).any() and at(speech, 4, 5).any()
    for begin, end, gain in ((0.1, 3.1, -4), (4, last, -14), (last + 1.3, last + 2.9, -4)):
        assert level(at(tune, begin, end)) - level(at(loop, begin, end)) == pytest.approx(gain, abs=0.05)
    assert level(tune[:, -1000:]) < level(tune) - 30


def test_an_opening_may_begin_with_the_voice():
    lines = "  o: {use: intro_under_outro, voice: voice, music: music, intro: 0 s}"
    tune, mix = made(lines, "o.tune", "o")
    assert at(mix, 0, 0.5).any() and level(at(tune, 1, 8)) < level(tune[:, -5 * RATE : -4 * RATE])


def test_the_voices_of_a_dialogue_take_turns_at_their_sides_and_are_as_loud():
    lines = """
  soft: {use: gain, in: voice, level: -6 dB}
  d: {use: dialogue, first: voice, second: soft, pause: 1 s, apart: 0.5}
"""
    voice, both = made(lines, "voice", "d")
    turn = voice.shape[1] / RATE
    first, second = at(both, 0, turn), at(both, turn + 1, 2 * turn + 1)
    assert both.shape[1] == 2 * voice.shape[1] + RATE and level(at(both, turn + 0.05, turn + 1)) < -60
    assert level(first[:1]) - level(first[1:]) == pytest.approx(7.66, abs=0.05)  # tan(67.5 degrees)
    assert level(second[1:]) - level(second[:1]) == pytest.approx(7.66, abs=0.05)
    assert 0 < level(first) - level(second) < 4.5


def test_in_a_dialogue_one_may_cut_in_and_a_third_may_join():
    lines = """
  two: {use: dialogue, first: voice, second: voice, pause: -500 ms}
  three: {use: dialogue, first: two, second: voice, apart: 0}
"""
    voice, two, three = made(lines, "voice", "two", "three")
    assert two.shape[1] == 2 * voice.shape[1] - RATE // 2
    last = three[:, -voice.shape[1] :]
    np.testing.assert_array_equal(last[0], last[1])


def test_an_announcement_is_a_chime_a_pause_and_a_voice():
    lines = "  c: {use: chime}\n  a: {use: announcement, voice: voice, chime: c}"
    voice, chime, said = made(lines, "voice", "c", "a")
    assert chime.shape[1] == round(2.4 * RATE)
    assert said.shape[1] == pytest.approx(chime.shape[1] + 0.7 * RATE + voice.shape[1], abs=2)
    assert level(at(said, 0, 1)) > -30 and level(at(said, 3.2, 12)) > -26
    assert level(at(said, 2.45, 3.05)) < -100
    assert peak(said) <= -1 + 1e-4
    for begin, freq in ((0.1, 659), (1.2, 523)):
        part = at(chime, begin, begin + 0.45)[0]
        loudest = np.argmax(np.abs(np.fft.rfft(part * np.hanning(part.size), RATE)))
        assert loudest == pytest.approx(freq, abs=2)


def test_a_short_video_speaks_at_once_is_loud_and_ends_soon():
    lines = "  s: {use: short_video, voice: voice, music: music}"
    voice, out = made(lines, "voice", "s")
    assert out.shape == (2, voice.shape[1] + RATE)
    assert measure((out, RATE)).integrated_lufs == pytest.approx(-14, abs=0.1)
    assert -3 < measure((out, RATE)).true_peak_dbtp <= -1.45 and level(out[:, -500:]) < -40


@pytest.mark.parametrize(
    "name, target, ceiling", [("podcast_master", -16, -1.5), ("broadcast_master", -23, -1)]
)
def test_a_master_sets_the_loudness_and_holds_the_ceiling(name, target, ceiling):
    lines = f"""
  soft: {{use: gain, in: music, level: -25 dB}}
  usual: {{use: {name}, in: soft}}
  loud: {{use: {name}, in: music, target: -10 LUFS}}
"""
    soft, usual, loud = made(lines, "soft", "usual", "loud")
    assert usual.shape == soft.shape
    assert measure((usual, RATE)).integrated_lufs == pytest.approx(target, abs=0.1)
    assert measure((loud, RATE)).true_peak_dbtp == pytest.approx(ceiling, abs=0.1)


def test_a_podcast_master_holds_a_mix_together_and_glue_of_one_does_not():
    lines = """
  held: {use: podcast_master, in: voice, target: -30 LUFS, glue: 3}
  free: {use: podcast_master, in: voice, target: -30 LUFS, glue: 1}
"""
    voice, held, free = made(lines, "voice", "held", "free")
    assert spread(held) < spread(free) - 0.5 and spread(free) == pytest.approx(spread(voice), abs=0.2)
