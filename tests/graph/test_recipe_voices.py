"""The recipes for voices, each rendered on a real one, and measured."""

import numpy as np
import pytest
from conftest import noise
from mixes import RATE, at, band, change, level, made, peak, spread


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
    assert left(2 * mains) < -9 and left(3 * mains) < -9
    assert left(440) == pytest.approx(0, abs=3)


def test_voice_clean_lifts_presence_and_evens_out():
    lines = "  a: {use: voice_clean, in: voice}\n  b: {use: voice_clean, in: voice, presence: 0 dB}"
    voice, clean, flat = made(lines, "voice", "a", "b")
    assert change(flat, clean, 3500, 4500) == pytest.approx(3, abs=0.6)
    assert level(clean) > level(voice) - 1 and peak(clean) <= -2 + 1e-4
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


VOICES = ("voice_clean", "voice_broadcast", "voice_warm", "telephone", "lecture")


@pytest.mark.parametrize("softer", [20, 35])
@pytest.mark.parametrize("recipe", VOICES)
def test_a_softer_voice_is_treated_as_a_loud_one(recipe, softer):
    lines = f"""
  x: {{use: clip, name: x}}
  y: {{use: clip, name: y}}
  loud: {{use: {recipe}, in: x, level: 0 dB}}
  soft: {{use: {recipe}, in: y, level: 0 dB}}
"""
    (voice,) = made("", "voice")
    x, factor = voice[:, : 4 * RATE] / 2, np.float32(10 ** (-softer / 20))  # no peak reaches a limiter
    loud, soft = made(lines, "loud", "soft", x=x, y=x * factor)
    off = soft / factor - loud
    assert np.abs(off).max() < 0.01 * np.abs(loud).max()


def test_telephone_is_mono_and_has_no_lows_and_no_highs():
    voice, line = made("  a: {use: telephone, in: voice}", "voice", "a")
    assert change(voice, line, 80, 110) < -20 and change(voice, line, 6000, 8000) < -20
    for low, high in ((350, 500), (1500, 2000), (2500, 3000)):
        assert -3 < change(voice, line, low, high) < 7
    (wide,) = made("  a: {use: telephone, in: music}", "a")
    assert len(wide) == 1


@pytest.mark.parametrize("recipe", ["telephone", "lecture"])
def test_a_voice_of_two_opposite_sides_is_not_lost_in_mono(recipe):
    (voice,) = made("", "voice")
    opposite = np.stack([voice[0], -voice[0]])
    lines = f"  n: {{use: clip, name: n}}\n  a: {{use: {recipe}, in: n}}\n  b: {{use: {recipe}, in: voice}}"
    out, alone = made(lines, "a", "b", n=opposite)
    np.testing.assert_allclose(out, alone, atol=1e-5)
    assert level(out) > -40


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
    assert change(voice, call, 180, 300) < -1.5 and change(voice, call, 2800, 3600) > 2
