"""`audiograph check`: every problem a line, and nothing else."""

import re
from itertools import pairwise
from time import perf_counter

import pytest
from command import ROOT, TONE, graph, process, run

MISTAKES = """\
rate: 90 dB                                             # 90 dB
params:
  bed: {type: gane, default: -10 dB}                    # 'gain'
nodes:
  voice: {use: tone, freq: 900 kHz, length: 1 s}        # 900 kHz
  music: {use: noize, length: 1 s}                      # 'noise'
  loud: {use: gain, in: voice, level: 3 kHz}            # 3 kHz
  soft: {use: gain, in: vioce}                          # 'voice'
  shape: {use: tone, shape: sinus, length: 1 s}         # 'sine'
  eq:
    use: eq
    in: voice
    bands:
      - {shape: peak, freq: 1 kHz}
      - {shape: pek, freq: 1 kHz}                       # 'peak'
  alone: {use: gain}                                    # feeds
  late: {use: place, in: voice, at: when it fits}       # is not a time
output: mastr                                           # mastr
"""
WRONG = {
    number: line.partition("# ")[2] for number, line in enumerate(MISTAKES.splitlines(), 1) if "#" in line
}


def test_each_of_many_mistakes_gets_a_line_with_its_line_number(tmp_path):
    result = run("check", graph(tmp_path, MISTAKES))
    lines = result.stderr.splitlines()
    assert result.exit_code == 2 and not result.stdout and len(WRONG) == 11
    assert [int(line.split("mix.yaml:")[1].split(":")[0]) for line in lines] == list(WRONG)
    assert all(word in line for line, word in zip(lines, WRONG.values(), strict=True))


def test_every_graph_is_checked_and_correct_ones_are_listed(tmp_path):
    good = graph(tmp_path, name="good.yaml")
    bad = graph(tmp_path, "nodes: {a: {use: tonne}}\noutput: a", "bad.yaml")
    result = run("check", bad, good)
    assert result.exit_code == 2 and f"{bad}:1: a: 'tonne' is not a node type; 'tone'?\n" == result.stderr
    assert result.stdout == f"{good}: ok: good.wav 0:00.5, 44.1 kHz, 1 ch\n"


def test_a_node_not_used_by_any_output_is_noted(tmp_path):
    file = graph(tmp_path, "nodes:\n  a: {use: tone, length: 1 s}\n  b: {use: gain, in: a}\noutput: a")
    result = run("check", file)
    assert result.exit_code == 0 and result.stderr == f"note: {file}:3: b: not used by any output\n"


def test_settings_are_checked_too(tmp_path):
    assert "-99 dB is outside" in run("check", graph(tmp_path), "--set", "level=-99 dB").stderr


def test_a_missing_file_is_a_problem_with_the_nearest_name(tmp_path):
    graph(tmp_path)
    result = run("check", tmp_path / "mxi.yaml")
    assert result.exit_code == 2 and "there is no such file; 'mix.yaml'?" in result.stderr


def test_an_output_that_never_ends_or_has_no_format_is_a_problem(tmp_path):
    endless = graph(tmp_path, "nodes: {a: {use: tone}}\noutput: a", "endless.yaml")
    strange = graph(
        tmp_path, "nodes: {a: {use: tone, length: 1 s}}\noutput: {from: a, file: a.xyz}", "strange.yaml"
    )
    result = run("check", endless, strange)
    assert result.exit_code == 2 and "never ends" in result.stderr and "xyz" in result.stderr


LAUGHS = [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefghi")]
HOSTILE = {
    "laughs": "a: &a [x, x]\n" + "".join(LAUGHS),
    "depth": "a: " + "[" * 100_000,
    "size": "a: " + "x" * 20_000_000,
    "code": "nodes: !!python/object/apply:os.system ['touch owned']\noutput: a",
    "power": "nodes: {a: {use: tone, length: '${9**9**9**9}'}}\noutput: a",
    "attributes": "nodes: {a: {use: tone, length: '${().__class__.__mro__}'}}\noutput: a",
    "moments": "nodes: {a: {use: place, in: b, at: b.end}, b: {use: place, in: a, at: a.end}}\noutput: a",
    "digits": "nodes: {a: {use: tone, length: " + "9" * 100_000 + "}}\noutput: a",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_refused_at_once(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    file = graph(tmp_path, HOSTILE[kind])
    run("check", tmp_path / "warm up")
    begun = perf_counter()
    result = run("check", file)
    assert perf_counter() - begun < 1 and result.exit_code == 2 and result.stderr.startswith(str(file))
    assert not (tmp_path / "owned").exists() and max(map(len, result.stderr.splitlines())) < 400


def test_a_graph_cannot_write_to_the_terminal_or_begin_new_lines(tmp_path):
    result = run("check", graph(tmp_path, 'nodes:\n  "a\\e[2J\\nb": {use: tone}\noutput: a'))
    assert result.exit_code == 2 and "\x1b" not in result.stderr
    assert all(".yaml:" in line for line in result.stderr.splitlines())


def test_problems_have_exit_code_2_in_a_process_too(tmp_path):
    result = process("check", graph(tmp_path, MISTAKES))
    assert result.returncode == 2 and len(result.stderr.splitlines()) == len(WRONG)


def test_a_file_that_is_cut_short_is_noted(tmp_path):
    data = ROOT / "tests" / "data"
    (tmp_path / "cut.flac").write_bytes((data / "speech.flac").read_bytes()[:30_000])
    path = graph(tmp_path, "nodes:\n  a:\n    use: source\n    file: cut.flac\noutput: a")
    for words in (("check", path), ("render", path, "-o", tmp_path / "out.wav")):
        result = run(*words)
        assert result.exit_code == 0
        assert re.search(r"note: .*mix\.yaml:4: a: .*cut\.flac is cut short: 0\.7 s of 1\.9 s", result.stderr)


@pytest.mark.parametrize(("name", "rate"), [("a.ogg", "384 kHz"), ("a.ogg", "200001"), ("a.flac", "65536")])
def test_a_rate_that_an_encoder_cannot_take_is_refused(tmp_path, monkeypatch, name, rate):
    """Vorbis would end the process, FLAC would fail after the render."""
    monkeypatch.chdir(tmp_path)
    text = TONE.replace("output: soft", f"output: {{from: soft, file: {name}}}")
    for words in (["check"], ["render"]):
        result = run(*words, graph(tmp_path, text), "--rate", rate)
        assert result.exit_code == 2 and "mix.yaml:7: output: " in result.stderr
        assert "takes up to " in result.stderr and "set rate: " in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mix.yaml"]
