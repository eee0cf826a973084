"""`audiograph measure`: a table for people, JSON for programs, a picture."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from command import process, run

KEYS = [
    "path", "integrated_lufs", "loudness_range_lu", "true_peak_dbtp", "sample_peak_dbfs",
    "max_momentary_lufs", "max_short_term_lufs", "correlation", "dc", "silence_start_s", "silence_end_s",
    "clipped", "clipped_runs", "duration_s", "sample_rate", "channels", "note",
]  # fmt: skip


@pytest.fixture
def sounds(tmp_path):
    """Five seconds of a tone at -23 LUFS in stereo, a short one, silence, and no sound at all."""
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 997 * np.arange(5 * 48_000) / 48_000)
    for name, x in (("tone", tone), ("short", tone[:9600]), ("quiet", 0 * tone)):
        soundfile.write(tmp_path / f"{name}.wav", np.stack([x, x]).T, 48_000, "FLOAT")
    (tmp_path / "text.wav").write_text("no sound")
    return tmp_path


def test_one_file_is_an_object_with_every_figure(sounds):
    found = json.loads(run("measure", sounds / "tone.wav", "--json").stdout)
    assert list(found) == KEYS
    assert found["integrated_lufs"] == pytest.approx(-23, abs=0.01)
    assert found["true_peak_dbtp"] == pytest.approx(-23, abs=0.05) and found["correlation"] == 1
    assert (found["sample_rate"], found["channels"], found["duration_s"]) == (48_000, 2, 5)


def test_several_files_are_a_list_in_their_order(sounds):
    found = json.loads(run("measure", sounds / "short.wav", sounds / "tone.wav", "--json").stdout)
    assert [each["duration_s"] for each in found] == [0.2, 5]


def test_unknown_figures_are_null_and_a_note_says_why(sounds):
    short, quiet = json.loads(run("measure", sounds / "short.wav", sounds / "quiet.wav", "--json").stdout)
    assert short["integrated_lufs"] is None and short["note"] == "shorter than 400 ms: no loudness"
    assert short["sample_peak_dbfs"] == pytest.approx(-23, abs=0.01)
    assert quiet["true_peak_dbtp"] is None and quiet["note"] == "silent"


def test_the_table_has_a_line_for_each_file(sounds):
    result = run("measure", sounds / "tone.wav", sounds / "short.wav")
    titles, tone, short = result.stdout.splitlines()
    assert titles.split()[:2] == ["file", "LUFS"] and "clipped" not in titles
    assert tone.split()[1:5] == ["-23.0", "0.0", "-23.0", "-23.0"] and tone.endswith("48 kHz, 2 ch")
    assert short.split()[1:4] == ["-", "-", "-23.0"]
    assert result.stderr == f"note: {sounds / 'short.wav'}: shorter than 400 ms: no loudness\n"


def test_clipping_is_shown_where_there_is_any(sounds, tmp_path):
    soundfile.write(tmp_path / "loud.wav", np.full(48_000, 2.0), 48_000, "FLOAT")
    assert "48000, 1 run" in run("measure", tmp_path / "loud.wav").stdout


def test_a_dc_offset_is_shown_where_there_is_any(sounds, tmp_path):
    soundfile.write(tmp_path / "off.wav", np.full(48_000, 0.1), 48_000, "FLOAT")
    told = run("measure", tmp_path / "off.wav").stdout
    assert "offset" in told and "0.100" in told
    assert "offset" not in run("measure", sounds / "tone.wav").stdout.splitlines()[0]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_measured(sounds):
    result = run("measure", sounds / "text.wav", sounds / "tne.wav", sounds / "tone.wav")
    assert result.exit_code == 1 and len(result.stdout.splitlines()) == 2
    wrong = result.stderr.splitlines()
    assert "text.wav" in wrong[0] and "tne.wav does not exist; 'tone.wav'?" in wrong[1]


def test_in_json_too_every_file_has_its_place(sounds):
    result = run("measure", sounds / "text.wav", sounds / "tone.wav", "--json")
    bad, good = json.loads(result.stdout)
    assert result.exit_code == 1 and bad["path"].endswith("text.wav") and "text.wav" in bad["error"]
    assert good["integrated_lufs"] == pytest.approx(-23, abs=0.01)


def test_a_file_that_is_cut_short_says_so(sounds):
    whole = (sounds / "tone.wav").read_bytes()
    (sounds / "cut.wav").write_bytes(whole[: len(whole) // 2])
    found = json.loads(run("measure", sounds / "cut.wav", "--json").stdout)
    assert "cut short" in found["note"]


def test_the_picture_has_waveform_loudness_and_spectrum(sounds):
    result = run("measure", sounds / "tone.wav", "--svg", sounds / "a.svg")
    assert result.exit_code == 0 and "-23.0" in result.stdout
    drawn = ElementTree.parse(sounds / "a.svg").getroot()
    kinds = [part.get("class") for part in drawn.iter()]
    assert kinds.count("wave") == kinds.count("momentary") == kinds.count("short") == 1
    assert kinds.count("target") == 3 and kinds.count("bars") == 31
    texts = [part.text for part in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "tone.wav" in texts and "-23 broadcast" in texts and "1k" in texts and "5 s" in texts


@pytest.mark.parametrize("name", ["short", "quiet"])
def test_sounds_without_loudness_are_drawn_too(sounds, name):
    assert run("measure", sounds / f"{name}.wav", "--svg", sounds / "a.svg").exit_code == 0
    text = (sounds / "a.svg").read_text()
    assert "nan" not in text and "inf" not in text


def test_a_picture_is_of_one_file(sounds):
    result = run("measure", sounds / "tone.wav", sounds / "quiet.wav", "--svg", sounds / "a.svg")
    assert result.exit_code == 2 and "takes one file" in result.stderr and not (sounds / "a.svg").exists()


def test_no_file_is_wrong_usage():
    assert run("measure").exit_code == 2


def test_it_runs_as_a_program(sounds):
    done = process("measure", sounds / "tone.wav", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["integrated_lufs"] == pytest.approx(-23, abs=0.01)


@pytest.mark.parametrize("other", [".", "sub/..", "link"])
def test_a_picture_does_not_overwrite_the_sound(sounds, other):
    (sounds / "sub").mkdir()
    (sounds / "link").symlink_to(sounds, target_is_directory=True)
    before, picture = (sounds / "tone.wav").read_bytes(), f"{sounds}/{other}/tone.wav"
    result = run("measure", sounds / "tone.wav", "--svg", picture)
    assert result.exit_code == 2 and not result.stdout
    assert "tone.wav is read by this command: write elsewhere" in result.stderr
    assert (sounds / "tone.wav").read_bytes() == before


def test_a_picture_on_standard_output_is_no_file(sounds, monkeypatch):
    monkeypatch.chdir(sounds)
    (sounds / "tone.wav").rename("-")
    result = run("measure", "./-", "--svg", "-")
    assert result.exit_code == 0 and result.stdout.startswith("<svg")
