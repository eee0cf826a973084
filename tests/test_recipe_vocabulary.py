"""The recipes that are shipped, each rendered on real voices and music, and measured."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import clip_type, noise
from scipy.signal import welch

from audiograph import document, graph
from audiograph.catalog import catalog, recipes
from audiograph.graph.params import declared
from audiograph.parameter import Quantity
from audiograph.plan import Plan
from audiograph.rendering import load
from audiograph.sound import Audio

ROOT = Path(__file__).parents[1]
RATE = 44_100
GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"))
AROUND = """
params:
  hum: {type: frequency, default: 50 Hz}
nodes:
  voice: {use: source, file: audio/guest.flac}
  music: {use: source, file: audio/music.ogg}
  humming: {use: sum, in: [voice, {use: tone, freq: $hum, length: 9 s, level: -34 dB}]}
"""


def made(lines: str, *nodes: str, settings: dict[str, str] | None = None, **clips: Audio) -> list[Audio]:
    """What some nodes give, `lines` being nodes over a real voice and real music."""
    text = AROUND + lines + "\noutputs: {" + ", ".join(f"o{k}: {node}" for k, node in enumerate(nodes)) + "}"
    types = {**catalog(), "clip": clip_type(clips)}
    built = graph.build(document.parse(text, "mix.yaml"), types, settings, ROOT / "graphs")
    streams = Plan(built, rate=RATE).streams
    return [streams[target.out].open().take(streams[target.out].frames) for target in built.targets]


def level(x: Audio) -> float:
    return float(10 * np.log10(np.mean(np.square(x, dtype=float)) + 1e-20))


def band(x: Audio, low: float, high: float) -> float:
    """Level between two frequencies, in dB."""
    freqs, power = welch(x, RATE, nperseg=16_384)
    return float(10 * np.log10(power[:, (freqs >= low) & (freqs <= high)].sum(axis=1).mean()))


def change(x: Audio, y: Audio, low: float, high: float) -> float:
    """By how many dB a band is louder in y than in x, as against the middle from 700 Hz to 1.1 kHz."""
    return band(y, low, high) - band(x, low, high) - (band(y, 700, 1100) - band(x, 700, 1100))


def at(x: Audio, begin: float, end: float) -> Audio:
    """A part by seconds."""
    return x[:, round(begin * RATE) : round(end * RATE)]


def spread(x: Audio) -> float:
    """How far loud is from soft, in dB: what speech does between its 30th and 95th percentile of 50 ms."""
    parts = np.split(x[0, : len(x[0]) // 2205 * 2205], len(x[0]) // 2205)
    low, high = np.percentile([level(part) for part in parts], [30, 95])
    return float(high - low)


def peak(x: Audio) -> float:
    return float(20 * np.log10(np.abs(x).max()))


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


def test_three_lines_make_a_podcast_opening_of_two_files():
    lines = (ROOT / "graphs" / "opening.yaml").read_text().partition("nodes:\n")[2].splitlines()
    assert len(lines) == 3 + 1 and lines[-1] == "output: opening"
    (target,) = load(ROOT / "graphs" / "opening.yaml").graph.targets
    assert target.out == ("opening/mix", "out")


@pytest.mark.parametrize("mains", [50, 60])
def test_voice_clean_takes_hum_and_rumble_out(mains):
    lines = "  clean: {use: voice_clean, in: voice}\n  hummed: {use: voice_clean, in: humming}"
    waves = np.exp(2j * np.pi * np.arange(8 * RATE) / RATE)

    def left(freq: float) -> float:
        """How much of a hum comes through, in dB, less by how much the voice got louder."""
        settings = {"hum": f"{freq} Hz", "clean.mains": f"{mains} Hz", "hummed.mains": f"{mains} Hz"}
        voice, clean, hummed = made(lines, "voice", "clean", "hummed", settings=settings)
        heard = np.abs(np.mean(at(hummed - clean, 0, 8)[0] * waves**freq)) * 2
        return 20 * np.log10(heard) + 34 - (band(clean, 700, 1100) - band(voice, 700, 1100))

    assert left(mains) < -30 and left(25) < -30
    assert left(2 * mains) < -10 and left(3 * mains) < -10
    assert left(440) == pytest.approx(0, abs=3)


def test_voice_clean_lifts_presence_and_evens_out():
    lines = "  a: {use: voice_clean, in: voice}\n  b: {use: voice_clean, in: voice, presence: 0 dB}"
    voice, clean, flat = made(lines, "voice", "a", "b")
    assert change(flat, clean, 3500, 4500) == pytest.approx(3, abs=0.6)
    assert level(clean) > level(voice) and peak(clean) <= -2 + 1e-4
    assert np.percentile(np.abs(clean), 99) / np.abs(clean).std() < (
        np.percentile(np.abs(voice), 99) / np.abs(voice).std()
    )


def test_voice_clean_lets_noise_between_words_sink():
    sound = at(noise(1, 3 * RATE) * 0.003, 0, 3)  # -55 dB, and a word in the middle
    sound[:, RATE : RATE + RATE // 4] *= 100
    (out,) = made("  n: {use: clip, name: n}\n  c: {use: voice_clean, in: n, level: 0 dB}", "c", n=sound)
    assert level(at(out, 0.5, 0.9)) - level(at(sound, 0.5, 0.9)) < -5


def test_voice_broadcast_is_denser_fuller_and_brighter():
    lines = "  a: {use: voice_broadcast, in: voice}\n  b: {use: voice_clean, in: voice, squeeze: 2}"
    voice, dense, clean = made(lines, "voice", "a", "b")
    assert peak(dense) <= -3 + 1e-4 and level(dense) > level(voice) + 1
    assert spread(dense) < spread(clean) - 1
    assert change(clean, dense, 90, 130) > 1.5 and change(clean, dense, 9500, 10_500) > 0.8


def test_voice_warm_lifts_the_low_mids_and_softens_the_treble():
    lines = "  a: {use: voice_warm, in: voice}\n  b: {use: voice_warm, in: voice, warmth: 0 dB, soften: 0 dB}"
    voice, warm, flat = made(lines, "voice", "a", "b")
    assert change(flat, warm, 150, 260) == pytest.approx(2.5, abs=0.5)
    assert change(flat, warm, 7000, 10_000) == pytest.approx(-3, abs=0.4)
    assert change(voice, warm, 150, 260) > 1.5 and change(voice, warm, 7000, 10_000) < -1.5


def test_telephone_is_mono_and_has_no_lows_and_no_highs():
    voice, line = made("  a: {use: telephone, in: voice}", "voice", "a")
    assert change(voice, line, 80, 110) < -20 and change(voice, line, 6000, 8000) < -20
    for low, high in ((350, 500), (1500, 2000), (2500, 3000)):
        assert -3 < change(voice, line, low, high) < 7
    (wide,) = made("  a: {use: telephone, in: music}", "a")
    np.testing.assert_array_equal(wide[0], wide[1])


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
    first, pause, second = at(both, 0, turn), at(both, turn + 0.05, turn + 1), at(both, turn + 1, 2 * turn + 1)
    assert both.shape[1] == 2 * voice.shape[1] + RATE and level(pause) < -60
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
    assert level(at(said, 0, 1)) > -30 and level(at(said, 2.45, 3.05)) < -100 and level(at(said, 3.2, 12)) > -26
    assert peak(said) <= -1 + 1e-4
    for begin, freq in ((0.1, 659), (1.2, 523)):
        part = at(chime, begin, begin + 0.45)[0]
        loudest = np.argmax(np.abs(np.fft.rfft(part * np.hanning(part.size), RATE)))
        assert loudest == pytest.approx(freq, abs=2)


def test_a_lecture_brings_whisper_and_call_together():
    lines = """
  whisper: {use: gain, in: voice, level: -18 dB}
  lesson: {use: concat, in: [voice, whisper, voice]}
  l: {use: lecture, in: lesson}
"""
    voice, out = made(lines, "voice", "l")
    turn = voice.shape[1] / RATE
    call, whisper = at(out, 2, turn), at(out, turn + 2, 2 * turn)
    assert 0 < level(call) - level(whisper) < 6 and peak(out) <= -2 + 1e-4
    assert change(voice, call, 180, 300) < -2 and change(voice, call, 2800, 3600) > 2


def test_a_short_video_speaks_at_once_is_loud_and_ends_soon():
    lines = "  s: {use: short_video, voice: voice, music: music}"
    voice, out = made(lines, "voice", "s")
    assert out.shape == (2, voice.shape[1] + RATE)
    assert level(at(out, 0.2, 9)) > level(voice) + 5 and peak(out) <= -1.5 + 1e-4
    assert peak(out) > -2 and level(out[:, -500:]) < -40


@pytest.mark.parametrize("name, gain, ceiling", [("podcast_master", 4, -1.5), ("broadcast_master", -6, -3)])
def test_a_master_sets_the_level_and_holds_the_ceiling(name, gain, ceiling):
    lines = f"""
  soft: {{use: gain, in: music, level: -25 dB}}
  quiet: {{use: {name}, in: soft}}
  loud: {{use: {name}, in: music, level: 12 dB}}
"""
    soft, quiet, loud = made(lines, "soft", "quiet", "loud")
    assert level(quiet) - level(soft) == pytest.approx(gain, abs=0.3)
    assert quiet.shape == soft.shape and ceiling - 0.1 < peak(loud) <= ceiling + 1e-4


def test_a_podcast_master_holds_a_mix_together_and_glue_of_one_does_not():
    lines = """
  held: {use: podcast_master, in: voice, level: 0 dB, glue: 3}
  free: {use: podcast_master, in: voice, level: 0 dB, glue: 1}
"""
    voice, held, free = made(lines, "voice", "held", "free")
    assert spread(held) < spread(free) - 0.5 and level(free) == pytest.approx(level(voice), abs=0.2)
