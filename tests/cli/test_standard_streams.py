"""`-` in place of a file: graphs from standard input, sound and text to standard output."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from command import COMMAND, TONE, environment, graph, run

from audiograph.cli.commands import commands

SOURCE = "nodes: {voice: {use: source, file: voice.wav}}\noutput: voice\n"
TWO = "nodes: {a: {use: tone, length: 1 s}}\noutputs: {x: a, y: a}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def piped(*words: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, env=environment(), timeout=60)


@pytest.mark.parametrize(
    ("options", "kind"),
    [([], "WAV"), (["--format", "flac"], "FLAC"), (["--format", "mp3"], "MP3"), (["--format", "ogg"], "OGG")],
)
def test_the_sound_goes_to_standard_output_and_reports_to_stderr(here: Path, options: list[str], kind: str):
    ended = piped("render", graph(here), "-o", "-", *options)
    assert ended.returncode == 0, ended.stderr
    with soundfile.SoundFile(io.BytesIO(ended.stdout)) as file:
        assert (file.format, file.frames, file.samplerate) == (kind, 22_050, 44_100)
    assert b"-: 0:00.5, 44.1 kHz, 1 ch" in ended.stderr
    run("render", graph(here), "-q", *options, "-o", f"mix.{kind.lower()}")
    assert (here / f"mix.{kind.lower()}").read_bytes() == ended.stdout
    assert not (here / "-").exists()


def test_raw_is_samples_alone(here: Path):
    ended = piped("render", graph(here), "-o", "-", "--format", "raw", "-q")
    run("render", graph(here), "-q")
    found, _ = soundfile.read("mix.wav", dtype="int16")
    assert (np.frombuffer(ended.stdout, "<i2") == found).all() and ended.stderr == b""


def test_the_format_is_that_of_the_graph_where_it_has_one(here: Path):
    text = TONE.replace("output: soft", "output: {from: soft, file: out/a.flac, bits: 24}")
    ended = piped("render", graph(here, text), "-o", "-", "-q")
    assert ended.stdout.startswith(b"fLaC")


def test_json_and_a_dry_run_go_to_stderr(here: Path):
    ended = piped("render", graph(here), "-o", "-", "--json")
    assert json.loads(ended.stderr)["files"][0]["path"] == "-" and ended.stdout.startswith(b"RIFF")
    ended = piped("render", graph(here), "-o", "-", "--dry-run")
    assert ended.stdout == b"" and b"would write -: 0:00.5" in ended.stderr


def test_a_receipt_of_what_went_to_standard_output(here: Path):
    ended = piped("render", graph(here), "-o", "-", "--receipt", "a.json", "-q")
    (output,) = json.loads((here / "a.json").read_text("utf-8"))["outputs"]
    assert output["path"] == "-" and output["sha256"] == hashlib.sha256(ended.stdout).hexdigest()


def test_a_render_that_fails_writes_nothing(here: Path):
    text = TONE + "expect: {duration: 3 s}\n"
    ended = piped("render", graph(here, text), "-o", "-", "--strict")
    assert (ended.returncode, ended.stdout) == (1, b"")


def test_several_outputs_do_not_fit(here: Path):
    result = run("render", graph(here, TWO), "-o", "-")
    assert result.exit_code == 2 and "-o - takes one output, and this graph gives 2 files" in result.stderr


def test_sound_is_not_written_to_a_terminal(here: Path, monkeypatch: pytest.MonkeyPatch):
    pty = pytest.importorskip("pty")
    _ours, theirs = pty.openpty()
    command = [*COMMAND, "render", str(graph(here)), "-o", "-"]
    ended = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, env=environment(), timeout=60)
    assert ended.returncode == 2 and b"standard output is a terminal: redirect it" in ended.stderr


def test_a_reader_that_goes_ends_it_without_a_traceback(here: Path):
    text = "nodes: {a: {use: noise, length: 60 s}}\noutput: a"
    shell = f"{sys.executable} -m audiograph render {graph(here, text)} -o - | head -c 100"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, env=environment(), timeout=60)
    assert len(ended.stdout) == 100 and b"Traceback" not in ended.stderr and b"internal" not in ended.stderr


def test_a_graph_comes_from_standard_input_with_paths_seen_from_here(here: Path):
    soundfile.write("voice.wav", np.zeros(4410), 44_100)
    ended = piped("render", "-", given=SOURCE.encode())
    assert ended.returncode == 0 and ended.stdout.startswith(b"mix.wav: 0:00.1")
    assert soundfile.info("mix.wav").frames == 4410
    assert piped("render", "-", "-o", "-", given=SOURCE.encode()).stdout == (here / "mix.wav").read_bytes()


def test_every_command_takes_a_graph_from_standard_input(here: Path):
    soundfile.write("voice.wav", np.zeros(4410), 44_100)
    for words, said in (
        (["check", "-"], "-: ok: mix.wav 0:00.1"), (["show", "-"], "voice  source"),
        (["credits", "-"], "voice.wav states no licence"),
        (["render", "-", "--dry-run"], "would write mix.wav"),
    ):  # fmt: skip
        result = CliRunner().invoke(commands, words, input=SOURCE.encode())
        assert result.exit_code == 0 and said in result.output, result.output


def test_mistakes_in_it_have_their_line(here: Path):
    result = CliRunner().invoke(commands, ["check", "-"], input=b"nodes:\n  a: {use: tonne}\noutput: a\n")
    assert result.exit_code == 2 and "<stdin>:2: a: 'tonne' is not a node type; 'tone'?" in result.stderr
    result = CliRunner().invoke(commands, ["render", "-"], input=b"nodes: \xff\n")
    assert result.exit_code == 2 and "<stdin>:1: is not UTF-8" in result.stderr
    result = CliRunner().invoke(commands, ["render", "-"], input=b"")
    assert result.exit_code == 2 and "there is nothing in it" in result.stderr
    assert "holds one graph" in run("check", "-", "-").stderr


def test_the_receipt_of_such_a_graph_names_no_file(here: Path):
    ended = piped("render", "-", "--receipt", "a.json", given=TONE.encode())
    assert ended.returncode == 0
    assert json.loads((here / "a.json").read_text("utf-8"))["graph"]["path"] is None


def test_a_file_called_dash_is_named_with_its_folder(here: Path):
    graph(here, TONE, "-")
    assert run("render", "./-", "-o", "x.wav").exit_code == 0
    assert run("schema", "-o", "./-").stdout == "" and (here / "-").read_text("utf-8").startswith("{")


def test_text_goes_to_standard_output(here: Path):
    assert run("schema", "-o", "-").stdout == run("schema").stdout
    assert run("show", graph(here), "--svg", "-").stdout.startswith("<svg")
    run("render", graph(here), "-q")
    assert run("measure", "mix.wav", "--svg", "-").stdout.startswith("<svg")
    ended = piped("render", graph(here), "--receipt", "-")
    assert json.loads(ended.stdout)["outputs"][0]["frames"] == 22_050 and b"mix.wav: 0:00.5" in ended.stderr
    assert "not both" in run("render", graph(here), "-o", "-", "--receipt", "-").stderr


def test_a_sound_from_standard_input_is_measured(here: Path):
    sound = piped("render", graph(here), "-o", "-", "-q").stdout
    (here / "a.wav").write_bytes(sound)
    expected = json.loads(run("measure", "a.wav", "--json").stdout)
    found = json.loads(piped("measure", "-", "--json", given=sound).stdout)
    assert found.pop("path") == "-" and expected.pop("path") == "a.wav" and found == expected
    assert piped("measure", "-", "--svg", "-", given=sound).stdout.startswith(b"<svg")
    ended = piped("measure", "-", given=b"no sound at all, only text")
    assert ended.returncode == 1 and ended.stderr.startswith(b"audiograph: - is not a sound file")


@pytest.mark.parametrize(
    "words",
    [
        ["render", "mix.yaml", "-o", ""], ["render", ""], ["check", ""], ["show", "mix.yaml", "--svg", ""],
        ["schema", "-o", ""], ["render", "mix.yaml", "--receipt", ""], ["measure", "a.wav", "--svg", ""],
    ],
)  # fmt: skip
def test_an_empty_name_is_wrong_usage(here: Path, words: list[str]):
    graph(here)
    result = run(*words)
    assert result.exit_code == 2 and "is empty: name a file" in result.stderr
    assert [path.name for path in here.iterdir()] == ["mix.yaml"]


def test_a_schema_does_not_overwrite_the_nodes_it_describes(tmp_path):
    (tmp_path / "more.py").write_text('"""No nodes."""\n')
    result = run("schema", "--nodes", tmp_path / "more.py", "-o", tmp_path / "more.py")
    assert result.exit_code == 2 and "more.py is read by this command: write elsewhere" in result.stderr
    assert (tmp_path / "more.py").read_text() == '"""No nodes."""\n'
