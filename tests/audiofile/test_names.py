"""Names of files: what Windows refuses is refused on every system, before any sound."""

import json
import os
from pathlib import Path

import pytest
from command import graph, run

from audiograph import GraphError, load
from audiograph import render as rendered
from audiograph.audiofile.atomic import atomic_write
from audiograph.audiofile.names import is_among, misnamed, one_file
from audiograph.errors import AudioFileError

WINDOWS = os.name == "nt"
REFUSED = [
    ("aux.wav", "aux is the name of a device on Windows"),
    ("CON.flac", "CON is the name of a device on Windows"),
    ("nul.tar.wav", "nul is the name of a device on Windows"),
    ("com1 .wav", "com1 is the name of a device on Windows"),
    ("LPT³.wav", "LPT³ is the name of a device on Windows"),
    ("take: 1.wav", "no name of a file has ':' in it on Windows"),
    ("what?.wav", "no name of a file has '?' in it on Windows"),
    ('"a".wav', "no name of a file has '\"' in it on Windows"),
    ("a|b.wav", "no name of a file has '|' in it on Windows"),
    ("a\tb.wav", "no name of a file has the character U+0009 in it on Windows"),
    ("trail.", "no name of a file ends with a dot on Windows"),
    ("trail.wav ", "no name of a file ends with a space on Windows"),
    (".audiograph-0-3", "names that begin with .audiograph- are those of audiograph's hidden files"),
    (".Audiograph-x.wav", "names that begin with .audiograph- are those of audiograph's hidden files"),
    (f"{'x' * 252}.wav", "its name has 256 characters, more than 255"),
]
TAKEN = [
    "auxiliary.wav",
    "console.wav",
    "com.wav",
    "com10.wav",
    ".wav",
    "a b.wav",
    "片头.wav",
    "é ß.wav",
    "a.b.wav",
]


@pytest.mark.parametrize(("name", "why"), REFUSED)
def test_a_name_that_windows_refuses_is_refused(tmp_path: Path, name: str, why: str):
    assert misnamed(tmp_path / name) == f"{tmp_path / name} cannot be written: {why}"


@pytest.mark.parametrize("name", TAKEN)
def test_any_other_name_is_taken(tmp_path: Path, name: str):
    assert not misnamed(tmp_path / name)


def test_folders_that_are_still_to_be_made_are_looked_at(tmp_path: Path):
    assert "aux is the name of a device" in misnamed(tmp_path / "aux" / "mix.wav")
    assert "cannot be written" in misnamed(tmp_path / f"{'x' * 300}" / "mix.wav")
    assert not misnamed(tmp_path / ".." / "mix.wav")


@pytest.mark.skipif(WINDOWS, reason="there is no such folder on Windows")
def test_a_folder_that_exists_may_have_any_name(tmp_path: Path):
    (tmp_path / "take: 1").mkdir()
    assert not misnamed(tmp_path / "take: 1" / "mix.wav")
    assert run("render", graph(tmp_path), "-q", "-o", tmp_path / "take: 1" / "mix.wav").exit_code == 0


@pytest.mark.parametrize("name", ["aux.wav", "take: 1.wav", "what?.flac", "CON.wav"])
@pytest.mark.parametrize("command", ["check", "render"])
def test_check_and_render_refuse_the_name_of_an_output_in_its_line(tmp_path: Path, command: str, name: str):
    text = f"nodes: {{a: {{use: tone, length: 1 s}}}}\noutputs:\n  b.wav: a\n  '{name}': a\n"
    result = run(command, graph(tmp_path, text))
    assert result.exit_code == 2
    assert result.stderr.count("cannot be written") == 1 and "mix.yaml:4: " in result.stderr


def test_a_file_that_the_graph_names_is_looked_at(tmp_path: Path):
    text = "nodes: {a: {use: tone, length: 1 s}}\noutput: {from: a, file: 'C:\\mixes\\what?.wav'}\n"
    result = run("check", graph(tmp_path, text))
    assert result.exit_code == 2 and "cannot be written" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("render", "mix.yaml", "-q", "-o", "aux.wav"),
        ("render", "mix.yaml", "-q", "-o", "ok.wav", "--receipt", "take: 1.json"),
        ("show", "mix.yaml", "--svg", "con.svg"),
        ("measure", "ok.wav", "--svg", "what?.svg"),
        ("schema", "-o", "nul.json"),
        ("new", "graph", "com1"),
        ("new", "recipe", "prn"),
        ("new", "node", "aux"),
    ],
)
def test_every_command_that_writes_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str]
):
    monkeypatch.chdir(tmp_path)
    graph(tmp_path)
    result = run(*words)
    assert result.exit_code == 2 and "cannot be written" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mix.yaml"]


def test_from_python_too(tmp_path: Path):
    with pytest.raises(GraphError, match="aux is the name of a device on Windows"):
        rendered(load(graph(tmp_path)), tmp_path / "aux.wav")


def test_outputs_that_differ_in_case_or_composition_are_one_file(tmp_path: Path):
    for first, second in (
        ("Mix.wav", "mix.wav"),
        ("Straße.wav", "STRASSE.wav"),
        ("\u00e9.wav", "e\u0301.wav"),
    ):
        text = f"nodes: {{a: {{use: tone, length: 1 s}}}}\noutputs: {{{first}: a, {second}: a}}\n"
        result = run("check", graph(tmp_path, text))
        assert result.exit_code == 2
        assert f"{second} is also the file of outputs/{first}" in result.stderr
        assert WINDOWS or "on Windows and macOS, where case does not count" in result.stderr


def test_an_input_in_other_case_is_another_file_where_case_counts(tmp_path: Path):
    (tmp_path / "voice.wav").touch()
    here = is_among(tmp_path / "Voice.wav", {tmp_path / "voice.wav"})
    assert here == (tmp_path / "VOICE.WAV").exists()
    assert is_among(tmp_path / "voice.wav", {tmp_path / "voice.wav"})
    assert one_file(tmp_path / "Voice.wav") == one_file(tmp_path / "voice.wav")


def test_a_receipt_in_the_place_of_an_output_in_other_case_is_refused(tmp_path: Path):
    words = ["-o", tmp_path / "Mix.wav", "--receipt", tmp_path / "mix.WAV"]
    result = run("render", graph(tmp_path), "-q", *words)
    assert result.exit_code == 2 and "is also the file of an output" in result.stderr


@pytest.mark.skipif(WINDOWS, reason="making a link needs rights on Windows")
@pytest.mark.parametrize("command", ["check", "render"])
def test_a_circle_of_links_is_said(tmp_path: Path, command: str):
    for name, to in (("a.wav", "b.wav"), ("b.wav", "a.wav"), ("r.yaml", "r.yaml")):
        (tmp_path / name).symlink_to(to)
    with pytest.raises(AudioFileError, match="leads back to itself"), atomic_write(tmp_path / "a.wav"):
        pass
    text = "nodes: {a: {use: tone, length: 1 s}}\noutput: {from: a, file: a.wav}\n"
    result = run(command, graph(tmp_path, text))
    assert result.exit_code == 2 and "it is a link that leads back to itself" in result.stderr
    text = "nodes: {a: {use: ./r.yaml}}\noutput: a\n"
    result = run(command, graph(tmp_path, text))
    assert result.exit_code == 2 and "mix.yaml:1: a: " in result.stderr and "r.yaml" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "b.wav", "mix.yaml", "r.yaml"]


def test_the_schema_is_ascii_on_a_terminal_and_utf8_in_a_file(tmp_path: Path):
    printed = run("schema").stdout
    assert printed.isascii() and run("schema", "-o", tmp_path / "s.json").exit_code == 0
    written = (tmp_path / "s.json").read_text("utf-8")
    assert not written.isascii() and json.loads(written) == json.loads(printed)
