"""`audiograph credits`: the lines to print, missing credits, and refused licences."""

import json

import pytest
from command import ROOT, graph, run

MIX = ROOT / "graphs/voice_over.yaml"


def test_it_prints_a_line_for_each_sound_that_needs_one():
    result = run("credits", MIX)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        '"An AI voice (Kokoro, af_nicole)" by the Kokoro-FastAPI project '
        "(https://github.com/remsky/Kokoro-FastAPI), Apache-2.0\n"
    )


def test_settings_change_what_is_credited():
    result = run("credits", MIX, "--set", f"voice={ROOT / 'graphs/audio/guest.flac'}")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith("voice_over.yaml: none of its sounds needs a credit\n")


def test_json_has_every_sound():
    music = json.loads(run("credits", MIX, "--json").stdout)["credits"][1]
    assert (music["node"], music["licence"], music["credit"], music["text"]) == (
        "music/in",
        "CC0 1.0",
        "dpren",
        None,
    )
    assert music["path"].endswith("music.ogg") and music["line"].endswith("voice_over.yaml:17")


def test_a_sound_that_states_nothing_is_noted(tmp_path):
    (tmp_path / "x.flac").write_bytes((ROOT / "graphs/audio/guest.flac").read_bytes())
    result = run("credits", graph(tmp_path, "nodes: {a: {use: source, file: x.flac}}\noutput: a"))
    assert result.exit_code == 0 and "note: " in result.stderr
    assert "mix.yaml:1: a: x.flac states no licence" in result.stderr


@pytest.mark.parametrize(("names", "code"), [("CC0,Apache-2.0", 0), ("cc0 , apache 2", 0), ("CC0,CC-BY", 2)])
def test_only_allowed_licences_pass(names, code):
    result = run("credits", MIX, "--licences", names)
    assert result.exit_code == code
    told = "voice_over.yaml:12: voice: voice.mp3 is Apache-2.0, which is not one of CC0, CC-BY\n"
    assert result.stderr.endswith(told) == bool(code)


def test_an_empty_list_of_licences_is_refused():
    result = run("credits", MIX, "--licences", " ,")
    assert result.exit_code == 2 and "names no licence: write A,B" in result.stderr


def test_a_misspelt_licence_is_reported_with_the_nearest_name():
    result = run("credits", MIX, "--licences", "CC-0,Apache-2.0")
    assert result.exit_code == 2 and "which is not one of CC-0; 'CC0'?, Apache-2.0" in result.stderr
    result = run("credits", MIX, "--licences", "CCBY")
    assert result.exit_code == 2 and "which is not CCBY; 'CC-BY'?" in result.stderr
