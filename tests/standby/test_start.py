"""What a process imports at start: only what it uses."""

import subprocess
import sys
import time

import pytest
from command import ROOT, environment, graph, process

import audiograph
from audiograph.machine_code import linking

HEAVY = ("numba", "llvmlite", "networkx", "rich", "soundfile", "soxr", "numpy", "yaml")


def imported(*words: object, **env: str) -> set[str]:
    """Which of the slow modules a command imports."""
    command = [sys.executable, "-X", "importtime", "-m", "audiograph", *map(str, words)]
    done = subprocess.run(command, env=environment(**env), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return names & set(HEAVY)


def test_help_imports_no_slow_module():
    assert imported("--help") == set()


def test_check_imports_what_reads_yaml_and_headers_of_sound_files():
    assert imported("check", ROOT / "graphs" / "voice_over.yaml") == {"yaml", "numpy", "soundfile"}


def test_check_of_a_graph_without_sound_files_imports_no_decoder(tmp_path):
    assert imported("check", graph(tmp_path)) == {"yaml", "numpy"}


def test_nodes_out_of_order_are_put_in_order_by_networkx(tmp_path):
    turned = "nodes:\n  soft: {use: gain, in: beep}\n  beep: {use: tone, length: 1 s}\noutput: soft\n"
    assert "networkx" in imported("check", graph(tmp_path, turned))


@pytest.mark.skipif(not linking.trusted(), reason="numba runs the kernels here")
def test_a_render_with_stored_kernels_does_not_import_numba(tmp_path):
    mix, out = graph(tmp_path), tmp_path / "out.wav"
    assert process("render", mix, "-q", "-o", out).returncode == 0
    assert imported("render", mix, "-q", "-o", out) & {"numba", "llvmlite", "networkx", "rich"} == set()


def test_ten_thousand_nodes_are_planned_in_seconds():
    links = "".join(f"  n{i}: {{use: gain, in: n{i - 1}, level: -1 dB}}\n" for i in range(1, 10_000))
    text = f"nodes:\n  n0: {{use: tone, length: 1 s}}\n{links}output: n9999\n"
    began = time.process_time()
    plan = audiograph.load(text)
    assert len(plan.streams) == 10_000
    assert time.process_time() - began < 5  # a machine at rest takes about one, a third of it for YAML
