"""`audiograph render`."""

import json
import re

import numpy as np
import pytest
import soundfile
from command import TONE, environment, graph, process, run

STEMS = """\
nodes:
  low:  {use: tone, freq: 100 Hz, length: 1 s, level: -12 dB}
  high: {use: noise, length: 500 ms, level: -30 dB}
  both: {use: sum, in: [low, high]}
outputs:
  final: both
  stems/low: {from: low, bits: 24}
"""
NOT_A_NUMBER = """\
import numpy as np
from audiograph.node import Effect, effect

def _run(x, y, c, s):
    y[:] = np.nan

@effect
def spoil(setup):
    \"\"\"Gives no numbers.\"\"\"
    return Effect(_run, memory=0)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_graph_becomes_a_file_of_its_name_and_one_line(here):
    result = run("render", graph(here))
    assert result.exit_code == 0 and result.stderr in (
        "",
        "compiling kernels for this machine, once: up to a minute\n",
    )
    line = r"mix\.wav: 0:00\.5, 44\.1 kHz, 1 ch, [\d.e+]+ x real time, peak -6\.0 dB, 0 clipped samples\n"
    assert re.fullmatch(line, result.stdout)
    assert soundfile.info("mix.wav").frames == 22_050


def test_the_file_has_what_the_graph_says(here):
    run("render", graph(here), "-o", "out.wav", "-q")
    sound, rate = soundfile.read("out.wav")
    expected = 10 ** (-6 / 20) * np.sin(2 * np.pi * 440 * np.arange(22_050) / rate)
    assert np.abs(sound - expected).max() < 3 / 32_768  # dither and rounding


def test_settings_replace_parameters_and_values_of_nodes(here):
    run("render", graph(here), "-o", "out.wav", "-q", "--set", "level=-20dB", "--set", "beep.length = 0.25 s")
    sound, _ = soundfile.read("out.wav")
    assert len(sound) == 11_025 and abs(np.abs(sound).max() - 0.1) < 1e-3


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("level", "'level' has no '=': write NAME=VALUE"),
        ("=3", "'=3' has no name"),
        ("level=", "'level=' has no value"),
        ("level=-90 dB", "--set: level: -90 dB is outside -40 dB to 0 dB"),
        ("level=soft", "level: 'soft' is not a level in dB"),
        ("levl=-3 dB", "--set: levl: 'levl' is not a parameter of this graph; 'level'?"),
        ("beep.frq=1 kHz", "tone has no 'frq'; 'freq'?"),
        ("bep.freq=1 kHz", "'bep' is not a node; 'beep'?"),
    ],
)
def test_a_setting_that_cannot_be_taken_is_named_and_writes_nothing(here, setting, said):
    result = run("render", graph(here), "--set", setting)
    assert result.exit_code == 2 and said in result.stderr and not (here / "mix.wav").exists()


@pytest.mark.parametrize(("text", "rate"), [("48 kHz", 48_000), ("22050", 22_050)])
def test_the_rate_may_be_given_with_and_without_a_unit(here, text, rate):
    assert run("render", graph(here), "--rate", text).exit_code == 0
    assert soundfile.info("mix.wav").samplerate == rate


@pytest.mark.parametrize(
    "options", [["--rate", "3 dB"], ["--rate", "1 Hz"], ["--block", "0"], ["-q", "-v"], ["--nodes", "no.py"]]
)
def test_wrong_usage_ends_with_exit_code_2(here, options):
    result = run("render", graph(here), *options)
    assert result.exit_code == 2 and "Error: " in result.stderr and not result.stdout


def test_the_size_of_a_block_changes_nothing(here):
    for block in (64, 1000):
        run("render", graph(here, STEMS), "--block", block, "-o", str(block))
    files = [soundfile.read(f"{block}/final.wav", dtype="int16")[0] for block in (64, 1000)]
    np.testing.assert_array_equal(*files)


def test_several_outputs_go_into_a_folder_a_line_each(here):
    result = run("render", graph(here, STEMS), "-o", "album")
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "album/final.wav",
        "album/stems/low.wav",
    ]
    assert soundfile.info("album/stems/low.wav").subtype == "PCM_24"


def test_quiet_prints_nothing(here):
    result = run("render", graph(here), "-q")
    assert (result.output, result.exit_code) == ("", 0) and (here / "mix.wav").exists()


def test_verbose_prints_the_plan_and_the_time(here):
    result = run("render", graph(here), "-v")
    assert "planned 2 nodes at 44.1 kHz: beep, soft" in result.stderr
    assert re.search(r"rendered in [\d.]+ m?s, \d+ kernels? compiled", result.stderr)


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(here):
    result = run("render", graph(here, STEMS), "--dry-run")
    assert result.stdout.splitlines() == [
        "would write final.wav: 0:01.0, 44.1 kHz, 1 ch",
        "would write stems/low.wav: 0:01.0, 44.1 kHz, 1 ch",
    ]
    assert [path.name for path in here.iterdir()] == ["mix.yaml"]


def test_a_dry_run_finds_what_a_render_would(here):
    result = run("render", graph(here), "--dry-run", "-o", "mix.xyz")
    assert result.exit_code == 2 and "xyz" in result.stderr


def test_json_has_the_facts_of_every_file(here):
    found = json.loads(run("render", graph(here, STEMS), "--json").stdout)
    assert set(found) == {"files", "expect", "notes", "seconds", "times_real_time"}
    final, low = found["files"]
    assert low["path"] == "stems/low.wav" and low["frames"] == 44_100 and low["seconds"] == 1.0
    assert (low["rate"], low["channels"], low["clipped"]) == (44_100, 1, 0)
    assert low["peak_dbfs"] == pytest.approx(-12, abs=0.01) and final["peak_dbfs"] > -12


def test_the_peak_of_silence_is_null_in_json_and_silence_in_text(here):
    file = graph(here, "nodes: {quiet: {use: silence, length: 1 s}}\noutput: quiet")
    assert json.loads(run("render", file, "--json").stdout)["files"][0]["peak_dbfs"] is None
    assert "real time, silence, 0 clipped" in run("render", file).stdout


def test_clipped_samples_are_counted(here):
    square = "{use: tone, shape: square, level: 0 dB, length: 1 s}"
    text = f"nodes: {{loud: {{use: gain, level: 3 dB, in: {square}}}}}\noutput: loud"
    line = run("render", graph(here, text)).stdout
    assert "peak 3.0 dB" in line and int(re.search(r"(\d+) clipped", line)[1]) > 40_000


def test_nodes_of_a_file_can_be_used(here):
    (here / "mine.py").write_text(NOT_A_NUMBER)
    file = graph(here, TONE.replace("use: gain", "use: spoil").replace(", level: $level", ""))
    assert "'spoil' is not a node type" in run("render", file).stderr
    assert "would write" in run("render", file, "--nodes", "mine.py", "--dry-run").stdout


def test_a_sample_that_is_not_finite_fails_the_render_and_keeps_the_old_file(here):
    (here / "mine.py").write_text(NOT_A_NUMBER)
    (here / "mix.wav").write_bytes(b"old")
    file = graph(here, TONE.replace("use: gain", "use: spoil").replace(", level: $level", ""))
    result = run("render", file, "--nodes", "mine.py")
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert "soft" in result.stderr and "not a number" in result.stderr
    assert (here / "mix.wav").read_bytes() == b"old"


def test_a_missing_folder_is_reported_before_anything_is_rendered(here):
    for words in (["-o", "no/mix.wav"], ["-o", "no/mix.wav", "--dry-run"]):
        result = run("render", graph(here), *words)
        assert result.exit_code == 2 and "there is no folder no\n" in result.stderr


def test_a_folder_means_a_file_in_it_named_after_the_graph(here):
    (here / "out").mkdir()
    assert run("render", graph(here), "-o", "out").stdout.startswith("out/mix.wav: ")


def test_an_output_is_named_for_its_format(here):
    text = STEMS.replace("final: both", "final: {from: both, format: flac}")
    assert "would write final.flac" in run("render", graph(here, text), "--dry-run").stdout


def test_a_folder_at_the_path_of_the_file_stays(here):
    (here / "mix.wav").mkdir()
    result = run("render", graph(here))
    assert (
        result.exit_code == 1 and result.stderr == "audiograph: mix.wav cannot be written: it is a folder\n"
    )


def test_kernels_are_compiled_once_and_that_is_reported_once(here):
    file = graph(here, "nodes: {a: {use: tone, length: 1 s}}\noutput: {from: a, bits: 32}")
    env = environment(AUDIOGRAPH_CACHE=str(here / "cache"))
    first, second = (process("render", file, env=env) for _ in range(2))
    assert first.stderr == "compiling kernels for this machine, once: up to a minute\n"
    assert second.stderr == "" and first.returncode == second.returncode == 0


def test_a_suffix_of_another_format_is_refused(here):
    text = TONE.replace("output: soft", "output: {from: soft, format: wav}")
    result = run("render", graph(here, text), "-o", "x.mp3")
    assert result.exit_code == 2 and "x.mp3 would hold WAV: give it the suffix .wav" in result.stderr


@pytest.mark.parametrize("name", ["x.wav", "x.caf", "x.W64", "x.aif"])
def test_one_file_name_for_several_outputs_is_refused(here, name):
    result = run("render", graph(here, STEMS), "-o", name)
    assert result.exit_code == 2 and f"files: -o names the folder for them, not {name}" in result.stderr
    assert not (here / name).exists()


def test_an_unknown_dither_is_reported_with_its_line_and_the_nearest_name(here):
    text = TONE.replace("output: soft", "output: {from: soft, dither: triangel}")
    result = run("render", graph(here, text), "-o", "a.wav")
    assert result.exit_code == 2 and not (here / "a.wav").exists()
    assert "mix.yaml:7: output: a.wav: dither 'triangel' is not one of none, triangular," in result.stderr
    assert "'triangular'?" in result.stderr
    lossy = graph(here, text.replace("triangel", "none"))
    assert "a.mp3: mp3 takes no dither: leave it out" in run("render", lossy, "-o", "a.mp3").stderr


@pytest.mark.parametrize("options", [("--format", "wav"), ("--format", "wav", "--dry-run"), ("--force",)])
@pytest.mark.parametrize("out", ["mix.yaml", "sub/../mix.yaml"])
def test_a_sound_does_not_overwrite_its_graph(here, out, options):
    (here / "sub").mkdir()
    mix = graph(here, TONE.replace("output: soft", "output: {from: soft, format: wav}"))
    result = run("render", mix, "-o", out, *options)
    assert result.exit_code == 2 and not result.stdout
    assert f"{out} is read by this graph: write elsewhere" in result.stderr
    assert mix.read_text().startswith("about: A tone.")


@pytest.mark.parametrize("option", ["-o", "--receipt"])
@pytest.mark.parametrize("name", ["more.py", "part.yaml"])
def test_nodes_and_recipes_of_a_graph_are_not_overwritten(here, name, option):
    (here / "more.py").write_text('"""No nodes."""\n')
    graph(here, "inputs: {in: }\nnodes: {g: {use: gain, in: in, level: 0 dB}}\noutput: g", "part.yaml")
    mix = graph(here, "nodes: {a: {use: tone, length: 1 s}, b: {use: ./part.yaml, in: a}}\noutput: b")
    before = (here / name).read_bytes()
    words = "render", mix, "--nodes", "more.py", option, name
    result = run(*words, *(("--format", "wav") if option == "-o" else ()))
    assert result.exit_code == 2 and f"{name} is read by this graph: write elsewhere" in result.stderr
    assert (here / name).read_bytes() == before and not (here / "mix.wav").exists()


def test_an_output_that_the_graph_names_does_not_overwrite_it_and_check_says_so(here):
    mix = graph(here, TONE.replace("output: soft", "output: {from: soft, file: mix.yaml, format: wav}"))
    for command in ("render", "check"):
        result = run(command, mix)
        assert result.exit_code == 2 and "mix.yaml is read by this graph" in result.stderr
    assert mix.read_text().startswith("about: A tone.")
