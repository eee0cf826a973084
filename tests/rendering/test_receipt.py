"""A receipt: enough to see later what a mix was made of, and what came out."""

import hashlib
import json
import platform
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command import ROOT, graph, run

import audiograph
from audiograph.errors import AudioFileError, GraphError
from audiograph.rendering.files import render
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files
from audiograph.rendering.receipt import check, json_ready, receipt, write

MIX = """\
about: A voice over a tone.
params:
  voice: {type: file, default: a.flac}
  under: {type: gain, default: -12 dB}
  late: {type: moment, default: speech.end}
nodes:
  voice: {use: source, file: $voice, licence: CC BY 4.0, credit: Ann}
  speech: {use: place, in: voice, at: 500 ms}
  bed: {use: tone, level: $under}
  cut: {use: trim, in: bed, end: speech.end + 0.25 s}
  mix: {use: sum, in: [speech, cut]}
outputs:
  final: {from: mix, bits: 24, dither: noise_shaped}
  share: {from: mix, format: mp3, bitrate: 192k, title: A title}
expect: {final: {loudness: -50..-1 LUFS}, share: {duration: 9 s}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    found = tmp_path_factory.mktemp("receipt")
    x, rate = soundfile.read(ROOT / "graphs/audio/guest.flac", frames=22_050)
    soundfile.write(found / "a.flac", x, rate)
    graph(found, MIX)
    return found


@pytest.fixture(scope="module")
def made(folder):
    plan = load(folder / "mix.yaml")
    files = output_files(plan, "mix", folder)
    return receipt(plan, files, render(plan, files, measured=True), folder / "mix.yaml")


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_says_with_what_it_was_made(made, folder):
    assert made["versions"]["audiograph"] == audiograph.__version__
    assert made["versions"]["python"] == platform.python_version()
    assert made["versions"]["numpy"] == np.__version__
    assert set(made["versions"]) >= {"numba", "soundfile", "libsndfile", "soxr"}
    assert made["graph"]["sha256"] == sha(folder / "mix.yaml") and made["made"].endswith("+00:00")
    assert made["graph"]["params"] == {
        "voice": str(folder / "a.flac"), "under": -12.0, "late": "speech.end",
    }  # fmt: skip


def test_every_value_is_there_and_moments_are_seconds(made):
    nodes = {node["name"]: node for node in made["nodes"]}
    assert list(nodes) == ["voice", "speech", "bed", "cut", "mix"]
    assert nodes["bed"]["values"]["level"] == -12 and nodes["bed"]["values"]["freq"] == 1000  # the default
    assert nodes["speech"]["values"] == {"at": 0.5} and nodes["cut"]["values"]["end"] == pytest.approx(1.75)
    assert nodes["mix"]["feeds"] == {"in": ["speech.out", "cut.out"]}
    assert nodes["bed"]["frames"] is None and nodes["cut"]["frames"] == round(1.75 * 44_100)
    assert sum(node["took"] for node in made["nodes"] if node["took"]) < made["took"]
    assert nodes["voice"]["took"] > 0


def test_inputs_have_their_sum_and_credit(made, folder):
    (found,) = made["inputs"]
    assert found["sha256"] == sha(folder / "a.flac")
    assert (found["rate"], found["channels"], found["frames"], found["seconds"]) == (22_050, 1, 22_050, 1.0)
    assert (found["licence"], found["credit"], found["title"]) == ("CC-BY 4.0", "Ann", None)


def test_outputs_have_their_sum_encoding_and_levels(made, folder):
    final, share = made["outputs"]
    assert final["sha256"] == sha(folder / "final.wav") and share["sha256"] == sha(folder / "share.mp3")
    assert final["encoding"]["bits"] == 24 and final["encoding"]["dither"] == "noise_shaped"
    assert "dither" not in share["encoding"] and share["encoding"]["tags"] == {"title": "A title"}
    assert final["seconds"] == pytest.approx(1.75) == final["levels"]["duration_s"]
    assert -30 < final["levels"]["integrated_lufs"] < 0


def test_expectations_tell_what_was_found(made):
    loudness, duration = made["expect"]
    assert loudness["holds"] and loudness["found"] == made["outputs"][0]["levels"]["integrated_lufs"]
    assert not duration["holds"] and duration["found"] == pytest.approx(1.75)
    assert duration["line"].endswith("mix.yaml:15")


def test_it_is_strict_json_and_the_same_when_read_back(made, tmp_path):
    write(tmp_path / "r.json", made)
    text = (tmp_path / "r.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == made
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_threshold_in_lu_is_told_from_one_in_db():
    plan = load("nodes: {n: {use: noise, length: 1 s}, a: {use: gate, in: n}, "
                "b: {use: gate, in: a, threshold: -24 dB}}\noutput: b")  # fmt: skip
    a, b = (json_ready(plan.resolved(name))["threshold"] for name in "ab")
    assert (a, b) == ("-24 LU", -24)


def test_silence_has_no_number_that_json_lacks():
    assert json_ready({"a": -np.inf, "b": (1, float("nan"), True, Path("x"))}) == {
        "a": None,
        "b": [1, None, True, "x"],
    }


def test_what_is_no_receipt_does_not_take_the_place_of_one(tmp_path):
    (tmp_path / "r.json").write_text("before")
    with pytest.raises(ValueError, match="JSON"):
        write(tmp_path / "r.json", {"a": float("inf")})
    assert (tmp_path / "r.json").read_text() == "before"
    with pytest.raises(AudioFileError, match="there is no folder"):
        write(tmp_path / "none/r.json", {})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("final.wav", "is also the file of an output"),
        ("a.flac", "is read by this graph"),
        ("mix.yaml", "is read by this graph"),
        ("none/r.json", "there is no folder"),
        (".", "is a folder"),
    ],
)
def test_where_it_may_not_be_written_is_told_before_the_render(folder, name, says):
    plan = load(folder / "mix.yaml")
    with pytest.raises(GraphError, match=says):
        check(folder / name, plan, output_files(plan, "mix", folder))
    check(folder / "r.json", plan, output_files(plan, "mix", folder))


def test_the_command_writes_one(tmp_path):
    mix = graph(tmp_path)
    result = run(
        "render", mix, "-o", tmp_path / "a.wav", "--receipt", tmp_path / "r.json", "--set", "level=-20 dB"
    )
    found = json.loads((tmp_path / "r.json").read_text())
    assert result.exit_code == 0 and found["graph"]["params"] == {"level": -20.0}
    assert found["outputs"][0]["sha256"] == sha(tmp_path / "a.wav") and found["inputs"] == []
    assert found["outputs"][0]["levels"]["sample_peak_dbfs"] == pytest.approx(-20, abs=0.1)


def test_the_command_renders_nothing_that_is_not_licensed(tmp_path, folder):
    out = tmp_path / "out"
    refused = run("render", folder / "mix.yaml", "-o", out, "--licences", "CC0")
    assert refused.exit_code == 2 and not out.exists()
    assert "mix.yaml:7: voice: a.flac is CC-BY 4.0, which is not CC0" in refused.stderr
    assert run("render", folder / "mix.yaml", "-o", out, "--licences", "CC0,CC-BY").exit_code == 0
    assert run("render", folder / "mix.yaml", "--dry-run", "--licences", "CC0").exit_code == 2
