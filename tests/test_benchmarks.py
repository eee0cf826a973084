"""The benchmarks run and name what they skip; no test asserts a speed. Run it by `scripts/check --slow`."""

import json
import os
import shutil
import subprocess
import sys
from math import inf
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from audiograph import graph as graphs
from audiograph.graph.catalog import catalog
from audiograph.language import document
from benchmarks import __main__ as command
from benchmarks import (
    contest,
    engine,
    ffmpeg,
    figures,
    first,
    folds,
    many,
    node_cases,
    node_ours,
    node_peers,
    node_work,
    nodes,
    page,
    peers,
    picture,
    process,
    reference,
    reference_peers,
    roofline,
    sounds,
    start,
    track_peers,
    tracks,
    turns,
)

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
QUICK = ("audiograph", "audiograph standby", "sox", "ffmpeg")
MISSING = peers.Peer("no_such_tool", lambda _given, _out: [], "apt-get install it")
SLOW = peers.Peer("slow", lambda _given, _out: [], longest=5, why="it is slow")


def quick(found):
    return [peer for peer in found if peer.name in QUICK]


def case(name):
    return next(case for case in node_cases.CASES if case.name == name)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("sounds")


@pytest.fixture(scope="module")
def measured(tmp_path_factory, kept):
    floor = reference_peers.PEERS[-1]
    asked = [*quick(reference_peers.PEERS), MISSING, SLOW, floor]
    return reference.reference(tmp_path_factory.mktemp("reference"), kept, [6], 1, asked)


def test_the_first_mix_is_reported_with_its_time_of_compiling(tmp_path, capsys):
    waits = {"pip install": 0.2, first.FIRST: 0.3, first.SECOND: 0.0}
    todo = {what: [sys.executable, "-c", f"import time; time.sleep({wait})"] for what, wait in waits.items()}
    rows = first.first(tmp_path, todo)
    assert [row["what"] for row in rows] == list(waits) and rows[0]["wall"] >= 0.2
    assert "From nothing to a first mix: " in first.told(rows) in capsys.readouterr().out
    assert list(first.steps(tmp_path)) == ["python -m venv", *waits]


def test_a_first_mix_that_cannot_be_made_is_left_out(tmp_path, capsys):
    assert (
        first.first(tmp_path, {"pip install": [sys.executable, "-c", "raise SystemExit('no network')"]}) == []
    )
    assert "left out" in capsys.readouterr().out


def test_the_reference_mix_is_measured_as_a_process_and_warm(measured):
    ours = [row for row in measured["rows"] if row["tool"] == "audiograph"]
    hows = ("process", "warm", "cores") if turns.cores() > 1 else ("process", "warm")
    assert [(row["how"], row["seconds"], row["ratio"]) for row in ours] == [(how, 6.0, 1) for how in hows]
    assert all(row["wall"] > 0 and row["rounds"] for row in measured["rows"])
    assert json.loads(json.dumps(measured)) == measured


def test_every_tool_makes_the_same_mix(measured):
    here = {peer.name for peer in quick(reference_peers.PEERS) if not peer.missing}
    assert {row["tool"] for row in measured["rows"]} == here | {"floor"}
    assert all(row["alike"] for row in measured["rows"])


def test_the_floor_reads_and_writes_as_much_and_makes_no_mix(measured):
    floor = next(row for row in measured["rows"] if row["tool"] == "floor")
    ours = next(row for row in measured["rows"] if row["tool"] == "audiograph" and row["how"] == "warm")
    assert (floor["how"], floor["seconds"], floor["lufs"], floor["floor"]) == ("warm", 6.0, None, 1)
    assert ours["floor"] == pytest.approx(ours["wall"] / floor["wall"])


def test_skipped_tools_are_named_with_the_reason(measured):
    assert measured["skipped"] == [
        "no_such_tool: not found, skipped (apt-get install it)",
        "slow: skipped at 6 s (it is slow)",
    ]
    scipy = next(peer for peer in reference_peers.PEERS if peer.name == "scipy")
    assert scipy.missing.startswith("scipy: left out (no compressor")


def test_a_mix_of_other_length_or_loudness_does_not_count():
    ours = {"length": 60, "seconds": 60.0, "lufs": -20.0, "wall": 2.0, "is_floor": False, "note": None}
    shorter, louder = {**ours, "seconds": 59.9}, {**ours, "lufs": -19.0, "note": "no limiter"}
    near, silent = {**ours, "seconds": 60.04, "lufs": -20.4, "wall": 3.0}, {**ours, "lufs": -inf}
    contest.judge([ours, shorter, louder, near, silent])
    assert [row["ratio"] for row in (ours, shorter, louder, near, silent)] == [1, None, None, 1.5, None]
    assert shorter["note"] == "not alike: 59.90 s, ours 60.00"
    assert louder["note"] == "not alike: -19.00 LUFS, ours -20.00; no limiter"
    assert near["note"] is None and near["speed"] == 20


def test_tools_take_turns_and_slow_ones_have_one():
    log: list[str] = []
    works = {name: lambda name=name: log.append(name) or len(log) for name in "abc"}
    found = turns.in_turn(works, 2, slow=["c"])
    assert "".join(log) == "abcabab"
    assert found == {"a": [4, 6], "b": [5, 7], "c": [3]}
    assert turns.in_turn({"d": lambda: 1}, 0) == {"d": [1]}


def test_tracks_are_mixed_alike_by_every_tool(tmp_path, kept):
    found = tracks.tracks(tmp_path, kept, 1, 3, 3, quick(track_peers.PEERS))
    assert {row["seconds"] for row in found["rows"]} == {3.0}
    assert all(row["alike"] for row in found["rows"])


def test_the_graph_of_tracks_has_each_track_whole():
    given = sounds.Tracks((Path("a.wav"), Path("b.wav")), 1)
    graph = graphs.build(document.parse(track_peers.graph(given), "tracks"), catalog())
    assert {"t0/eq", "t0/compressor", "t0/pan", "t1/pan", "bus"} <= set(graph.nodes)


def test_places_have_equal_power_and_cover_the_stereo_field():
    found = list(track_peers.places(5))
    assert [position for position, _, _ in found] == [-1, -0.5, 0, 0.5, 1]
    assert {round(left**2 + right**2, 9) for _, left, right in found} == {round(10**-1.5, 9)}
    assert [position for position, _, _ in track_peers.places(1)] == [0]


def test_the_start_is_measured_with_one_second_of_sound(tmp_path, kept, monkeypatch):
    monkeypatch.setattr(start, "HELPS", {"audiograph": ["true"], "no_such_tool": ["no_such_tool"]})
    found = start.start(tmp_path, kept, 1, [track_peers.PEERS[0], MISSING])
    assert [(row["tool"], row["what"].split()[0]) for row in found["rows"]] == [
        ("audiograph", "--help"),
        ("audiograph", "check"),
        ("audiograph standby", "check"),
    ]
    assert {row["seconds"] for row in found["second"]} == {1.0}


def test_graphs_of_many_nodes_are_timed_stage_by_stage(tmp_path):
    rows = many.many(tmp_path, 1, (1, 20))
    assert [(row["shape"], row["nodes"]) for row in rows] == [
        ("chain", 1),
        ("chain", 20),
        ("side by side", 1),
        ("side by side", 20),
    ]
    assert all(row["total"] == pytest.approx(sum(row[stage] for stage in many.STAGES)) for row in rows)


def test_a_graph_that_is_refused_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "chain", lambda _count: "nodes: {a: {use: nothing_of_this_name}}\noutput: a\n")
    (row, _) = many.many(tmp_path, 1, (1,))
    assert row["note"].startswith("refused: 'nothing_of_this_name'")


def test_every_effect_of_the_catalogue_is_measured():
    effects = {name for name, kind in catalog().items() if kind.is_effect}
    assert effects <= {case.node for case in node_cases.known()}


def test_every_case_is_a_node_that_can_be_made():
    sound = nodes.sounds()["noise"]
    for each in node_cases.known():
        assert node_ours.timers(each, sound, (8192,))


def test_every_node_has_a_limit_or_passes_on_what_feeds_it():
    without = {case.node for case in node_cases.CASES if case.name not in node_work.WORKS}
    assert without <= {"loop", "trim", "place", "concat"}
    assert set(node_work.WORKS) <= {case.name for case in node_cases.CASES}


def test_a_node_is_measured_at_every_block_size(tmp_path):
    cases = [case(name) for name in ("gain", "sum of 2", "loop", "tone", "envelope", "loudness, true peak")]
    alone = [case._replace(board=(), filters="") for case in cases]
    found = nodes.nodes(tmp_path, 1, (4096, 8192), alone)
    assert all(row["8192"] >= 0 and row["ratio"] is None for row in found["rows"])
    assert [row["bound"] is None for row in found["rows"]] == [False, False, True, False, False, False]
    assert json.loads(json.dumps(found)) == found


def test_the_output_of_a_node_is_what_its_kernel_computes():
    sound = nodes.sounds()["noise"]
    halved = node_ours.output(case("gain"), sound)
    np.testing.assert_allclose(halved, sound * 10 ** (-6 / 20), rtol=1e-6)
    np.testing.assert_allclose(node_ours.output(case("sum of 2"), sound), 2 * sound, rtol=1e-6)


def test_scipy_filters_as_we_do():
    pytest.importorskip("scipy")
    sound = nodes.sounds()["noise"]
    for name in ("eq, 5 bands", "filter, order 1", "filter, order 2"):
        theirs = node_peers.works(case(name))["scipy"](sound)
        np.testing.assert_allclose(node_ours.output(case(name), sound), theirs, atol=1e-5)


def test_a_peer_that_does_other_work_is_named_and_has_no_ratio():
    measured = {"8192": 2.0, "pedalboard": 1.0, "ffmpeg": 6.0}
    row = nodes.compared(case("gain"), measured, {"pedalboard": 3.04}, 8192)
    assert (row["ratio"], row["unlike"]) == (3, "pedalboard +3.0 LU")
    assert figures.fastest(row) == ("ffmpeg", 6.0)
    sound = nodes.sounds()["noise"]
    outs = {"pedalboard": lambda: sound, "ffmpeg": lambda: sound / 2, "scipy": lambda: 0 * sound}
    assert set(nodes.differing(case("gain"), sound, outs)) == {"pedalboard", "scipy"}


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg")
@pytest.mark.parametrize("name", ["gain", "duck", "tone", "loop"])
def test_ffmpeg_runs_with_a_filter_and_without_it(name, tmp_path):
    found = nodes.nodes(tmp_path, 1, (8192,), [case(name)._replace(board=())], repeats=1)
    assert found["rows"][0]["ffmpeg"] >= 0 and found["rows"][0]["unlike"] is None


def test_nodes_name_the_tools_they_miss(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg.shutil, "which", lambda _: None)
    monkeypatch.setattr(node_peers, "find_spec", lambda _: None)
    found = nodes.nodes(tmp_path, 1, (8192,), node_cases.CASES[:1])
    told = [line.split(",")[0] for line in found["skipped"]]
    assert told == ["pedalboard: not found", "scipy: not found", "ffmpeg: not found"]
    assert not {"ffmpeg", "pedalboard", "scipy"} & set(found["rows"][0])


def test_every_filter_of_ffmpeg_has_its_run_without():
    for each in node_cases.CASES:
        with_it, without = ffmpeg.graphs(each)
        assert each.filters in with_it and (each.filters == "" or each.filters not in without)


def test_the_limit_is_the_longest_of_bytes_arithmetic_and_recursion():
    machine = roofline.Machine(near=16, far=8, memory=4, single=32, double=16, step=1.0, choice=0.5)
    gain, section, rms = (
        roofline.limits(case(name), machine) for name in ("gain", "eq, 5 bands", "compressor, rms")
    )
    assert (gain["limit"], gain["bound"]) == (1.0, "bytes")
    assert (section["limit"], section["bound"]) == (90 / 16, "arithmetic")
    assert (rms["limit"], rms["bound"]) == (48 / 32 + 10 / 16, "arithmetic")
    assert roofline.limits(case("loop"), machine) == {"limit": None, "bound": None}


def test_the_machine_is_measured():
    machine = roofline.probed()
    assert machine.near > machine.memory > 0 and machine.single > machine.double > 0 and machine.step > 0


def test_block_sizes_silence_and_long_mixes_are_measured(tmp_path, kept):
    assert [row["block"] for row in engine.blocks(tmp_path, kept, 1, 5, (2048, 8192))] == [2048, 8192]
    assert [row["mix"] for row in engine.silence(tmp_path, 1, 3, 20)] == ["placed", "joined"]
    assert [row["nodes"] for row in folds.folds(kept, 1, 5)][:2] == ["reference mix", "eq, filter"]
    (row,) = engine.memory(tmp_path, [0.002])
    assert row["memory"] > 1 and row["size"] == pytest.approx(7 * 176_400 / 1e6, rel=0.01)


def test_the_cost_of_a_process_is_measured():
    cost = process.run([sys.executable, "-c", "x = bytearray(50_000_000)"])
    assert cost.wall > 0 and cost.memory > 50


def test_the_memory_of_a_process_does_not_include_ours():
    held = bytearray(os.urandom(1)) * 100_000_000
    assert process.run(["true"]).memory < len(held) / 1e6


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no such thing"):
        process.run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_sounds_are_as_long_as_asked_and_made_once(tmp_path):
    given = sounds.sounds(tmp_path, 12)
    assert sounds.level(given.voice)[0] == 12.0
    made = given.voice.stat().st_mtime_ns
    assert sounds.sounds(tmp_path, 12).voice.stat().st_mtime_ns == made
    assert {path.name for path in tmp_path.iterdir()} == {"voice_12.wav", "music.wav"}


def test_the_level_of_a_file_is_its_loudness(tmp_path):
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(2 * 48_000) / 48_000)  # -23 LUFS in one channel
    soundfile.write(tmp_path / "tone.wav", tone, 48_000, "FLOAT")
    assert sounds.level(tmp_path / "tone.wav") == pytest.approx((2, -23.01), abs=0.02)


def test_the_command_measures_what_is_asked_and_keeps_all_of_it(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        command, "reference", lambda _folder, _kept, lengths, rounds: asked.append((lengths, rounds)) or {}
    )
    out = tmp_path / "found.json"
    words = ["--only", "reference", "--lengths", "5,6", "--rounds", "2", "--json", str(out)]
    ran = CliRunner().invoke(command.main, words)
    assert ran.exit_code == 0, ran.output
    assert asked == [((5, 6), 2)]
    found = json.loads(out.read_text())
    assert set(found) == {"machine", "extent", "reference"}
    assert {"date", "processor", "cores", "python", "packages", "tools"} <= set(found["machine"])


def test_all_parts_are_measured_where_none_is_named(tmp_path, monkeypatch):
    asked = []
    for part in ("first", "start", "reference", "tracks", "many", "nodes", "folds"):
        monkeypatch.setattr(command, part, lambda *_args, part=part, **_options: asked.append(part))
    for part in ("memory", "blocks", "silence"):
        monkeypatch.setattr(engine, part, lambda *_args, part=part: asked.append(part))
    assert CliRunner().invoke(command.main, ["--quick"]).exit_code == 0
    assert asked == list(command.PARTS)
    asked.clear()
    assert CliRunner().invoke(command.main, ["--nodes"]).exit_code == 0
    assert asked == ["nodes"]


def test_bars_are_as_long_as_their_values():
    drawn = picture.svg([picture.Panel("A & B", "longer is better", {"60 s": {"sox": 50, "ffmpeg": 25}})])
    bars = [
        float(bar.get("width"))
        for group in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}g")
        for bar in group.iter("{http://www.w3.org/2000/svg}rect")
    ]
    assert bars[0] == pytest.approx(2 * bars[1], rel=0.01)
    assert "A &amp; B" in drawn and "sox: 50.0" in drawn


def test_lengths_are_readable():
    assert [figures.duration(length) for length in (10, 60, 90, 600, 10_800)] == [
        "10 s",
        "60 s",
        "90 s",
        "10 min",
        "3 h",
    ]


def test_the_documents_are_made_of_results(tmp_path, measured):
    rows = [{"hours": 1, "memory": 100.4, "wall": 9.0, "speed": 400.0, "size": 635.0}]
    machine = {"date": "2026-01-01", "processor": "P", "cores": 2, "python": "3.11", "load": 0.5}
    machine |= {"packages": {"numpy": "2"}, "tools": {"sox": "14.4.2"}}
    command.document(
        {"machine": machine, "extent": {"rounds": 5}, "reference": measured, "memory": rows}, tmp_path
    )
    text = (tmp_path / "performance.md").read_text()
    assert "| 1 | 100 | 400 | 635 |" in text and "6 s, whole processes:" in text
    assert "numpy 2, sox 14.4.2" in text and "## Node by node" not in text
    found = json.loads((tmp_path / "performance.json").read_text())
    assert page.page(found) == text  # raw rounds are left out, and not missed
    assert "rounds" not in found["reference"]["rows"][0]
    assert (tmp_path / "performance.svg").read_text() == picture.svg(figures.panels(found))


def test_the_page_is_what_the_command_writes():
    found = json.loads((DOCS / "performance.json").read_text())
    assert (DOCS / "performance.md").read_text() == page.page(found)
    assert (DOCS / "performance.svg").read_text() == picture.svg(figures.panels(found))


def test_benchmarks_start_as_a_module():
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0 and "--nodes" in ran.stdout
