"""Graphs built in Python are the graphs of the language."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import audiograph
from audiograph import Mix
from audiograph.language import document

DATA = Path(__file__).parents[1] / "data"


def voice_over() -> Mix:
    """A mix with everything: params, chains, gains, edges, options."""
    mix = Mix(about="Speech: over music", rate="32 kHz")
    lead = mix.param("lead", "time", 0.2, min="0 s", max="60 s", about="Music alone")
    voice = mix.add("voice", "source", file=DATA / "speech.flac", end=0.6)
    speech = mix.add("speech", "place", voice, at=lead)
    music = mix.chain(
        "music",
        {"use": "source", "file": DATA / "music.ogg"},
        {"use": "loop", "until": speech.end + 0.25},
        {"use": "eq", "bands": [{"shape": "peak", "freq": "1.6 kHz", "gain": -4}]},
        {"use": "duck", "key": speech},
    )
    wide = mix.add("wide", "pan", speech, law="balance")
    master = mix.add("master", "limiter", {wide: 0, music: "-7 dB"}, ceiling=-1)
    mix.output(master, title="1e3", bits=24)
    return mix


def test_a_mix_saved_gives_the_same_bytes(tmp_path):
    voice_over().save(tmp_path / "mix.yaml")
    assert audiograph.render(tmp_path / "mix.yaml", bytes) == audiograph.render(voice_over(), bytes)


def test_the_text_is_what_a_person_would_write():
    mix = Mix(about="A beep")
    level = mix.param("level", "gain", "-6 dB", max=0)
    beep = mix.add("beep", "tone", length=0.5)
    late = mix.chain("late", {"use": "place", "at": beep.end - "100 ms"}, feed=beep)
    mix.output(mix.add("soft", "gain", beep, late, level=level))
    assert mix.text() == (
        "about: A beep\n"
        "params:\n"
        "  level: {type: gain, default: -6 dB, max: 0}\n"
        "nodes:\n"
        "  beep: {use: tone, length: 0.5}\n"
        "  late:\n"
        "    in: beep\n"
        "    chain:\n"
        "      - {use: place, at: beep.end - 100 ms}\n"
        "  soft: {use: gain, in: [beep, late], level: '${level}'}\n"
        "output: soft\n"
    )


def test_the_text_reads_back_as_what_was_given():
    mix = Mix(about="on: off # 1e3", rate=48_000)
    mix.param("yes", "text", "1e3")
    mix.param("no", "text", "a\nb ${x} 'y' \"z\" [1, {2}] é")
    mix.param("true", "choice", "0x10", choices=["0x10", "~", ".5", "1_000", "12:30", "", "- a"])
    mix.add("on", "tone", level=1e-5, freq=1e9, length=True)
    mix.output("on", "stems/one", date="2024", file="a, b.wav")
    mix.add("numpy", "tone", level=np.float64(-3.5))
    assert document.parse(mix.text()) == mix.document()


def test_a_path_stays_right_wherever_the_mix_is_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "voice.flac").write_bytes((DATA / "speech.flac").read_bytes())
    (tmp_path / "graphs").mkdir()
    mix = Mix()
    mix.output(mix.add("voice", "source", file=Path("voice.flac")))
    mix.save("graphs/mix.yaml")
    assert "file: ../voice.flac" in Path("graphs/mix.yaml").read_text()
    saved, built = (audiograph.render(graph).sound for graph in ("graphs/mix.yaml", mix))
    np.testing.assert_array_equal(saved, built)


def test_several_outputs_each_have_a_name():
    mix = Mix()
    beep = mix.add("beep", "tone", length=1)
    mix.output(beep, "a")
    mix.output(beep, "stems/b", bits=24)
    assert set(audiograph.render(mix).sound) == {"a", "stems/b"}
    with pytest.raises(audiograph.GraphError, match="outputs: each of several outputs needs a name"):
        mix.output(beep)


def line_of(words: str) -> str:
    """Where in this file these words stand first."""
    lines = Path(__file__).read_text().splitlines()
    return f"{Path(__file__).name}:{next(n for n, line in enumerate(lines, 1) if words in line)}"


def test_problems_name_the_lines_of_the_program():
    mix = Mix()
    beep = mix.add("beep", "tone", lenght=1)
    mix.output(mix.add("soft", "gain", beep, level="12 kHz"))
    with pytest.raises(audiograph.GraphError) as error:
        audiograph.load(mix)
    assert [problem.where for problem in error.value.problems] == [line_of("lenght=1"), line_of('"12 kHz"')]


def test_a_name_that_is_taken_is_refused_with_both_lines():
    mix = Mix()
    mix.add("beep", "tone", freq=100)
    with pytest.raises(audiograph.GraphError) as error:
        mix.add("beep", "tone", freq=200)
    assert str(error.value) == f"{line_of('freq=200')}: beep: exists already: {line_of('freq=100')}"


@pytest.mark.parametrize("value", [np.zeros(10), object(), (np.zeros(10), 44_100), {"a": b"x"}])
def test_values_that_no_file_can_hold_are_refused(value):
    with pytest.raises(audiograph.GraphError, match=r"voice: a graph file cannot hold \w+: declare it with"):
        Mix().add("voice", "source", file=value)


def test_sounds_in_memory_reach_a_mix_by_its_parameters():
    mix = Mix()
    mix.output(mix.add("voice", "source", file=mix.param("take", "file")))
    x = np.linspace(-1, 1, 1000, dtype=np.float32)
    np.testing.assert_array_equal(audiograph.render(mix, take=(x, 44_100)).sound, [x])


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda mix: mix.add(3, "tone"), "3: a name is text, not int"),
        (lambda mix: mix.add({"a"}, "tone"), "{'a'}: a name is text, not set"),
        (lambda mix: mix.add("", "tone"), "a name is missing"),
        (
            lambda mix: mix.add("a\0", "tone"),
            "a\\x00: has the character U+0000, which is",
        ),
        (lambda mix: mix.param(b"level"), "params/b'level': a name is text, not bytes"),
        (lambda mix: mix.output("a", 1), "outputs/1: a name is text, not int"),
        (lambda mix: mix.expect(["peak"], "0 dB"), "expect/['peak']: a name is text, not list"),
        (lambda mix: mix.add("a", "tone", level=math.nan), "a: is not a finite number, or too large"),
        (lambda mix: mix.add("a", "tone", level=10**400), "a: is not a finite number, or too large"),
        (lambda mix: mix.add("a", "eq", bands=[{2: 3}]), "a: a name is text, not int"),
    ],
)
def test_a_name_or_value_of_the_wrong_kind_is_refused_at_its_line(build, said):
    with pytest.raises(audiograph.GraphError) as error:
        build(Mix())
    assert re.fullmatch(rf"test_mix.py:\d+: {re.escape(said)}.*", str(error.value))


@pytest.mark.parametrize(
    "head", [{"rate": object()}, {"about": b"x"}, {"about": np.zeros(2)}, {"rate": math.inf}]
)
def test_so_is_one_at_its_head(head):
    with pytest.raises(audiograph.GraphError, match=r"^test_mix.py:\d+: mix: "):
        Mix(**head)
    mix = Mix(rate="quick")
    mix.output(mix.add("beep", "tone", length=1))
    with pytest.raises(audiograph.GraphError, match=r"^test_mix.py:\d+: rate: 'quick' is not a frequency"):
        audiograph.load(mix)


def test_what_holds_itself_is_refused_and_a_graph_that_cannot_be_saved_is_an_error_of_ours(tmp_path):
    endless: list[object] = []
    endless.append(endless)
    nested: dict[str, object] = {}
    nested["a"] = nested
    for value in (endless, nested):
        with pytest.raises(audiograph.GraphError, match="voice: has a list or a mapping that holds itself"):
            Mix().add("voice", "source", file=value)
    mix = Mix()
    mix.output(mix.add("t", "tone", length="1 s"))
    for path in (tmp_path, tmp_path / "no" / "mix.yaml", tmp_path / ("x" * 300), tmp_path / "\0"):
        with pytest.raises(audiograph.AudioFileError, match="cannot be written"):
            mix.save(path)
