"""Worker threads: the same bits, errors where they belong, and nothing left behind."""

import gc
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import graph as graph_file
from command import run as command
from conftest import RATE, Nowhere, noise, planned
from hypothesis import given, settings
from hypothesis import strategies as st
from test_regions import TOYS, random_graphs

import audiograph
from audiograph.engine import workers
from audiograph.engine.branches import branches
from audiograph.engine.prefetch import QUEUE_BATCHES, batches_ahead
from audiograph.engine.run import Run
from audiograph.engine.workers import Abandoned, WorkerPool
from audiograph.errors import NodeError, RenderError
from audiograph.graph import Graph
from audiograph.node import Effect, Setup, effect, timeline
from audiograph.plan import Plan
from audiograph.rendering.expectations import Meters
from audiograph.rendering.files import render
from audiograph.rendering.in_memory import capture
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files
from audiograph.sound import Audio, Stream
from audiograph.streams import spool

ROOT = Path(__file__).parents[2]
GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"))
TWO = """
nodes:
  a: {use: clip, name: a}
  b: {use: clip, name: b}
  soft: {use: gain, in: a, level: -6 dB}
  low: {use: filter, in: b, mode: lowpass, freq: 1 kHz}
  mix: {use: sum, in: [soft, low]}
output: mix
"""
LONG = {"a": noise(2, 400_000), "b": noise(2, 400_000, seed=1)}


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def sounds(plan: Plan, jobs: int) -> bytes:
    """Every output of a plan."""
    return b"".join(x.tobytes() for x in capture(plan, plan.graph.targets, None, jobs))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
@pytest.mark.parametrize(("jobs", "block"), [(2, 32_768), (4, 7777)])
def test_every_graph_gives_the_same_bits_whatever_works_at_it(path, jobs, block):
    assert sounds(load(path, block=block), jobs) == sounds(load(path), 1)


@settings(max_examples=40, deadline=None)
@given(random_graphs(), st.integers(100, 7000), st.integers(2, 4))
def test_any_graph_gives_the_same_bits_whatever_works_at_it(graph, block, jobs):
    text, clips, _ = graph
    alone, together = (planned(text, clips, block=block, more=TOYS) for _ in range(2))
    assert sounds(alone, 1) == sounds(together, jobs)


def test_a_file_measures_the_same_whatever_works_at_it(tmp_path):
    reports = []
    for jobs in (1, 3):
        plan = planned(TWO, LONG)
        files = output_files(plan, "mix", tmp_path / "mix.wav")
        reports.append(render(plan, files, measured=True, threads=jobs))
    assert reports[0].files == reports[1].files
    assert reports[0].spent.keys() == reports[1].spent.keys()


def test_no_node_is_charged_for_waiting(tmp_path):
    slept: list[float] = []

    @effect
    def slow(setup: Setup) -> Effect:
        """Takes its time."""

        def run(x: Audio, y: Audio, c: object, s: object) -> None:
            begun = time.perf_counter()
            time.sleep(0.02)
            y[:] = x
            slept.append(time.perf_counter() - begun)

        return Effect(run, memory=0)

    plan = planned(
        TWO.replace("{use: gain, in: a, level: -6 dB}", "{use: slow, in: a}"),
        LONG,
        block=40_000,
        more=(slow,),
    )
    report = render(plan, output_files(plan, "mix", tmp_path / "mix.wav"), measured=True, threads=3)
    assert sum(slept) <= report.spent["soft"] < 1.5 * sum(slept)


def test_a_node_in_the_midst_of_a_mix_is_heard_in_passing_by_many_threads_too():
    heard = []
    for jobs in (1, 3):
        plan = planned(TWO, LONG)
        meters = Meters(plan, [("soft", "out"), ("low", "out"), ("a", "out")])
        run = Run(plan, taps=meters.taps)
        run.play([("mix", "out")], [400_000], [Nowhere()], threads=jobs)
        meters.complete(run)
        heard.append(meters.levels)
    assert heard[0] == heard[1]


MEETING = threading.Barrier(2)


@effect
def together(setup: Setup) -> Effect:
    """Does its first blocks only when another one does so at the same time."""
    blocks = count()

    def run(x: Audio, y: Audio, c: object, s: object) -> None:
        y[:] = x
        if next(blocks) < 3:
            MEETING.wait(10)

    return Effect(run, memory=0)


ENDLESS_FEED = """
nodes:
  noise: {use: noise, level: -60 dB}
  voice: {use: tone, length: 300 ms}
  ends: {use: sum, in: [noise, voice], until: 200 ms}
  music: {use: tone, freq: 300 Hz, length: 500 ms}
"""


@pytest.mark.parametrize(
    "more",
    [
        "  mix: {use: sum, in: [ends, music]}\noutput: mix",  # of a source that never ends
        "  twice: {use: loop, in: ends, until: 2 s}\noutput: twice",
        "  part: {use: concat, in: [ends, music], gap: 1 s}\noutput: part",
        "  both: {use: loudness, in: {use: sum, in: [music, {use: fade, in: ends}]}}\noutput: both",
    ],
)
def test_what_ends_is_ended_though_its_source_never_ends(more):
    plan = load(ENDLESS_FEED + more)
    (one,) = capture(plan, plan.graph.targets, threads=1)
    for threads in (2, 3):
        assert np.array_equal(capture(plan, plan.graph.targets, threads=threads)[0], one)


def test_independent_branches_are_at_work_at_the_same_time():
    text = """
nodes:
  a: {use: clip, name: a}
  b: {use: clip, name: b}
  one: {use: together, in: a}
  two: {use: together, in: b}
  mix: {use: sum, in: [one, two]}
output: mix
"""
    plan = planned(text, LONG, more=(together,))
    (x,) = capture(plan, plan.graph.targets, None, 2)
    np.testing.assert_array_equal(x, LONG["a"] + LONG["b"])


def graph(nodes: str) -> Graph:
    clips = "".join(f"  {name}: {{use: clip, name: {name}}}\n" for name in "abc")
    short = {name: noise(1, 100) for name in "abc"}
    return planned(f"nodes:\n{clips}{nodes}\noutput: a", short).graph


X, Y = "  x: {use: gain, in: a}\n", "  y: {use: gain, in: b}\n"
AFTER = "  y: {use: gain, in: x}\n"


@pytest.mark.parametrize(("nodes", "outs", "found"), [
    (X + "  end: {use: gain, in: x}", ["end"], ""),
    (X + "  end: {use: sum, in: [x, b]}", ["end"], "x"),
    (X + Y + "  end: {use: duck, in: x, key: y}", ["end"], "xy"),
    (X + "  y: {use: gain, in: a}\n  end: {use: sum, in: [x, y]}", ["end"], ""),
    (X + AFTER + "  end: {use: sum, in: [x, y]}", ["end"], "x"),
    ("  x: {use: duck, in: a, key: b}\n" + AFTER + "  end: {use: sum, in: [y, c]}", ["end"], "y"),
    (X + "  end: {use: duck, in: b, key: a}", ["x", "end"], ""),
    (X + "  end: {use: sum, in: [x, b]}", ["x", "end"], "x"),
    (X + AFTER + "  end: {use: sum, in: [y, b]}", ["x", "end"], "x"),
    (X + Y, ["x", "y"], "xy"),
])  # fmt: skip
def test_a_region_is_cut_where_a_branch_shares_nothing(nodes, outs, found):
    assert set(branches(graph(nodes), [(out, "out") for out in outs])) == {(name, "out") for name in found}


def failing(error: Exception, after: int = 3) -> Plan:
    @timeline(inputs=())
    def breaks(setup: Setup) -> Stream:
        """Sounds for a while, then fails."""

        def chunks(first: int) -> Iterator[Audio]:
            for _ in range(after):
                yield np.ones((2, 20_000), np.float32)
            raise error

        return Stream(setup.rate, 2, 400_000, chunks=chunks)

    text = TWO.replace("{use: clip, name: b}", "{use: breaks}")
    return planned(text, LONG, more=(breaks,))


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_an_error_arrives_with_its_own_type_and_the_place_where_it_was_raised(jobs):
    plan = failing(NodeError("is tired"))
    with pytest.raises(NodeError, match=r"^is tired$") as caught:
        capture(plan, plan.graph.targets, None, jobs)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == "raise error"


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_what_somebody_wrote_and_fails_is_named(jobs):
    plan = failing(ValueError("boo"))
    with pytest.raises(RenderError, match=r"^test\.yaml:\d: \w+: failed: ValueError: boo$"):
        capture(plan, plan.graph.targets, None, jobs)


def test_an_error_past_the_end_of_what_is_wanted_is_none():
    plan = failing(NodeError("is tired"), after=3)
    out = plan.graph.targets[0].out
    Run(plan).play([out], [59_000], [Nowhere()], threads=2)


class Enough(BaseException):
    pass


@pytest.mark.parametrize("error", [Enough, KeyboardInterrupt, ValueError])
def test_what_the_progress_raises_ends_all_threads_at_once(error):
    plan = planned("nodes: {a: {use: noise, length: 10 h}, b: {use: gain, in: a}}\noutput: b", {})
    begun = time.monotonic()

    def stop(part: float) -> None:
        if part > 0:
            raise error

    with pytest.raises(error):
        Run(plan).play([("b", "out")], [plan.streams["b", "out"].end], [Nowhere()], stop, threads=3)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("error", [Enough, ValueError])
def test_a_node_that_hears_hours_first_is_ended_at_once_too(error, jobs):
    @timeline
    def patient(setup: Setup) -> Stream:
        """Hears all of its input first."""
        (sound,) = setup.inputs
        heard = spool.once(lambda: spool.record(sound, progress=setup.progress))
        return replace(sound, chunks=lambda first: heard().chunks(first), two_pass=True)

    hours = (
        "nodes: {a: {use: noise, length: 10 h}, b: {use: patient, in: a}, c: {use: gain, in: b}}\noutput: c"
    )
    plan = planned(hours, {}, more=(patient,))
    told: list[float] = []

    def stop(part: float) -> None:
        told.append(part)
        if part > 1e-6:
            raise error

    with pytest.raises(error):
        Run(plan).play([("c", "out")], [plan.streams["c", "out"].end], [Nowhere()], stop, threads=jobs)
    assert told[-1] < 0.1


def test_progress_is_told_in_the_thread_that_asked_and_never_goes_back():
    told: list[tuple[threading.Thread, float]] = []
    plan = planned(TWO, LONG)
    capture(plan, plan.graph.targets, lambda part: told.append((threading.current_thread(), part)), 3)
    parts = [part for _, part in told]
    assert {thread for thread, _ in told} == {threading.current_thread()}
    assert parts == sorted(parts) and parts[-1] == 1


def test_one_job_starts_no_thread(monkeypatch):
    monkeypatch.setattr(workers, "Thread", None)
    plan = planned(TWO, LONG)
    capture(plan, plan.graph.targets, None, 1)


def copied(x, copy):
    return copy(x)


def counting(frames: int, told: list[int]) -> Iterator[Audio]:
    x = np.zeros((1, 32_768), np.float32)
    for n in range(frames):
        told.append(n)
        x[:] = n
        yield x


def test_items_come_in_order_though_one_array_is_used_again_and_again():
    with WorkerPool(3) as pool:
        assert [int(x[0, -1]) for x in pool.prefetch(counting(50, []), copied)] == list(range(50))


def test_a_queue_runs_ahead_and_no_further_than_there_is_room():
    told: list[int] = []
    with WorkerPool(2) as pool:
        reading = pool.prefetch(counting(1000, told), copied)
        until = time.monotonic() + 5
        while len(told) < 2 * QUEUE_BATCHES and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(told) == 2 * QUEUE_BATCHES  # two such mono chunks are a batch
        del reading


def test_a_queue_that_is_left_is_made_no_further():
    told: list[int] = []
    with WorkerPool(2) as pool:
        reading = pool.prefetch(counting(10**9, told), copied)
        next(reading)
        del reading
        gc.collect()
        time.sleep(0.02)
        far = len(told)
        time.sleep(0.02)
        assert len(told) == far


def test_what_comes_before_an_error_is_given_first():
    def items() -> Iterator[Audio]:
        yield np.ones((1, 10), np.float32)
        raise NodeError("no more")

    with WorkerPool(2) as pool:
        reading = pool.prefetch(items(), copied)
        assert next(reading).shape == (1, 10)
        with pytest.raises(NodeError, match="no more"):
            next(reading)


@pytest.mark.parametrize("threads", [2, 4])
@pytest.mark.parametrize("stop", [Abandoned, Enough, SystemExit])
def test_a_queue_abandoned_in_its_midst_raises_and_never_looks_ended(threads, stop):
    def items() -> Iterator[Audio]:
        yield from counting(3, [])
        raise stop

    def sound() -> Iterator[Audio]:
        yield from pool.prefetch(items(), copied)

    with WorkerPool(threads) as pool:
        inner = Stream(RATE, 1, 10 * 32_768, chunks=lambda first: pool.prefetch(sound(), copied))
        reader = inner.open()
        heard = []
        for _ in range(3):
            with pytest.raises(stop):
                while True:
                    heard.append(int(reader.take(32_768)[0, -1]))
        assert heard == list(range(len(heard))) and len(heard) <= 3


def test_queues_that_feed_queues_never_wait_for_each_other():
    def joined(pool: WorkerPool, depth: int) -> Iterator[Audio]:
        if not depth:
            yield from counting(20, [])
            return
        feeds = [pool.prefetch(joined(pool, depth - 1), copied) for _ in range(3)]
        for parts in zip(*feeds, strict=True):
            yield sum(parts)

    for threads in (2, 3, 5):
        with WorkerPool(threads) as pool:
            assert [int(x[0, 0]) for x in pool.prefetch(joined(pool, 3), copied)] == [
                27 * n for n in range(20)
            ]


@pytest.fixture
def pools(monkeypatch) -> list[int]:
    """How many threads each pool has that is put together."""
    made: list[int] = []

    def pool(threads: int, *more: Any) -> WorkerPool:
        made.append(threads)
        return WorkerPool(threads, *more)

    monkeypatch.setattr("audiograph.engine.run.WorkerPool", pool)
    monkeypatch.setattr("audiograph.engine.run.processors", lambda: 7)
    return made


def test_threads_are_as_many_as_asked_for_and_else_one_a_core_but_for_short_sounds(tmp_path, pools):
    def beep(length: int) -> str:
        return f"nodes: {{beep: {{use: tone, length: {length} s}}}}\noutput: beep"

    audiograph.render(beep(1))
    audiograph.render(beep(21), jobs=1)
    assert not pools
    audiograph.render(beep(21))
    audiograph.render(beep(1), bytes, jobs=3)
    audiograph.render(beep(1), tmp_path / "beep.wav", jobs=2)
    assert command("render", graph_file(tmp_path), "--jobs", 4, "-o", tmp_path / "out.wav").exit_code == 0
    assert pools == [7, 3, 2, 4]


def test_while_a_pool_is_at_work_threads_give_way_soon():
    before = sys.getswitchinterval()
    with WorkerPool(2):
        with WorkerPool(2):
            assert sys.getswitchinterval() < before
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before


def test_the_more_queues_the_less_each_runs_ahead():
    assert [batches_ahead(queues) for queues in (1, 3, 4, 5, 9, 32)] == [3, 3, 2, 1, 1, 1]
