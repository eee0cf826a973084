"""Several renders at once: in threads, and at the first use of every kernel."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command import environment

import audiograph

ROOT = Path(__file__).parents[2]
GRAPH = ROOT / "graphs" / "voice_over.yaml"
VOICES = [f"{ms} ms" for ms in (300, 400, 500, 600)] * 2
OPEN_FILES = Path("/proc/self/fd")
FIRST_USE = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import audiograph
from audiograph import machine_code

compiled, barrier = [], Barrier(8)

def beep(_):
    barrier.wait()
    text = "nodes:\\n  t: {use: tone, length: 1 s}\\n  g: {use: place, in: t, at: 1 s}\\noutput: g\\n"
    return audiograph.render(text, bytes)

with machine_code.compile_listener(compiled.append), ThreadPoolExecutor(8) as pool:
    assert len(set(pool.map(beep, range(8)))) == 1
assert len(compiled) == len(set(compiled)) > 0, compiled
"""
ECHO = '''
from audiograph import Setup, Stream, timeline

@timeline
def echo(setup: Setup) -> Stream:
    """Gives what it hears."""
    return setup.inputs[0]
'''


def render(end: str) -> bytes:
    sounds = {"voice": ROOT / "tests/data/speech.flac", "music": ROOT / "tests/data/music.ogg"}
    return audiograph.render(GRAPH, bytes, {**sounds, "voice.end": end}, lead=0.1)


def test_eight_renders_in_eight_threads_give_the_bytes_of_one_after_another():
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(render, VOICES))
    assert at_once == [render(end) for end in VOICES]
    assert len(set(at_once)) == 4


READ_IN_PART = """
nodes:
  voice: {use: source, file: tests/data/speech.flac, end: 3 s}
  pair: {use: concat, in: [voice, voice], crossfade: 100 ms}
  part: {use: trim, in: pair, end: 500 ms}
output: part
"""


LEFT_IN_THE_MIDST = """
nodes:
  voice: {use: source, file: tests/data/speech.flac}
  tune: {use: tone, length: 1 s}
  one: {use: ducked_bed, voice: voice, music: tune, lead: 0 s}
  two: {use: ducked_bed, voice: {one.bed: -30 dB, one: 0 dB}, music: one.bed, lead: 0 s}
  part: {use: trim, in: two, end: 200 ms}
output: part
"""


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="counts open files in /proc")
@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("graph", [READ_IN_PART, LEFT_IN_THE_MIDST])
def test_a_render_leaves_no_file_open_and_no_thread_behind(jobs, graph, monkeypatch):
    monkeypatch.chdir(ROOT)
    audiograph.render(graph, jobs=jobs)
    before = len(list(OPEN_FILES.iterdir())), threading.active_count()
    for _ in range(5):
        audiograph.render(graph, jobs=jobs)
    assert (len(list(OPEN_FILES.iterdir())), threading.active_count()) == before


def test_threads_that_all_need_a_kernel_first_get_one_that_is_compiled_once(tmp_path):
    env = environment(AUDIOGRAPH_CACHE=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USE], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_threads_that_all_bring_one_file_of_nodes_get_its_nodes(tmp_path):
    file = tmp_path / "slow_to_import.py"
    file.write_text(f"import time; time.sleep(0.1)\n{ECHO}")
    text = "nodes: {t: {use: tone, length: 100 ms}, e: {use: echo, in: t}}\noutput: e\n"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: audiograph.render(text, bytes, nodes=[file]), range(8)))) == 1
