"""Regions, silence, latency, seeking: against plain numpy over whole sounds."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from conftest import RATE, heard, noise, planned
from hypothesis import given, settings
from hypothesis import strategies as st

from audiograph.dsp.delay import delay, delay_line
from audiograph.engine.run import Run
from audiograph.errors import NodeError, RenderError
from audiograph.node import Effect, Setup, effect
from audiograph.plan import Plan
from audiograph.rendering.in_memory import capture
from audiograph.units import whole

A, B = noise(2, 30_000), noise(2, 20_000, seed=1)


@effect
def ahead(setup: Setup, by: int = whole(100, 1, 100_000, "frames")) -> Effect:
    """Gives what it gets, and says that it is late."""
    channels = setup.inputs[0].channels
    return Effect(delay, (), delay_line(channels, by), (channels,), latency=by, memory=by)


@effect
def total(setup: Setup) -> Effect:
    """The running total of all that ever came: it never forgets."""

    def run(x: Any, y: Any, c: Any, s: Any) -> None:
        y[:] = np.cumsum(np.concatenate([s[0], x], axis=1), axis=1)[:, 1:]
        s[0][:] = y[:, -1:]

    return Effect(run, (), lambda: (np.zeros((setup.inputs[0].channels, 1), np.float32),))


@effect
def spoil(setup: Setup) -> Effect:
    """Gives a sample that is not a number."""

    def run(x: Any, y: Any, c: Any, s: Any) -> None:
        y[:] = x
        y[0, 0] = np.nan

    return Effect(run, memory=0)


TOYS = (ahead, total, spoil)


@pytest.fixture
def toys(plan: Callable[..., Plan]) -> Callable[..., Plan]:
    return partial(plan, more=TOYS)


@pytest.mark.parametrize("block", [1, 64, 1000, 4096, 65_536])
def test_paths_of_unlike_latency_meet_in_time(toys, block):
    p = toys(
        """
nodes:
  a: {use: clip, name: a}
  slow: {use: ahead, in: a, by: 700}
  slower: {use: ahead, in: slow, by: 41}
  minus: {use: gain, in: a, level: 0 dB}
  both: {use: sum, in: [slower, minus, a]}
output: both
""",
        block,
        a=A[:, :3000],
    )
    np.testing.assert_array_equal(heard(p), 3 * A[:, :3000])


def test_a_region_drops_its_latency_before_a_timeline_node_hears_it(toys):
    p = toys(
        """
nodes:
  a: {use: clip, name: a}
  late: {use: ahead, in: a, by: 5000}
  part: {use: trim, in: late, start: 100 ms, end: 400 ms}
output: part
""",
        a=A,
    )
    np.testing.assert_array_equal(heard(p), A[:, 4800:19_200])


def test_a_fade_behind_latency_fades_the_sound_it_hears(toys):
    text = """
nodes:
  a: {{use: clip, name: a}}
  late: {{use: ahead, in: a, by: {by}}}
  f: {{use: fade, in: late, fade_in: 100 ms, fade_out: 100 ms}}
output: f
"""
    np.testing.assert_array_equal(heard(toys(text.format(by=1), a=A)), heard(toys(text.format(by=5000), a=A)))


def test_a_clip_placed_late_is_opened_only_when_it_sounds():
    opened: list[tuple[str, int]] = []
    p = planned(
        "nodes:\n  a: {use: clip, name: a}\n  b: {use: place, in: a, at: 1 h}\noutput: b",
        {"a": A},
        opened=opened,
    )
    reader = p.streams["b", "out"].open()
    assert not reader.take(RATE).any() and not opened
    reader.skip(RATE * 3599)
    np.testing.assert_array_equal(reader.take(100), A[:, :100])


def test_silence_between_placed_clips_is_never_computed(toys):
    calls: list[int] = []

    @effect
    def counted(setup: Setup) -> Effect:
        """Counts the frames it is asked for."""

        def run(x: Any, y: Any, c: Any, s: Any) -> None:
            calls.append(x.shape[1])
            y[:] = x

        return Effect(run, memory=1000)

    places = "\n".join(f"  p{k}: {{use: place, in: a, at: {k} min}}" for k in range(30))
    names = ", ".join(f"p{k}" for k in range(30))
    nodes = f"  m: {{use: sum, in: [{names}]}}\n  c: {{use: counted, in: m}}"
    text = f"nodes:\n  a: {{use: clip, name: a}}\n{places}\n{nodes}\noutput: c"
    p = planned(text, {"a": A}, more=(counted,))
    y = heard(p)
    assert sum(calls) == 30 * 30_000 + 29 * 1000
    for k in range(30):
        np.testing.assert_array_equal(y[:, k * 60 * RATE :][:, :30_000], A)
    assert np.count_nonzero(y) == 30 * np.count_nonzero(A)


def test_what_never_forgets_is_never_put_to_sleep(toys):
    p = toys(
        """
nodes:
  a: {use: clip, name: a}
  b: {use: place, in: a, at: 2 s}
  both: {use: sum, in: [a, b]}
  t: {use: total, in: both}
output: t
""",
        a=A[:1],
    )
    both = np.zeros((1, 126_000), np.float32)
    both[:, :30_000] += A[:1]
    both[:, 96_000:] += A[:1]
    np.testing.assert_allclose(heard(p), np.cumsum(both, axis=1), atol=1e-3)


def test_endless_inputs_end_with_the_longest_that_ends(toys):
    p = toys(
        "nodes:\n  a: {use: clip, name: a}\n  l: {use: loop, in: a}\n  b: {use: clip, name: b}\n"
        "  m: {use: sum, in: [l, b]}\noutput: m",
        a=A[:, :10_000],
        b=B,
    )
    assert p.streams["m", "out"].frames == 20_000


def test_a_sample_that_is_no_number_is_blamed_on_its_node(toys):
    p = toys(
        "nodes:\n  a: {use: clip, name: a}\n  g: {use: gain, in: a}\n  bad: {use: spoil, in: g}\n"
        "  after: {use: gain, in: bad}\noutput: after",
        a=A,
    )
    run = Run(p, checking=True)
    with pytest.raises(
        RenderError, match=r"^test\.yaml:4: bad: gives a sample that is not a number at 0\.000 s"
    ):
        run.stream(("after", "out")).open().take(1000)


def test_a_kernel_that_fails_is_named_with_its_line(toys):
    @effect
    def fails(setup: Setup) -> Effect:
        """Raises."""

        def run(x: Any, y: Any, c: Any, s: Any) -> None:
            raise ValueError("boo")

        return Effect(run, memory=0)

    text = "nodes:\n  a: {use: clip, name: a}\n  f: {use: fails, in: a}\n  g: {use: gain, in: f}\noutput: g"
    with pytest.raises(RenderError, match=r"^test\.yaml:3: f: failed: ValueError: boo$"):
        heard(planned(text, {"a": A}, more=(fails,)))


def test_a_live_change_ramps_and_keeps_the_state(toys):
    p = toys(
        "nodes:\n  a: {use: clip, name: a}\n  g: {use: gain, in: a}\noutput: g",
        a=np.ones((1, 48_000), np.float32),
    )
    run = Run(p)
    reader = run.stream(("g", "out")).open()
    before = reader.take(5120)
    run.change("g", "level", "-6 dB")
    after = reader.take(5120)[0]
    assert (before == 1).all()
    assert np.abs(np.diff(after)).max() < 0.0011
    np.testing.assert_allclose(after[2000:], 10 ** (-6 / 20), rtol=1e-6)


def test_a_sound_used_on_two_clocks_is_shown_as_opened_twice(toys):
    p = toys(
        "nodes:\n  a: {use: clip, name: a}\n  t: {use: trim, in: a, start: 100 ms}\n"
        "  m: {use: sum, in: [a, t]}\noutput: m",
        a=A,
    )
    assert p.openings() == {"m": 1, "t": 1, "a": 2}
    want = A.copy()
    want[:, : 30_000 - 4800] += A[:, 4800:]
    np.testing.assert_array_equal(heard(p), want)


# Random graphs: each node's text, and what numpy makes of it.

Sounds = dict[str, np.ndarray]


def _padded(x: np.ndarray, channels: int, frames: int) -> np.ndarray:
    out = np.zeros((channels, frames))
    out[:, : x.shape[1]] = x
    return out


def _summed(parts: list[np.ndarray]) -> np.ndarray:
    channels, frames = max(x.shape[0] for x in parts), max(x.shape[1] for x in parts)
    return sum((_padded(x, channels, frames) for x in parts), np.zeros((channels, frames)))


@st.composite
def random_graphs(draw: st.DrawFn) -> tuple[str, Sounds, np.ndarray]:
    """(YAML, the sounds it plays, what should be heard)."""
    sounds: Sounds = {}
    made: list[np.ndarray] = []
    lines = []
    for k in range(draw(st.integers(1, 9))):
        kinds = ["clip"] if not made else ["clip", "gain", "ahead", "sum", "sum", "place", "trim", "concat"]
        kind, pick = draw(st.sampled_from(kinds)), st.integers(0, max(0, len(made) - 1))
        if kind == "clip":
            sounds[f"s{k}"] = noise(draw(st.sampled_from([1, 2])), draw(st.integers(1, 6000)), seed=k)
            lines.append(f"  n{k}: {{use: clip, name: s{k}}}")
            made.append(sounds[f"s{k}"].astype(float))
        elif kind in ("sum", "concat"):
            feeds = draw(st.lists(pick, min_size=1, max_size=4))
            lines.append(f"  n{k}: {{use: {kind}, in: [{', '.join(f'n{i}' for i in feeds)}]}}")
            parts = [made[i] for i in feeds]
            channels = max(x.shape[0] for x in parts)
            wide = [np.broadcast_to(x, (channels, x.shape[1])) for x in parts]
            made.append(_summed(parts) if kind == "sum" else np.concatenate(wide, axis=1))
        else:
            feed, frames = draw(pick), draw(st.integers(1, 5000))
            x = made[feed]
            if kind == "gain":
                lines.append(f"  n{k}: {{use: gain, in: n{feed}, level: -6 dB}}")
                made.append(x * 10 ** (-6 / 20))
            elif kind == "ahead":
                lines.append(f"  n{k}: {{use: ahead, in: n{feed}, by: {frames}}}")
                made.append(x)
            elif kind == "place":
                lines.append(f"  n{k}: {{use: place, in: n{feed}, at: {frames / RATE!r} s}}")
                made.append(np.concatenate([np.zeros((x.shape[0], frames)), x], axis=1))
            else:
                first = min(frames, x.shape[1] - 1)
                lines.append(f"  n{k}: {{use: trim, in: n{feed}, start: {first / RATE!r} s}}")
                made.append(x[:, first:])
    last = len(made) - 1
    return "nodes:\n" + "\n".join(lines) + f"\noutput: n{last}", sounds, made[last]


@settings(max_examples=100, deadline=None)
@given(random_graphs(), st.integers(1, 7000), st.integers(1, 300), st.floats(0, 1))
def test_any_graph_is_what_numpy_makes_of_it_for_any_block_from_any_frame(graph, block, small, where):
    text, sounds, want = graph
    whole_sound = heard(planned(text, sounds, block=block, more=TOYS))
    np.testing.assert_allclose(whole_sound, want, atol=1e-5)
    assert heard(planned(text, sounds, block=small, more=TOYS)).tobytes() == whole_sound.tobytes()
    first = int(where * (want.shape[1] - 1))
    p = planned(text, sounds, block=block, more=TOYS)
    assert heard(p, first=first).tobytes() == whole_sound[:, first:].tobytes()


RINGING = """
nodes:
  a: {{use: clip, name: a}}
  low: {{use: filter, in: a, freq: 100 Hz}}
  both: {{use: sum, in: [{feeds}], until: 1.5 s}}
  last: {{use: gain, in: both}}
output: last
"""


@pytest.mark.parametrize("feeds", ["low", "low, a", "{use: ahead, in: low}", "{use: ahead, in: low}, low"])
def test_what_rings_on_beyond_its_end_does_so_in_a_stream_as_in_a_file(toys, feeds):
    p = toys(RINGING.format(feeds=feeds), a=A)
    (x,) = capture(p, p.graph.targets)
    assert np.abs(x[:, A.shape[1] :]).max() > 1e-3
    assert heard(p).tobytes() == x.tobytes()
    np.testing.assert_allclose(heard(p, first=31_000), x[:, 31_000:], atol=1e-9)


@pytest.mark.parametrize(
    ("node", "param", "raw", "said"),
    [
        ("g", "level", "99 dB", "g.level: 99 dB is outside -120 dB to 60 dB"),
        ("g", "levl", "0", "gain has no 'levl'; 'level'?"),
        ("gg", "level", "0", "there is no node 'gg'; 'g'?"),
        ("a", "name", "b", "a.name cannot change while it plays: plan again"),
    ],
)
def test_a_live_change_that_cannot_be_is_refused_in_words(toys, node, param, raw, said):
    p = toys("nodes:\n  a: {use: clip, name: a}\n  g: {use: gain, in: a}\noutput: g", a=A)
    with pytest.raises(NodeError) as caught:
        Run(p).change(node, param, raw)
    assert str(caught.value) == said
