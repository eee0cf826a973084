"""Wild samples are found while a sound passes, and do not decide what effects take for loud."""

import numpy as np
import pytest
import soundfile
from conftest import heard, planned
from mixes import ROOT

from audiograph.measuring.key_level import KeyLevel
from audiograph.measuring.wild import PIECE, Search, Wild
from audiograph.sound import Sound

SPEECH, RATE = soundfile.read(ROOT / "tests/data/speech.flac", dtype="float32")
VOICE = np.tile(np.pad(SPEECH[None], ((0, 0), (RATE // 2, RATE // 2))), 2)
AT = RATE // 2 + 20_000
WILD = VOICE.copy()
WILD[0, AT] = 17_000


@pytest.mark.parametrize("at", [0, 1, 399, PIECE - 1, PIECE, PIECE + 1, PIECE + 401, 99_990])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_wild_sample_is_found_wherever_it_is_and_whatever_the_blocks(at, channels):
    x = np.repeat(np.resize(VOICE * np.float32(0.1), (1, 100_000)), channels, axis=0)
    x[-1, at] = -30
    for size in (64, 65_536) if at == PIECE else (1009, 100_000):
        search, gap = Search(RATE, channels), 12 * PIECE + 5
        for first in range(0, x.shape[1], size):
            search.write(x[:, first : first + size])
        search.silence(gap)
        search.write(x)
        assert search.found() == [Wild(-30.0, place / RATE) for place in (at, 100_000 + gap + at)]


def test_speech_music_clipped_sound_and_a_sound_that_begins_have_none():
    music, rate = soundfile.read(ROOT / "tests/data/music.ogg", dtype="float32", always_2d=True)
    begins = np.pad(VOICE, ((0, 0), (PIECE - RATE // 2 - 3, 0)))
    for x in (
        VOICE,
        music.T,
        np.clip(VOICE * 30, -1, 1),
        begins,
        np.eye(4, 2000, dtype=np.float32)[:0:-1] * 0,
    ):
        search = Search(rate, x.shape[0])
        search.write(x)
        assert search.found() == []


@pytest.mark.parametrize("value", [1.0, 50.0, 17_000.0, 1e10])
@pytest.mark.parametrize(
    "node",
    [
        "duck, in: pad, key: k",
        "duck, in: pad, key: k, bands: 4",
        "gate, in: k",
        "compressor, in: k, threshold: -3 LU",
        "trim_silence, in: k",
    ],
)
def test_effects_do_as_without_it_but_next_to_it(node, value):
    """The voice is 40 dB softer for a sample at full scale, such as a damaged file has."""
    voice = VOICE * np.float32(0.01 if value == 1 else 1)
    wild = voice.copy()
    wild[0, AT] = value
    pad = "pad: {use: tone, freq: 440 Hz, length: 5 s}" if "pad" in node else ""
    text = f"nodes:\n  k: {{use: clip, name: k}}\n  {pad}\n  d: {{use: {node}}}\noutput: d"
    want = heard(planned(text, {"k": voice}, rate=RATE))
    made = planned(text, {"k": wild}, rate=RATE)
    got = heard(made)
    assert got.shape == want.shape
    one, other = (np.square(x[:, AT + 2 * RATE :], dtype=np.float64).mean() for x in (got, want))
    assert abs(10 * np.log10(one / other)) < 0.5
    (note,) = made.notes
    assert f"has a wild sample of {value:.6g}" in note.what
    assert note.what.endswith("left out of its loudness: cut that place, or put a limiter before")


def test_a_sample_whose_square_is_too_large_for_a_float_is_a_wild_one():
    x = VOICE.copy()
    x[0, AT] = 3e38
    level = KeyLevel(Sound(RATE, *x.shape))
    level.write(x)
    assert "a wild sample of 3e+38 (769.5 dB)" in level.found().wild
