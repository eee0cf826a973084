"""Mixes that test themselves: what a graph expects, measured while it is rendered."""

import json
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import soundfile
from command import ROOT, graph
from command import run as command
from conftest import Nowhere, noise, planned

import audiograph
from audiograph.engine.run import Run
from audiograph.graph.expect import FIGURES
from audiograph.rendering.expectations import Finding, Meters
from audiograph.rendering.files import render
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files
from graphs import built, problems

TONES = """\
params: {target: {type: loudness, default: -10 LUFS}}
nodes:
  low:  {use: tone, freq: 1 kHz, length: 4 s, level: -20 dB}
  high: {use: tone, freq: 1 kHz, length: 4 s, level: -12 dB}
  late: {use: place, in: high, at: 1 s}
  mix:  {use: sum, in: [low, late]}
output: mix
"""
EXPECT = """\
expect:
  loudness: ${target} ± 20
  true_peak: <= -1 dB
  duration: 5 s
  silence_at_start: 1 ms
  clipped: 0
  late over low: 7.5..8.1 LU
  late over low in any 3 s: ">= 7.5 LU"
  late: {silence_at_start: 1 s ± 1 ms, duration: 5 s, peak: -12 dB ± 0.1}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_expected_of_outputs_nodes_and_pairs_is_read():
    found = built(TONES + EXPECT).expects
    assert [each.label for each in found][:2] == ["loudness", "true_peak"]
    assert [each.label for each in found][-5:] == [
        "late over low",
        "late over low in any 3 s",
        "late: silence_at_start",
        "late: duration",
        "late: peak",
    ]
    assert found[0].bounds[:2] == (-30, 10) and found[0].outs == (("mix", "out"),)
    assert found[5].outs == (("late", "out"), ("low", "out"))


def test_an_output_goes_by_its_name_before_a_node_does():
    text = TONES.replace("output: mix", "outputs: {low: mix, stems/high: high}")
    found = built(text + "expect: {low: {clipped: 0}, stems/high: {peak: 0 dB}, stems/high over late: 0 LU}")
    assert [each.outs for each in found.expects] == [
        (("mix", "out"),),
        (("high", "out"),),
        (("high", "out"), ("late", "out")),
    ]


def test_everything_that_is_wrong_with_it_is_told_at_its_line():
    wrong = problems(
        TONES
        + """\
expect:
  loudnes: -16 LUFS
  true_peak: loud
  lat over low: 3 LU
  mixx: {loudness: -16 LUFS}
  mix: {loud: 3}
  range: -3 Hz
  peak: {loudness: 3}
"""
    )
    assert [line.split(": ")[0] for line in wrong] == [f"mix.yaml:{n}" for n in range(9, 16)]
    assert "'loudness'?" in wrong[0]
    assert "'late'?" in wrong[2]
    assert "'mix'?" in wrong[3]


def test_a_value_that_misses_by_a_hair_is_told_in_full():
    expected = built(TONES + "expect: {silence_at_start: 0 s}").expects[0]
    assert "0.02 ms" in str(Finding(expected, 0.00002, False)) and "0 s," in str(Finding(expected, 0.0, True))


@pytest.mark.parametrize(("node", "target"), [("mono", "-19 LUFS"), ("stereo", "-16 LUFS")])
def test_a_target_by_name_is_what_it_is_for_so_many_channels(here, node, target):
    nodes = "nodes: {mono: {use: tone, length: 3 s}, stereo: {use: pan, in: mono, position: 0.3}}"
    graph(here, f"{nodes}\noutput: {node}\nexpect: {{loudness: podcast ± 1}}")
    assert f"expected {target} ± 1" in command("render", "mix.yaml").output


def test_with_several_outputs_it_is_said_of_which():
    text = TONES.replace("output: mix", "outputs: {final: mix, low: low}")
    (only,) = problems(text + "expect: {loudness: -16 LUFS}")
    assert "final: {loudness: ...}" in only


def test_a_mix_that_is_as_expected_says_so(here):
    result = command("render", graph(here, TONES + EXPECT), "-o", "out.wav", "--strict")
    assert result.exit_code == 0 and result.stderr == ""
    lines = result.stdout.splitlines()[1:]
    assert len(lines) == 10 and all(line.startswith("as expected: ") for line in lines)
    assert "late over low: 7.78 LU, expected 7.5..8.1 LU" in lines[5]
    assert "late over low in any 3 s: 7.75 LU, expected >= 7.5 LU" in lines[6]


MISSED = "expect:\n  loudness: -23 LUFS\n  clipped: 0\n  late over low: <= 3 LU\n"


def test_what_is_not_as_expected_is_told_with_what_was_found(here):
    graph(here, TONES + MISSED)
    result = command("render", "mix.yaml", "-o", "out.wav")
    assert result.exit_code == 0 and (here / "out.wav").exists()
    first, second = result.stderr.splitlines()
    assert first.startswith("mix.yaml:9: expect: loudness: -1") and "expected -23 LUFS ± 0.5" in first
    assert second == "mix.yaml:11: expect: late over low: 7.78 LU, expected <= 3 LU"


def test_a_strict_render_that_is_not_as_expected_fails_and_leaves_what_was_there(here):
    graph(here, TONES + MISSED)
    (here / "out.wav").write_bytes(b"old")
    result = command("render", "mix.yaml", "-o", "out.wav", "--strict")
    assert result.exit_code == 1
    assert (here / "out.wav").read_bytes() == b"old"
    assert sorted(path.name for path in here.iterdir()) == ["mix.yaml", "out.wav"]
    assert "expected -23 LUFS" in result.stderr and "expected <= 3 LU" in result.stderr
    assert "nothing is written" in result.stderr


def test_json_has_every_finding(here):
    graph(here, TONES + MISSED)
    found = json.loads(command("render", "mix.yaml", "-o", "out.wav", "--json").stdout)["expect"]
    assert [each["holds"] for each in found] == [False, True, False]
    assert found[2] | {"found": None} == {
        "what": "late over low",
        "unit": "LU",
        "expected": "<= 3 LU",
        "least": None,
        "most": 3,
        "found": None,
        "holds": False,
        "line": "mix.yaml:11",
    }


def test_figures_of_silence_are_expected_in_vain(here):
    text = "nodes: {a: {use: silence, length: 1 s}}\noutput: a\nexpect: {loudness: -16 LUFS, peak: <= 0 dB}"
    result = command("render", graph(here, text), "-o", "out.wav")
    assert "loudness: -inf LUFS, expected -16 LUFS ± 0.5" in result.stderr
    assert "as expected: peak: -inf dB" in result.stdout


def test_a_file_that_exists_is_checked(here):
    path = graph(here, TONES + EXPECT)
    command("render", path, "-o", "out.wav", "-q")
    result = command("check", path, "--expect", "out.wav")
    assert result.exit_code == 0 and "as expected: duration: 5 s" in result.stdout
    assert "late over low cannot be checked on a file" in result.stderr
    x, rate = soundfile.read("out.wav")
    soundfile.write("out.wav", np.concatenate([x, x]) * 0.01, rate)
    result = command("check", path, "--expect", "out.wav")
    assert result.exit_code == 1
    assert "mix.yaml:11: expect: duration: 10 s, expected 5 s" in result.stderr


CUT = """\
nodes:
  clip: {use: clip, name: a}
  soft: {use: gain, in: clip, level: -6 dB}
  part: {use: trim, in: soft, start: 0.1 s, end: 0.2 s}
  more: {use: loop, in: part, until: 2 s, crossfade: 10 ms}
  idle: {use: gain, in: clip}
  both: {use: duck, in: more, key: soft, lookahead: 30 ms}
output: both
"""


@pytest.mark.parametrize("block", [64, 4096])
def test_every_node_is_heard_whole_wherever_it_stands(block):
    x = noise(2, 30_000)
    plan = planned(CUT, {"a": x}, block=block)
    outs = [(name, "out") for name in plan.graph.nodes]
    meters = Meters(plan, outs)
    run = Run(plan, taps=meters.taps)
    run.play([("both", "out")], [plan.streams["both", "out"].end], [Nowhere()])
    meters.complete(run)
    levels = meters.levels
    for out in outs:
        stream = plan.streams[out]
        whole = stream.open().take(stream.end)
        assert levels[out].duration_s == pytest.approx(stream.end / plan.rate), out
        assert levels[out].sample_peak_dbfs == pytest.approx(20 * np.log10(np.abs(whole).max()), abs=1e-4), (
            out
        )


def test_what_is_heard_in_passing_costs_no_second_opening():
    opened = []
    plan = planned(CUT, {"a": noise(1, 30_000)}, opened=opened)
    meters = Meters(plan, [("soft", "out"), ("both", "out"), ("more", "out")])
    whole = [("both", "out")], [plan.streams["both", "out"].end], [Nowhere()]
    Run(plan).play(*whole)  # finds what the duck must know
    opened.clear()
    Run(plan).play(*whole)
    without = len(opened)
    opened.clear()
    run = Run(plan, taps=meters.taps)
    run.play(*whole)
    meters.complete(run)
    assert len(opened) == without


def test_the_seconds_of_nodes_add_up_and_waiting_is_nobodys(here):
    plan = load(TONES)
    begun = perf_counter()
    report = render(plan, output_files(plan, "mix", Path("out.wav")), measured=True)
    took = perf_counter() - begun
    assert set(report.spent) == set(plan.graph.nodes)
    assert 0 < sum(report.spent.values()) < took
    assert report.files[0].levels.duration_s == 5.0


def test_the_figures_are_told_in_the_language_page():

    page = (ROOT / "docs" / "language.md").read_text()
    assert all(f"`{name}`" in page for name in [*FIGURES, "A over B"])
    assert page.index("## Expectations") < page.index("## Recipes")


LOUD = """\
nodes:
  voice: {use: source, file: VOICE}
  out:   {use: loudness, in: voice, target: -14 LUFS}
output: out
expect: {true_peak: <= -0.9 dB, loudness: -14 LUFS ± 0.3}
"""


@pytest.mark.parametrize("kind", ["mp3", "ogg", "wav"])
def test_a_lossy_file_is_measured_as_it_will_be_heard(here, kind):
    (here / "mix.yaml").write_text(LOUD.replace("VOICE", str(ROOT / "graphs/audio/voice.mp3")))
    rendered = command("render", "mix.yaml", "-o", f"out.{kind}")
    checked = command("check", "mix.yaml", "--expect", f"out.{kind}")
    told = [line for line in (rendered.output + checked.output).splitlines() if "expect" in line]
    first, second = told[:2], told[2:]
    assert sorted(first) == sorted(second) or kind == "wav"
    assert any("-14" in line and "as expected: loudness" in line for line in first)


def test_a_strict_render_in_python_raises_and_gives_nothing_whatever_the_target():
    graph = "nodes: {a: {use: tone, length: 1 s}}\noutput: a\nexpect: {duration: 3 s}"
    for target in (None, bytes):
        with pytest.raises(audiograph.Unexpected, match="duration: 1 s, expected 3 s") as caught:
            audiograph.render(graph, target, strict=True)
        assert caught.value.findings[0].value == 1


def test_json_tells_what_a_strict_render_missed(here):
    graph(here, TONES + MISSED)
    result = command("render", "mix.yaml", "-o", "out.wav", "--json", "--strict")
    found = json.loads(result.stdout)
    assert result.exit_code == 1 and found["files"] == []
    assert [each["holds"] for each in found["expect"]] == [False, True, False]


def test_a_sample_that_is_no_number_is_told_with_its_node_behind_one_that_hears_all(here):
    x = np.zeros(44_100, np.float32)
    x[2000] = np.nan
    soundfile.write("nan.wav", x, 44_100, "FLOAT")
    graph(here, LOUD.replace("VOICE", "nan.wav"))
    result = command("render", "mix.yaml", "-o", "out.wav")
    assert result.exit_code == 1 and "mix.yaml:2: voice: gives a sample that is not a number" in result.stderr
