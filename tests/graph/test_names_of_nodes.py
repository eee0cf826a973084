"""Names of nodes in any language: in moments, chains, gains, expectations, settings and the schema."""

import json
from pathlib import Path

import pytest
from command import graph, run
from jsonschema import Draft7Validator

TEXT = """\
params: {音量: -6 dB}
nodes:
  片头: {use: tone, length: 500 ms, level: -20 dB}
  ナレーション: {use: tone, length: 1 s, level: -20 dB}
  Überleitung: {in: 片头, chain: [{use: fade, fade_out: 100 ms}, {use: gain, level: $音量}]}
  голос: {use: place, in: ナレーション, at: 片头.end + 0.5 s}
  混音: {use: sum, in: {голос: 0 dB, Überleitung: -3 dB}}
output: 混音
expect: {duration: 2 s, голос over 片头: ">= -10 LU"}
"""


@pytest.mark.parametrize("words", [("check",), ("show",), ("show", "--mermaid"), ("render", "--dry-run")])
def test_nodes_have_names_in_any_language(tmp_path: Path, words: tuple[str, ...]):
    command, *more = words
    result = run(command, graph(tmp_path, TEXT), *more)
    assert result.exit_code == 0, result.stderr


def test_they_are_rendered_and_set(tmp_path: Path):
    result = run(
        "render", graph(tmp_path, TEXT), "-o", tmp_path / "成品.wav", "--set", "Überleitung/gain.level=-9dB"
    )
    assert result.exit_code == 0 and (tmp_path / "成品.wav").exists(), result.stderr
    result = run("check", graph(tmp_path, TEXT), "--set", "片头.levl=-9dB")
    assert result.exit_code == 2 and "片头" in result.stderr and "'level'" in result.stderr


def test_a_mistake_names_them(tmp_path: Path):
    result = run("check", graph(tmp_path, TEXT.replace("in: 片头", "in: 片尾").replace("片头.end", "片.end")))
    assert result.exit_code == 2
    assert "'片尾' is not a node" in result.stderr and "'片' is not a node; '片头'?" in result.stderr


@pytest.mark.parametrize("name", ["1a", "٣x", "-a", "a b", "a.b", "a/b"])
def test_what_is_no_name_stays_none(tmp_path: Path, name: str):
    result = run(
        "check", graph(tmp_path, f"nodes: {{'{name}': {{use: tone, length: 1 s}}}}\noutput: '{name}'\n")
    )
    assert result.exit_code == 2 and "is not a valid name for a node" in result.stderr


def test_the_schema_takes_them():
    validator = Draft7Validator(json.loads(run("schema").stdout))
    nodes = {
        "片头": {"use": "tone", "length": "1 s"},
        "б": {"use": "place", "in": "片头", "at": "片头.end + 1 s"},
    }
    assert not list(validator.iter_errors({"nodes": nodes, "output": "б"}))
    assert list(validator.iter_errors({"nodes": {"1a": {"use": "tone"}}, "output": "1a"}))
