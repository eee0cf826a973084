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
from audiograph.measuring import Meter
from audiograph.measuring.beside import over
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
    for begin in range(21, 28):  # both are as far under the voice, and bed is louder where nobody speaks
        parts = at(bed, begin, begin + 1), at(plain, begin, begin + 1)
        assert level(parts[0]) == pytest.approx(level(parts[1]), abs=0.3)
    assert level(at(bed, 5, 15)) - level(at(plain, 5, 15)) == pytest.approx(8, abs=0.3)
    middle = band(whole, 400, 600) - band(plain, 400, 600)
    assert band(plain, 1500, 1700) - band(whole, 1500, 1700) + middle == pytest.approx(-3.7, abs=0.4)
    for edge in (bed[:, :400], bed[:, -400:]):
        assert level(edge) < level(bed) - 20


def test_ducked_bed_is_its_two_stems_and_nothing_else():
    lines = "  d: {use: ducked_bed, voice: voice, music: music, lead: 3 s, tail: 1 s}"
    voice, mix, speech, bed = made(lines, "voice", "d", "d.speech", "d.bed")
    assert not at(speech, 0, 3).any() and mix.shape == (2, voice.shape[1] + 4 * RATE)
    np.testing.assert_array_equal(speech[0, 3 * RATE :], voice[0])
    np.testing.assert_allclose(mix[:, : speech.shape[1]], bed[:, : speech.shape[1]] + speech, atol=1e-6)


def test_the_music_of_an_opening_is_alone_then_under_the_voice_then_up_again_and_out():
    lines = """
  o: {use: intro_under_outro, voice: voice, music: music}
  held: {use: compressor, in: music, threshold: -8 LU, ratio: 2, attack: 400 ms, release: 1.5 s}
  p: {use: loop, in: held, until: o.end}
"""
    voice, mix, speech, tune, loop = made(lines, "voice", "o", "o.speech", "o.tune", "p")
    last = 4 + voice.shape[1] / RATE
    assert mix.shape[1] == tune.shape[1] == voice.shape[1] + 10 * RATE and peak(mix) <= -1 + 1e-4
    assert not at(speech, 0, 4).any() and at(speech, 4, 5).any()
    alone, under, after = (
        level(at(tune, begin, end)) - level(at(loop, begin, end))
        for begin, end in ((0.1, 3.1), (4, last), (last + 1.3, last + 2.9))
    )
    assert (alone, after) == pytest.approx((under + 8, under + 8), abs=0.05)
    assert lead(speech, tune) == pytest.approx(8, abs=0.05)
    assert level(tune[:, -1000:]) < level(tune) - 30


def lead(voice, music):
    """LU that a voice is over music while somebody speaks."""
    meters = [Meter(RATE, len(x)) for x in (voice, music)]
    for meter, x in zip(meters, (voice, music), strict=True):
        meter.write(x)
    return over(*meters)


MIXES = {
    "bed": "{use: bed, in: music, key: speech}",
    "ducked_bed": "{use: ducked_bed, voice: voice, music: music}",
    "short_video": "{use: short_video, voice: voice, music: music}",
    "intro_under_outro": "{use: intro_under_outro, voice: voice, music: music}",
}
OFFSETS = {"bed": "level", "ducked_bed": "level", "short_video": "music_level", "intro_under_outro": "under"}


def stems(name, x, *, given="", music=""):
    """The voice and the music of a ready-made mix, for a voice x."""
    fed = MIXES[name].replace("voice: voice", "voice: x").replace("}", f"{given}}}")
    fed = fed.replace("music: music", "music: m").replace("in: music", "in: m")
    lines = f"  x: {{use: clip, name: x}}\n  m: {music or '{use: gain, in: music}'}\n"
    lines += f"  speech: {{use: place, in: x, at: 2 s}}\n  mix: {fed}"
    nodes = {"bed": ("speech", "mix"), "intro_under_outro": ("mix.speech", "mix.tune")}
    return made(lines, *nodes.get(name, ("mix.speech", "mix.bed")), x=x)


@pytest.mark.parametrize("name", MIXES)
@pytest.mark.parametrize("softer", [0, 20, 40])
def test_in_a_ready_made_mix_the_voice_leads_by_8_lu_however_loud_it_is(name, softer):
    (voice,) = made("", "voice")
    speech, music = stems(name, voice * np.float32(10 ** (-softer / 20)))
    assert lead(speech, music) == pytest.approx(8, abs=0.2)


@pytest.mark.parametrize("name", MIXES)
def test_over_sets_the_lead_and_the_name_it_had_before_is_an_offset(name):
    (voice,) = made("", "voice")
    assert lead(*stems(name, voice, given=", over: 11 LU")) == pytest.approx(11, abs=0.2)
    offset = f", {OFFSETS[name]}: -3 dB"
    assert lead(*stems(name, voice, given=offset)) == pytest.approx(11, abs=0.2)


@pytest.mark.parametrize("name", MIXES)
@pytest.mark.parametrize("frames", [RATE // 100, RATE // 5, RATE])
def test_a_word_leads_its_music_too(name, frames):
    (voice,) = made("", "voice")
    begin = np.abs(voice[0]).argmax()
    speech, music = stems(name, voice[:, begin : begin + frames])
    assert lead(speech, music) == pytest.approx(8, abs=0.5)


def test_music_that_is_silent_while_somebody_speaks_is_set_by_its_own_loudness():
    (tune,) = made("", "music")
    x = np.concatenate([tune[:, : 2 * RATE], np.zeros((2, 12 * RATE), np.float32)], axis=1)
    lines = "  x: {use: clip, name: x}\n  speech: {use: place, in: voice, at: 2.5 s}\n"
    lines += "  bed: {use: bed, in: x, key: speech, crossfade: 0 s, fade_in: 0 s}"
    speech, bed = made(lines, "speech", "bed", x=x)
    loud = [measure((each, RATE)).integrated_lufs for each in (np.repeat(speech, 2, 0), at(bed, 0, 2))]
    assert loud[0] - loud[1] == pytest.approx(8, abs=0.5)


def test_music_that_surges_is_held_and_mono_music_gets_to_the_sides():
    (voice,) = made("", "voice")
    points = "[{at: 5 s, level: 0 dB}, {at: 6 s, level: 12 dB}, {at: 9 s, level: 12 dB}]"
    surging = f"{{use: envelope, in: music, points: {points}}}"
    held, free = (stems("bed", voice, music=music)[1] for music in (surging, ""))
    surge = level(at(held, 7, 9)) - level(at(held, 3, 5)) - level(at(free, 7, 9)) + level(at(free, 3, 5))
    assert 5 < surge < 10
    mono = stems("bed", voice, music="{use: channels, in: music, to: mono}")[1]
    assert len(mono) == 2 and 0.9 < np.corrcoef(mono)[0, 1] < 0.999


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
    assert level(first) - level(second) == pytest.approx(0, abs=0.1)


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
