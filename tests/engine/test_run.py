"""One plan, many runs: none moves another, whatever threads they play in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import noise, planned

import audiograph
from audiograph.engine.run import Run
from audiograph.errors import NodeError
from audiograph.plan import Plan

ROOT = Path(__file__).parents[2]
SHORT = {
    "voice.end": "400 ms",
    "voice": ROOT / "tests/data/speech.flac",
    "music": ROOT / "tests/data/music.ogg",
}
THREE = """
nodes:
  a: {use: clip, name: a}
  b: {use: clip, name: b}
  soft: {use: gain, in: a, level: -6 dB}
  low: {use: filter, in: b, mode: lowpass, freq: 1 kHz}
  again: {use: loop, in: low, until: soft.end + 1 s, crossfade: 10 ms}
  mix: {use: sum, in: [soft, again]}
  loud: {use: loudness, in: mix, target: -20 LUFS}
outputs: {loud: loud, soft: soft, low: low}
"""
CLIPS = {"a": noise(2, 90_000), "b": noise(1, 30_000, seed=1)}


def three() -> Plan:
    return planned(THREE, CLIPS, block=4096)


def files(plan: Plan, folder: Path, threads: int | None = None) -> dict[str, bytes]:
    audiograph.render(plan, folder, jobs=threads)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_one_plan_rendered_by_eight_threads_gives_the_files_of_plans_of_their_own(tmp_path, rounds):
    want = files(three(), tmp_path / "alone")
    assert len(want) == 3 and len({len(each) for each in want.values()}) == 3
    for round in range(rounds):
        plan, start = three(), threading.Barrier(8)

        def render(n: int, plan: Plan = plan, start: threading.Barrier = start, round: int = round) -> bool:
            start.wait()
            return files(plan, tmp_path / f"{round}_{n}", n % 3 + 1) == want

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(render, range(8)))


def test_a_plan_streamed_and_rendered_at_once_gives_the_same_twice():
    plan = audiograph.load(ROOT / "graphs" / "voice_over.yaml", SHORT)
    want = audiograph.render(audiograph.load(ROOT / "graphs" / "voice_over.yaml", SHORT)).sound
    with ThreadPoolExecutor(3) as pool:
        renders = [pool.submit(audiograph.render, plan, jobs=threads) for threads in (1, 2, 3)]
        heard = np.concatenate(list(audiograph.stream(plan)), axis=1)
        assert all(np.array_equal(each.result().sound, want) for each in renders)
    assert np.array_equal(heard, want)


def test_a_change_moves_its_own_playback_and_nothing_that_is_exported_meanwhile():
    text = "nodes:\n  t: {use: tone, length: 3 s}\n  g: {use: gain, in: t, level: -6 dB}\noutput: g\n"
    plan = audiograph.load(text, block=1000)
    want = audiograph.render(text).sound
    changed, untouched = audiograph.stream(plan), audiograph.stream(plan)
    blocks = iter(changed)
    next(blocks)
    seen: list[float] = []

    def slide(part: float) -> None:
        seen.append(part)
        changed.change("g", "level", f"{-20 - len(seen) % 10} dB")

    for threads in (1, 2):
        assert np.array_equal(audiograph.render(plan, progress=slide, jobs=threads).sound, want)
    assert seen
    changed.change("g", "level", "-40 dB")
    next(blocks)
    rest = np.concatenate(list(blocks), axis=1)
    assert np.abs(rest[:, 70_000:]).max() < 0.02
    assert np.array_equal(np.concatenate(list(untouched), axis=1), want)
    assert plan.resolved("g")["level"] == -6


def test_later_passes_of_a_playback_have_its_changes():
    text = "nodes:\n  t: {use: tone, length: 1 s}\n  g: {use: gain, in: t}\noutput: g\n"
    playback = audiograph.stream(text)
    playback.change("g", "level", "-20 dB")
    one, two = (np.concatenate(list(playback), axis=1) for _ in range(2))
    want = audiograph.render(text, None, {"g.level": "-20 dB"}).sound
    assert np.array_equal(one, want) and np.array_equal(two, want)


def test_a_change_that_one_region_refuses_changes_none():
    text = """
nodes:
  a: {use: clip, name: a}
  low: {use: filter, in: a, mode: lowpass, freq: 1 kHz}
  loop: {use: loop, in: low, until: 3 s, crossfade: 0 s}
  bell: {use: eq, in: low, bands: [{shape: peak, freq: 2 kHz, gain: -4 dB}]}
  mix: {use: sum, in: [loop, bell]}
output: mix
"""

    def rest(change: bool) -> bytes:
        run = Run(planned(text, CLIPS, block=1000))
        reader = run.stream(("mix", "out")).open()
        reader.take(5000)
        if change:
            with pytest.raises(NodeError, match="cannot take this value while it runs"):
                run.change("low", "order", 5)
        return reader.take(20_000).tobytes()

    assert rest(change=True) == rest(change=False)


def test_nothing_can_be_set_on_a_plan():
    plan = three()
    with pytest.raises(AttributeError):
        plan.block = 1
    with pytest.raises(TypeError):
        plan.streams["new", "out"] = plan.streams["mix", "out"]
    assert repr(plan) == "<Plan of 7 nodes at 48000 Hz: loud, soft, low>"


def test_a_note_found_by_many_runs_is_noted_once():
    text = "nodes:\n  a: {use: clip, name: a}\n  n: {use: normalize, in: a}\noutput: n"
    plan = planned(text, {"a": np.zeros((1, 900), np.float32)})
    for _ in range(3):
        audiograph.render(plan)
    assert [note.node for note in plan.notes] == ["n"]


def test_a_value_may_be_changed_by_another_thread_while_it_plays():
    tone = "{use: tone, freq: 110 Hz, length: 20 s, level: 0 dB}"
    text = f"nodes:\n  t: {tone}\n  f: {{use: filter, in: t}}\noutput: f\n"
    playback = audiograph.stream(audiograph.load(text, block=64))
    playing = True

    def slide() -> None:
        n = 0
        while playing:
            n += 1
            playback.change("f", "freq", f"{1000 + n % 50 * 20} Hz")

    slider = threading.Thread(target=slide)
    slider.start()
    try:
        x = np.concatenate(list(playback), axis=1)
    finally:
        playing = False
        slider.join()
    assert np.abs(np.diff(x, 2)).max() < 0.01  # no click: the sine's own is 0.0003
