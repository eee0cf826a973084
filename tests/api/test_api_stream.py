"""audiograph from a program, block by block: what is heard is what is exported."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import audiograph

ROOT = Path(__file__).parents[2]
GRAPH = ROOT / "graphs" / "voice_over.yaml"
SHORT = {
    "voice": ROOT / "tests" / "data" / "speech.flac",
    "music": ROOT / "tests" / "data" / "music.ogg",
    "lead": 0.2,
    "voice.end": "600 ms",
}
STEMS = (
    "nodes:\n  a: {use: tone, length: 1 s}\n  b: {use: gain, in: a, level: -6 dB}\noutputs: {a: a, b: b}\n"
)


def test_what_is_heard_is_what_is_exported(tmp_path):
    playback = audiograph.stream(GRAPH, SHORT)
    heard = np.concatenate(list(playback), axis=1)
    audiograph.render(GRAPH, tmp_path / "mix.wav", SHORT)
    exported, rate = soundfile.read(tmp_path / "mix.wav", dtype="float32", always_2d=True)
    assert (playback.rate, playback.channels, playback.frames) == (rate, 2, len(exported))
    np.testing.assert_allclose(heard.T, exported, atol=2 / 2**15)  # dither
    np.testing.assert_array_equal(heard, audiograph.render(GRAPH, None, SHORT).sound)


def test_it_begins_where_it_is_asked_to():
    whole = np.concatenate(list(audiograph.stream(GRAPH, SHORT)), axis=1)
    rest = np.concatenate(list(audiograph.stream(GRAPH, SHORT, first=0.5)), axis=1)
    np.testing.assert_allclose(rest, whole[:, 22_050:], atol=1e-6)
    assert not list(audiograph.stream(GRAPH, SHORT, first=1000))


def test_it_can_be_gone_through_again_and_blocks_are_kept():
    playback = audiograph.stream(STEMS, output="b", block=10_000)
    one, two = list(playback), list(playback)
    assert [x.shape[1] for x in one] == [10_000] * 4 + [4100]
    assert all(np.array_equal(*pair) for pair in zip(one, two, strict=True))


def test_which_of_several_outputs_has_to_be_said():
    with pytest.raises(audiograph.GraphError, match="choose one with output=, of a, b"):
        audiograph.stream(STEMS)


def test_a_change_is_heard_while_it_plays():
    playback = audiograph.stream(STEMS, output="b", block=10_000)
    blocks = iter(playback)
    before = np.abs(next(blocks)).max()
    playback.change("b", "level", "-26 dB")
    next(blocks)
    assert np.abs(next(blocks)).max() == pytest.approx(before / 10, rel=0.01)


def test_the_function_stays_one_when_the_module_of_its_name_is_imported():
    from audiograph.sound import Stream

    assert callable(audiograph.stream) and audiograph.Stream is Stream
