"""The benchmarks run, and say what they skip; how fast anything is, no test says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from audiograph.catalog import catalog
from benchmarks import __main__ as command
from benchmarks import engine, ffmpeg, node_cases, nodes, peers, process, reference, sounds

QUICK = [peer for peer in peers.PEERS if peer.name in ("audiograph", "sox", "ffmpeg")]
MISSING = peers.Peer("no_such_tool", lambda _given, _out: [], "apt-get install it")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return reference.reference(tmp_path_factory.mktemp("reference"), [6], 1, [*QUICK, MISSING])


def test_the_reference_mix_is_measured_as_a_process_and_warm(measured):
    ours = [row for row in measured["rows"] if row["tool"] == "audiograph"]
    assert [(row["how"], row["seconds"], row["ratio"]) for row in ours] == [
        ("process", 6.0, 1),
        ("warm", 6.0, 1),
    ]
    assert all(row["wall"] > 0 and row["rounds"] for row in measured["rows"])
    assert json.loads(json.dumps(measured)) == measured


def test_every_tool_makes_the_same_mix(measured):
    assert {row["tool"] for row in measured["rows"]} == {peer.name for peer in QUICK if not peer.missing}
    assert measured["mismatches"] == []


def test_a_missing_peer_is_skipped_by_name(measured):
    assert "no_such_tool: not found, skipped (apt-get install it)" in measured["skipped"]
    assert "no_such_tool" not in {row["tool"] for row in measured["rows"]}


def test_a_mix_of_other_length_or_level_is_named():
    ours = {"how": "process", "length": 60, "tool": "audiograph", "seconds": 60.0, "rms": -20.0}
    shorter, louder = {**ours, "tool": "a", "seconds": 59.9}, {**ours, "tool": "b", "rms": -19.0}
    near = {**ours, "tool": "c", "seconds": 60.04, "rms": -20.4}
    assert reference.differing([ours, shorter, louder, near]) == [
        "a, 60 s: its mix has 59.90 s, ours 60.00",
        "b, 60 s: its mix has -19.00 dB RMS, ours -20.00",
    ]


def test_tools_take_turns_and_the_slow_have_one():
    log: list[str] = []

    def work(name):
        return lambda: log.append(name) or process.Cost(len(log), 0, None)

    costs = reference.in_turn({name: work(name) for name in "abc"}, 2, slow=["c"])
    assert "".join(log) == "abcabab"
    assert {name: len(found) for name, found in costs.items()} == {"a": 2, "b": 2, "c": 1}


def test_every_effect_of_the_catalogue_is_measured():
    effects = {name for name, kind in catalog().items() if kind.is_effect}
    assert effects - {case.node for case in node_cases.CASES} == set()


def test_a_node_is_measured_at_every_block_size(tmp_path):
    cases = [
        case for case in node_cases.CASES if case.name in ("gain", "sum of 2", "loop", "tone", "envelope")
    ]
    alone = [case._replace(board=(), filters="") for case in cases]
    found = nodes.nodes(tmp_path, 1, (4096, 8192), alone)
    assert [set(row) for row in found["rows"]] == [{"name", "node", "4096", "8192", "ratio"}] * 5
    assert all(row["8192"] >= 0 and row["ratio"] is None for row in found["rows"])


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg")
@pytest.mark.parametrize("name", ["gain", "duck", "tone", "loop"])
def test_ffmpeg_runs_with_a_filter_and_without_it(name, tmp_path):
    case = next(case for case in node_cases.CASES if case.node == name)
    found = nodes.nodes(tmp_path, 1, (8192,), [case._replace(board=())], repeats=1)
    assert found["rows"][0]["ffmpeg"] >= 0


def test_nodes_name_the_tools_they_miss(tmp_path, monkeypatch):
    monkeypatch.setattr(nodes.shutil, "which", lambda _: None)
    monkeypatch.setattr(nodes, "find_spec", lambda _: None)
    found = nodes.nodes(tmp_path, 1, (8192,), node_cases.CASES[:1])
    assert [line.split(",")[0] for line in found["skipped"]] == ["pedalboard: not found", "ffmpeg: not found"]
    assert "ffmpeg" not in found["rows"][0]


def test_every_filter_of_ffmpeg_has_its_run_without():
    for case in node_cases.CASES:
        with_it, without = ffmpeg.graphs(case)
        assert case.filters in with_it and (case.filters == "" or case.filters not in without)


def test_block_sizes_silence_and_long_mixes_are_measured(tmp_path):
    assert [row["block"] for row in engine.blocks(tmp_path, 1, 5, (2048, 8192))] == [2048, 8192]
    assert [row["mix"] for row in engine.silence(tmp_path, 1, 3, 20)] == ["placed", "joined"]
    (row,) = engine.memory(tmp_path, [0.002])
    assert row["memory"] > 1 and row["size"] == pytest.approx(7 * 176_400 / 1e6, rel=0.01)


def test_a_process_tells_what_it_took():
    cost = process.run([sys.executable, "-c", "x = bytearray(50_000_000)"])
    assert cost.wall > 0 and cost.memory > 50


def test_what_a_process_holds_is_not_what_we_hold():
    held = bytearray(os.urandom(1)) * 100_000_000
    assert process.run(["true"]).memory < len(held) / 1e6


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no such thing"):
        process.run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_the_command_writes_json(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "reference", lambda folder, lengths, rounds: {"rows": [lengths, rounds]})
    out = tmp_path / "found.json"
    ran = CliRunner().invoke(command.main, ["--lengths", "5,6", "--rounds", "2", "-o", str(out)])
    assert ran.exit_code == 0, ran.output
    found = json.loads(out.read_text())
    assert found["reference"] == {"rows": [[5, 6], 2]}
    assert {"processor", "cores", "python", "packages"} <= set(found["machine"])


def test_the_voice_is_as_long_as_asked(tmp_path):
    given = sounds.sounds(tmp_path, 12)
    assert sounds.level(given.voice)[0] == 12.0


def test_benchmarks_start_as_a_module():
    root = Path(__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], cwd=root, capture_output=True, text=True
    )
    assert ran.returncode == 0 and "--nodes" in ran.stdout
