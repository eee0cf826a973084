"""Neighbours folded into one step: the same sound, the same bits for every block, and no node is missed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import run
from conftest import RATE, Nowhere, heard, noise, planned
from hypothesis import given, settings
from hypothesis import strategies as st
from test_regions import TOYS

import audiograph
from audiograph.engine.run import Run
from audiograph.engine.steps import Step
from audiograph.errors import NodeError
from audiograph.plan import Plan
from audiograph.rendering.expectations import Meters
from audiograph.rendering.in_memory import capture
from audiograph.rendering.loading import load
from audiograph.sound import Audio

ROOT = Path(__file__).parents[2]
GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"))
SAME = -140  # dB under the loudest sample: what is lost where a float32 is rounded or is not
BELL = "{use: eq, bands: [{shape: peak, freq: 2 kHz, gain: -4 dB, q: 0.8}]}"
SHELVES = "{use: eq, bands: [{shape: lowshelf, freq: 200 Hz, gain: 3 dB}, {shape: highshelf, freq: 6 kHz}]}"
LOWPASS = "{use: filter, mode: lowpass, freq: 5 kHz, order: 3}"
GAIN, PAN, WIDTH = "{use: gain, level: -7 dB}", "{use: pan, position: 0.3}", "{use: width, width: 1.7}"
SPREAD = "{use: width, spread: 15 %}"
FADE = "{use: fade, fade_in: 100 ms, fade_out: 200 ms, curve: sine}"
SECOND = f"""
nodes: {{music: {{use: source, file: '{ROOT}/graphs/audio/music.ogg', start: 3 s, end: 4 s}}}}
output: music
"""
MUSIC, _ = audiograph.render(SECOND, rate=RATE)


def chained(links: Sequence[str], x: Audio, *, fold: bool, block: int = 512) -> Plan:
    """A clip through a chain, whose links are n0, n1, ..."""
    names = ["clip", *(f"n{k}" for k in range(len(links)))]
    lines = [
        f"  {name}: {link.replace('{use', f'{{in: {feed}, use', 1)}"
        for feed, name, link in zip(names, names[1:], links, strict=False)
    ]
    text = "nodes:\n  clip: {use: clip, name: x}\n" + "\n".join(lines) + f"\noutput: {names[-1]}"
    return planned(text, {"x": x}, block=block, more=TOYS, fold=fold)


def steps(plan: Plan, checking: bool = False) -> list[list[str]]:
    """The nodes of each step of its only output."""
    parts = Run(plan, checking=checking).open([plan.graph.targets[0].out]).parts
    return [list(part.made_of) for part in parts if isinstance(part, Step)]


def assert_alike(x: Audio, y: Audio) -> None:
    off = np.sqrt(np.mean(np.square(x - y, dtype=float)))
    assert x.any() and 20 * np.log10(off / np.abs(x).max() + 1e-12) < SAME


def mono(x: Audio) -> Audio:
    return np.ascontiguousarray(x[:1])


CASCADES = [BELL, BELL], [SHELVES, LOWPASS, BELL]
LEVELS = (
    [GAIN, GAIN],
    [GAIN, PAN],
    [PAN, WIDTH, PAN],
    [GAIN, FADE],
    [FADE, PAN],
    [GAIN, PAN, FADE, WIDTH, GAIN],
)


@pytest.mark.parametrize("x", [noise(2, 20_000), MUSIC, mono(MUSIC)], ids=["noise", "music", "mono"])
@pytest.mark.parametrize(
    "links",
    [*CASCADES, *LEVELS],
    ids=lambda links: "+".join(link[6:].split(",")[0] for link in links),
)
def test_neighbours_become_one_step_that_sounds_the_same(links, x):
    together, apart = (chained(links, x, fold=fold) for fold in (True, False))
    names = [f"n{k}" for k in range(len(links))]
    assert steps(together) == [names] and steps(apart) == [[name] for name in names]
    assert_alike(heard(together), heard(apart))


@pytest.mark.parametrize("block", [1, 64, 1000, 4096])
def test_a_fold_gives_the_same_bits_whatever_the_size_of_a_block(block):
    links, x = [SHELVES, LOWPASS, GAIN, PAN, FADE], MUSIC[:, :12_000]
    assert (
        heard(chained(links, x, fold=True, block=block)).tobytes()
        == heard(chained(links, x, fold=True)).tobytes()
    )


LINKS = st.sampled_from([BELL, SHELVES, LOWPASS, GAIN, PAN, WIDTH, SPREAD, FADE, "{use: ahead, by: 300}"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(LINKS, min_size=1, max_size=8), st.sampled_from([1, 2]), st.integers(50, 5000), st.floats(0, 1)
)
def test_any_chain_sounds_the_same_from_any_frame(links, channels, block, where):
    x = noise(channels, 15_000)
    together, apart = (chained(links, x, fold=fold, block=block) for fold in (True, False))
    assert_alike(y := heard(together), heard(apart))
    first = int(where * 14_999)
    np.testing.assert_allclose(heard(together, first=first), y[:, first:], atol=1e-8)


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_every_graph_sounds_the_same(path):
    together, apart = (load(path, fold=fold) for fold in (True, False))
    for x, y in zip(*(capture(plan, plan.graph.targets, None) for plan in (together, apart)), strict=True):
        assert_alike(x, y)


def test_what_lies_between_silences_wakes_and_sleeps_as_it_did():
    text = """
nodes:
  a: {use: clip, name: a}
  b: {use: place, in: a, at: 1 s}
  both: {use: sum, in: [a, b]}
  one: {use: eq, in: both, bands: [{shape: peak, freq: 300 Hz, gain: 6 dB, q: 4}]}
  two: {use: filter, in: one, mode: highpass, freq: 90 Hz}
output: two
"""
    together, apart = (planned(text, {"a": noise(1, 5000)}, fold=fold) for fold in (True, False))
    spans = [Run(plan).open([("two", "out")]).parts[-1].spans for plan in (together, apart)]
    assert len(spans[0]) == 2 and spans[0] == spans[1]
    x, y = heard(together), heard(apart)
    assert_alike(x, y)
    assert ((x == 0).all(axis=0) == (y == 0).all(axis=0)).mean() > 0.99


FORKED = """
nodes:
  clip: {use: clip, name: x}
  n0: {use: gain, in: clip, level: -3 dB}
  n1: {use: gain, in: n0, level: -3 dB}
  n2: {use: gain, in: n1, level: -3 dB}
"""


@pytest.mark.parametrize(
    "rest",
    [
        "  both: {use: sum, in: [n1, n2]}\noutput: both",
        "outputs: {whole: n2, part: n1}",
        "output: n2\nexpect: {n1: {duration: 1 s}}",
    ],
    ids=["heard by two", "an output", "expected"],
)
def test_what_somebody_hears_does_not_vanish(rest):
    plan = planned(FORKED + rest, {"x": MUSIC})
    assert ["n0", "n1"] in steps(plan) and ["n0", "n1", "n2"] not in steps(plan)


def test_a_sound_is_the_same_whichever_outputs_are_rendered():
    plan = planned(FORKED + "outputs: {whole: n2, part: n1}", {"x": MUSIC})
    both = capture(plan, plan.graph.targets, None)
    for target, x in zip(plan.graph.targets, both, strict=True):
        (alone,) = capture(plan, [target], None)
        assert alone.tobytes() == x.tobytes()


def test_a_node_that_is_listened_to_is_heard():
    plan = planned(FORKED + "output: n2", {"x": MUSIC})
    meters = Meters(plan, [("n1", "out")])
    run = Run(plan, taps=meters.taps)
    run.play([("n2", "out")], [plan.streams["n2", "out"].end], [Nowhere()])
    assert not run.taps.waiting()
    meters.complete(run)
    assert meters.levels["n1", "out"].sample_peak_dbfs == pytest.approx(
        20 * np.log10(np.abs(MUSIC).max()) - 6, abs=1e-3
    )


def test_where_a_wrong_sample_is_looked_for_every_node_runs_by_itself():
    plan = planned(FORKED + "output: n2", {"x": MUSIC})
    assert steps(plan, checking=True) == [["n0"], ["n1"], ["n2"]]


@pytest.mark.parametrize(
    "links",
    [
        [BELL, GAIN],
        [FADE, FADE],
        ["{use: ahead}", "{use: ahead}"],
        [GAIN, "{use: envelope, points: [{at: 0, level: 0}]}"],
    ],
)
def test_what_is_not_of_a_kind_stays_apart(links):
    assert steps(chained(links, MUSIC, fold=True)) == [["n0"], ["n1"]]


@pytest.mark.parametrize(
    ("node", "param", "raw"),
    [("n0", "level", "-1 dB"), ("n1", "position", -0.5), ("n2", "fade_in", "10 ms"), ("n3", "width", 0.5)],
)
@pytest.mark.parametrize("block", [64, 1000])
def test_a_live_change_of_a_level_sounds_the_same(node, param, raw, block):
    links = [GAIN, PAN, FADE, WIDTH]
    plans = [chained(links, MUSIC, fold=fold, block=block) for fold in (True, False)]
    assert_alike(*(changed(plan, node, param, raw) for plan in plans))


def changed(plan: Plan, node: str, param: str, raw: Any) -> Audio:
    """What is heard if a value changes after 9000 frames."""
    playing = Run(plan)
    reader = playing.stream(plan.graph.targets[0].out).open()
    before = reader.take(9000)
    playing.change(node, param, raw)
    return np.concatenate([before, reader.take(MUSIC.shape[1] - 9000)], axis=1)


def test_a_live_change_of_a_filter_ends_in_the_same_sound_without_a_click():
    plans = [chained([BELL, LOWPASS], MUSIC, fold=fold, block=1000) for fold in (True, False)]
    x, y = (changed(plan, "n1", "freq", "3 kHz") for plan in plans)
    assert_alike(x[:, :9000], y[:, :9000])
    assert np.abs(x - y)[:, 9000:11_000].max() < 0.001 * np.abs(x).max()
    assert_alike(x[:, 11_000:], y[:, 11_000:])


def test_a_live_change_that_no_longer_fits_is_refused_and_nothing_changes():
    plan = chained([SHELVES, LOWPASS], MUSIC, fold=True)
    playing = Run(plan)
    reader = playing.stream(("n1", "out")).open()
    reader.take(5000)
    with pytest.raises(NodeError, match="cannot take this value while it runs: plan again"):
        playing.change("n1", "order", 5)
    rest = reader.take(5000)
    assert rest.tobytes() == heard(chained([SHELVES, LOWPASS], MUSIC, fold=True))[:, 5000:10_000].tobytes()


def test_a_node_whose_sound_is_delayed_beside_another_can_change_live():
    text = """
nodes:
  a: {use: clip, name: x}
  dry: {use: gain, in: a}
  late: {use: ahead, in: dry, by: 500}
  both: {use: sum, in: [dry, late]}
output: both
"""
    plan = planned(text, {"x": np.ones((1, 20_000), np.float32)}, more=TOYS)
    playing = Run(plan)
    reader = playing.stream(("both", "out")).open()
    reader.take(5000)
    playing.change("dry", "level", "-6.0206 dB")
    assert reader.take(5000)[0, -1] == pytest.approx(1, abs=1e-5)


def test_the_plan_tells_the_graph_as_it_is_written():
    together, apart = (chained([BELL, BELL, GAIN, PAN], MUSIC, fold=fold) for fold in (True, False))
    assert together.openings() == apart.openings()
    assert together.effects.keys() == apart.effects.keys()


def test_mono_stays_mono_until_it_meets_stereo():
    text = """
nodes:
  a: {use: clip, name: mono}
  b: {use: clip, name: stereo}
  voice: {in: a, chain: [{use: gain}, {use: eq}, {use: width}, {use: loop, until: 1 s}, {use: fade}]}
  voices: {use: sum, in: [voice, a]}
  under: {use: duck, in: voices, key: b}
  all: {use: sum, in: [under, b]}
output: all
"""
    plan = planned(text, {"mono": noise(1, 5000), "stereo": noise(2, 5000)})
    wide = {name for (name, _), sound in plan.streams.items() if sound.channels == 2}
    assert wide == {"b", "all"}


def test_no_fold_is_an_option_of_load_and_of_render(tmp_path):
    graph = tmp_path / "mix.yaml"
    graph.write_text(
        f"nodes:\n  t: {{use: tone, length: 1 s}}\n  o: {{in: t, chain: [{BELL}, {BELL}]}}\noutput: o"
    )
    assert steps(audiograph.load(graph)) == [["o/1", "o/2"]]
    assert steps(audiograph.load(graph, fold=False)) == [["o/1"], ["o/2"]]
    for name, options in {"a.wav": [], "b.wav": ["--no-fold"]}.items():
        assert run("render", str(graph), "-o", str(tmp_path / name), "-q", *options).exit_code == 0
    sounds = [
        audiograph.render(f"nodes: {{s: {{use: source, file: '{tmp_path / name}'}}}}\noutput: s").sound
        for name in ("a.wav", "b.wav")
    ]
    assert np.abs(sounds[0] - sounds[1]).max() <= 1 / 32768
