"""File names that are not UTF-8, alone or as a folder above: read, written, listed, measured, told."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command import COMMAND, environment, run

import audiograph
from audiograph.audiofile.decoder import native
from audiograph.errors import AudioFileError, GraphError, visible

pytestmark = pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
FOLDER = os.fsdecode("中文".encode("gbk"))
VOICE = os.fsdecode("声.wav".encode("shift_jis", "replace"))
CAFE = os.fsdecode(b"caf\xe9")  # Latin-1
TEXT = """\
params: {voice: {type: file, default: voice.wav}}
nodes: {v: {use: source, file: $voice}}
output: v
"""
MINE = '''\
from audiograph.node import Effect, effect

@effect
def through(setup):
    """Passes it through."""
    return Effect(lambda x, y, c, s: y.__setitem__(slice(None), x), memory=0)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a graph and two sounds, all of them with names in no encoding."""
    folder = tmp_path / FOLDER
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    x = np.random.default_rng(0).normal(0, 0.1, 4800)
    soundfile.write(native(folder / f"{CAFE}.wav"), x, 48_000)
    shutil.copy(folder / f"{CAFE}.wav", folder / "voice.wav")
    (folder / f"{CAFE}.yaml").write_text(TEXT)
    (folder / f"{CAFE}.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_byte_without_a_meaning_is_shown_as_such():
    assert visible(os.fsdecode(b"caf\xe9 \xe4\xb8\xad.wav")) == "caf\\xe9 中.wav"
    assert visible("\ud800 and \udfff") == "\\ud800 and \\udfff"
    error = AudioFileError(f"{CAFE} cannot be read")
    assert str(error) == "caf\\xe9 cannot be read"


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "opus", "aiff", "caf", "rf64", "w64", "raw"])
def test_every_format_is_written_and_read(folder: Path, kind: str):
    out = folder / f"{CAFE}.{kind}"
    voice = folder / "voice.wav"
    result = run("render", folder / f"{CAFE}.yaml", "--rate", "48 kHz", "--set", f"voice={voice}", "-o", out)
    assert result.exit_code == 0 and f"/caf\\xe9.{kind}: 0:00.1" in result.stdout, result.stderr
    if kind != "raw":
        assert audiograph.measure(out).channels == 1
        again = run("render", folder / f"{CAFE}.yaml", "--set", f"voice={out}", "-o", "x.wav", "-q")
        assert again.exit_code == 0


def test_a_relative_name_and_a_default_name(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    result = run("render", f"{CAFE}.yaml", "--set", f"v.file={CAFE}.wav", "-q", "-o", f"{CAFE}.flac")
    assert result.exit_code == 0 and (folder / f"{CAFE}.flac").exists()
    result = run("render", f"{CAFE}.yaml", "--set", f"voice={CAFE}.wav", "-o", ".")
    assert result.exit_code == 2 and "caf\\xe9.wav is read by this graph" in result.stderr
    shutil.move(f"{CAFE}.wav", "other.wav")
    assert run("render", f"{CAFE}.yaml", "-q").exit_code == 0 and (folder / f"{CAFE}.wav").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["render", "GRAPH", "--set", "voice=NO"], "/no\\xe9.wav does not exist"),
        (["check", "NO"], "no\\xe9.wav: there is no such file"),
        (["measure", "NO"], "no\\xe9.wav does not exist"),
        (["render", "GRAPH", "-o", "NO.xyz"], "no\\xe9.wav.xyz: 'xyz' is not one of"),
        (["render", "GRAPH", "-o", "NO/a.wav"], "there is no folder no\\xe9.wav"),
        (["credits", "GRAPH", "--licences", "CC0", "--set", "voice=VOICE"], "caf\\xe9.wav states no licence"),
    ],
)
def test_messages_show_it(folder: Path, words: list[str], said: str):
    names = {"GRAPH": folder / f"{CAFE}.yaml", "VOICE": folder / f"{CAFE}.wav", "NO": f"no{CAFE[3:]}.wav"}
    given = []
    for word in words:
        for name, path in names.items():
            word = word.replace(name, str(path))
        given.append(word)
    result = run(*given)
    assert result.exit_code in (1, 2) and said in result.stderr


def test_lists_are_valid_utf_8(folder: Path, tmp_path: Path):
    voice, graph = folder / f"{CAFE}.wav", folder / f"{CAFE}.yaml"
    receipt = tmp_path / f"{CAFE}.json"
    words = ["render", graph, "--set", f"voice={voice}", "--receipt", receipt, "-o", "x.wav", "--json"]
    assert json.loads(run(*words).stdout)["files"][0]["path"] == "x.wav"
    facts = json.loads(receipt.read_bytes().decode())
    assert facts["inputs"][0]["path"].endswith("\\xd6\\xd0\\xce\\xc4/caf\\xe9.wav")
    assert facts["graph"]["path"].endswith("caf\\xe9.yaml")
    listed = json.loads(run("credits", graph, "--set", f"voice={voice}", "--json").stdout)
    assert listed["credits"][0]["path"].endswith("caf\\xe9.wav")
    shown = json.loads(run("show", graph, "--set", f"voice={voice}", "--json").stdout)
    assert "caf\\xe9.wav" in json.dumps(shown).replace("\\\\", "\\")
    measured = json.loads(run("measure", voice, "--json").stdout)
    assert measured["path"].endswith("caf\\xe9.wav") and measured["duration_s"] == 0.1


def test_pictures_are_valid_utf_8(folder: Path):
    voice, graph = folder / f"{CAFE}.wav", folder / f"{CAFE}.yaml"
    for words in (["measure", voice], ["show", graph, "--set", f"voice={voice}"]):
        assert run(*words, "--svg", folder / f"{CAFE}.svg").exit_code == 0
        assert (folder / f"{CAFE}.svg").read_bytes().decode().startswith("<svg")


def test_node_files_and_schemas(folder: Path):
    mine = folder / f"{CAFE}.py"
    assert "Passes it through" in run("nodes", "through", "--nodes", mine).stdout
    assert run("schema", "--nodes", mine, "-o", folder / f"{CAFE}.json").exit_code == 0
    assert '"through"' in (folder / f"{CAFE}.json").read_text("utf-8")


@pytest.mark.parametrize(
    "more", [{}, {"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}]
)
def test_no_console_ends_a_command(folder: Path, more: dict[str, str]):
    env = environment(**more)
    (folder / f"{CAFE}中.yaml").write_text(TEXT)
    for words in (
        [
            "render",
            folder / f"{CAFE}中.yaml",
            "--set",
            f"voice={folder / CAFE}.wav",
            "-o",
            folder / f"{CAFE}中.wav",
        ],
        ["measure", folder / f"{CAFE}.wav"],
    ):
        ended = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, env=env, timeout=60)
        assert ended.returncode == 0 and b"caf\\xe9" in ended.stdout and b"Error" not in ended.stderr
    assert (folder / f"{CAFE}中.wav").exists()


def test_paths_in_python(folder: Path):
    graph, voice, out = folder / f"{CAFE}.yaml", folder / f"{CAFE}.wav", folder / f"{CAFE}.flac"
    for given in (voice, str(voice)):
        report = audiograph.render(str(graph), str(out), voice=given)
        assert report.files[0].path == out and out.exists()
    with pytest.raises(GraphError) as caught:
        audiograph.render(graph, out, voice=folder / f"{CAFE}.wv")
    str(caught.value).encode()
    mix = audiograph.Mix()
    mix.output(mix.add("v", "source", file=voice))
    assert audiograph.render(mix).sound.shape[0] == 1
    with pytest.raises(GraphError, match=r"U\+DC"):
        mix.text()


def test_a_title_that_is_not_text_is_refused(folder: Path):
    text = "params: {title: {type: text, default: x}}\nnodes: {a: {use: tone, length: 1 s}}\n"
    with pytest.raises(GraphError, match="title is not a text"):
        audiograph.render(text + "output: {from: a, title: $title}", bytes, title=CAFE)
