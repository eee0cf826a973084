"""Limits: what a job would take more than it may, it is told of by node, line and figure; and it stops."""

import pickle
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
from command import run

import audiograph
from audiograph import Cancelled, LimitError, Limits
from audiograph.errors import GraphError
from audiograph.graph import diagnostics
from audiograph.sound import CHUNK
from audiograph.streams import spool, taps

DAY = "nodes:\n  t: {use: tone, length: 24 h, level: -90 dB}\n"
QUIET = DAY + "  s: {use: trim_silence, in: t, threshold: -50 dB}\noutput: s\n"  # listens while it is planned
PLAYED = DAY + "  g: {use: gain, in: t}\noutput: g\n"
HEARD = DAY.replace("-90", "-20") + "  m: {use: loudness, in: t}\noutput: m\n"  # heard before it plays
SILENT = "nodes:\n  t: {use: silence, length: 24 h}\noutput: t\n"  # of which there are no blocks
LATE = "nodes:\n  t: {use: tone, length: 1 s}\n  s: {use: place, in: t, at: 900 h}\n"
METERED = LATE + "  m: {use: loudness, in: s}\noutput: m\n"
ENDLESS = [QUIET, PLAYED, HEARD, SILENT, LATE + "output: s", METERED]
KINDS = ["planned", "played", "heard first", "silent", "late", "late, heard first"]
BEEP = "nodes:\n  t: {use: tone, length: 2 s}\n  g: {use: gain, in: t}\noutput: g\n"


def limited(work: Callable[[], object], limit: str) -> LimitError:
    with pytest.raises(LimitError) as caught:
        work()
    assert caught.value.limit == limit and limit in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("text", "most", "line", "said"),
    [
        (QUIET, 600, 2, "t: lasts 24 h, and max_duration allows 10 min"),
        (BEEP, 1.5, 2, "t: lasts 2 s"),
        (BEEP.replace("gain, in: t", "place, in: t, at: 3 h"), 10, 3, "g: lasts 10802 s"),
        (BEEP.replace("gain, in: t", "loop, in: t, until: 5 s"), 2, 3, "g: lasts 5 s"),
        ("nodes:\n  c: {use: concat, in: [{use: tone, length: 9 s}]}\noutput: c", 8, 2, "c/in1: lasts 9 s"),
    ],
)  # fmt: skip
def test_no_sound_lasts_longer_than_it_may(text, most, line, said):
    begun = time.monotonic()
    error = limited(lambda: audiograph.load(text, limits=Limits(max_duration=most)), "max_duration")
    assert error.problem.where == f"mix:{line}" and said in str(error)
    assert time.monotonic() - begun < 2, "and nobody listens to it first"


def test_what_lasts_as_long_as_it_may_plays_and_endless_sounds_count_by_what_is_taken_of_them():
    assert audiograph.render(BEEP, limits=Limits(max_duration=2)).sound.shape[1] == 2 * 44_100
    cut = "nodes:\n  t: {use: tone}\n  c: {use: trim, in: t, end: 1 s}\noutput: c"
    assert audiograph.render(cut, limits=Limits(max_duration=1)).sound.shape[1] == 44_100


def test_nodes_are_counted_where_recipes_are_unfolded():
    error = limited(lambda: audiograph.load(BEEP, limits=Limits(max_nodes=1)), "max_nodes")
    assert str(error) == "mix:3: g: is node 2 of the graph, and max_nodes allows 1"
    assert audiograph.load(BEEP, limits=Limits(max_nodes=2))
    phone = "nodes:\n  t: {use: tone, length: 1 s}\n  p: {use: telephone, in: t}\noutput: p"
    count = len(audiograph.load(phone).graph.nodes)
    assert audiograph.load(phone, limits=Limits(max_nodes=count))
    assert limited(lambda: audiograph.load(phone, limits=Limits(max_nodes=count - 1)), "max_nodes")


@pytest.mark.parametrize("last", ["nodes: {x: {use: sum, in: in}}\noutput: x", "output: in"])
def test_recipes_that_multiply_stop_at_the_limit(tmp_path, last):
    for k in range(30):
        inner = (
            f"nodes: {{a: {{use: ./r{k + 1}.yaml, in: in}}, b: {{use: ./r{k + 1}.yaml, in: a}}}}\noutput: b"
        )
        (tmp_path / f"r{k}.yaml").write_text(f"inputs: [in]\n{inner if k < 29 else last}\n")
    (tmp_path / "mix.yaml").write_text(BEEP.replace("use: gain", "use: ./r0.yaml"))
    error = limited(lambda: audiograph.load(tmp_path / "mix.yaml", limits=Limits(max_nodes=200)), "max_nodes")
    assert "201" in str(error) and "mix.yaml:3" in str(error)
    limits = Limits(max_seconds=0.3)
    assert "300 ms" in str(
        limited(lambda: audiograph.load(tmp_path / "mix.yaml", limits=limits), "max_seconds")
    )


def test_aliases_that_multiply_and_values_that_are_huge_are_refused_at_once():
    levels = "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12))
    huge = ["${9 ** 9 ** 9}", "9" * 90 + " s", "1e400 s", "[" * 99 + "]" * 99]
    for text in (f"a0: &a0 [x]\n{levels}{BEEP}", *(BEEP.replace("2 s", each) for each in huge)):
        begun = time.monotonic()
        with pytest.raises(GraphError):
            audiograph.load(text, limits=Limits(max_seconds=60))
        assert time.monotonic() - begun < 2


def test_thousands_of_mistakes_end_in_time():
    lines = "".join(f"  n{k}: {{use: gain, in: nobody{k}}}\n" for k in range(20_000))
    begun = time.monotonic()
    limited(
        lambda: audiograph.load(f"nodes:\n{lines}output: n1\n", limits=Limits(max_seconds=1)), "max_seconds"
    )
    assert time.monotonic() - begun < 4  # the text alone takes a second or two


def test_more_mistakes_than_anybody_reads_are_not_looked_for(monkeypatch):
    """Each looks for the nearest of all names, however long they are."""
    monkeypatch.setattr(diagnostics, "MOST", 60)
    params = ",".join(f"p{n}: {{type: number, default: '${{q{n}}}'}}" for n in range(200))
    text = "nodes: {x: {use: tone, length: 1 ms}}\noutput: x\n"
    long = f"params: {{p: {{type: text, default: &p {'a' * 10**6}}}}}\nnodes:\n"
    long += "".join(f"  n{n}: {{use: gain, in: *p}}\n  m{n}: {{use: tone, length: *p}}\n" for n in range(60))
    begun = time.monotonic()
    for graph in (f"params: {{{params}}}\n{text}", f"{long}output: x\n"):
        with pytest.raises(GraphError) as caught:
            audiograph.load(graph)
        assert len(caught.value.problems) == 61 and len(str(caught.value)) < 20_000
        assert caught.value.problems[-1].what == "there may be more problems than these 60"
    assert time.monotonic() - begun < 8, "a name of a megabyte is compared with none: it takes a second each"


@pytest.mark.parametrize("text", ENDLESS, ids=KINDS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_time_ends_in_planning_and_in_rendering(tmp_path, text, jobs):
    file, begun = tmp_path / "mix.wav", time.monotonic()
    error = limited(
        lambda: audiograph.render(text, file, jobs=jobs, limits=Limits(max_seconds=0.3)), "max_seconds"
    )
    assert error.problem.where in ("mix:2", "mix:3", "mix:4") and "300 ms" in str(error)
    assert time.monotonic() - begun < 3 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ENDLESS, ids=KINDS)
@pytest.mark.parametrize("jobs", [1, 2])
def test_another_thread_cancels_planning_and_rendering(tmp_path, text, jobs):
    cancel, file = threading.Event(), tmp_path / "mix.wav"
    threading.Timer(0.3, cancel.set).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled, match=r"mix:[234]: [tgms]: is cancelled"):
        audiograph.render(text, file, jobs=jobs, limits=Limits(cancel=cancel))
    assert 0.2 < time.monotonic() - begun < 3 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("use", ["sum", "concat"])
def test_the_time_of_a_node_with_thousands_of_inputs_ends(use):
    text = (
        f"nodes:\n  t: {{use: tone, length: 10 ms}}\n  s: {{use: {use}, in: [{'t,' * 15_000}]}}\noutput: s\n"
    )
    plan, begun = audiograph.load(text), time.monotonic()
    limited(lambda: audiograph.render(plan, bytes, limits=Limits(max_seconds=0.01)), "max_seconds")
    assert time.monotonic() - begun < 1, "making 15,000 calls takes a second and more"


def test_a_stream_is_cancelled_and_its_reader_may_take_its_time():
    cancel = threading.Event()
    playback = audiograph.stream(BEEP, limits=Limits(cancel=cancel, max_seconds=5), block=1024)
    blocks = iter(playback)
    next(blocks)
    cancel.set()
    with pytest.raises(Cancelled):
        list(blocks)
    slow = audiograph.stream(BEEP, limits=Limits(max_seconds=0.3), block=50_000)
    assert sum(x.shape[1] + 0 * bool(time.sleep(0.2)) for x in slow) == 2 * 44_100


def test_a_plan_that_is_rendered_later_has_its_seconds_from_then_on():
    plan = audiograph.load(BEEP, limits=Limits(max_seconds=0.5))
    time.sleep(0.6)
    assert audiograph.render(plan).sound.any() and plan.streams["g", "out"].open().take(100).any()
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        audiograph.render(plan, limits=Limits(cancel=cancel))
    assert audiograph.render(plan).sound.any(), "that was of one render alone"
    long = audiograph.load(PLAYED, limits=Limits(max_seconds=0.3))
    for _ in range(2):
        limited(lambda: audiograph.render(long, bytes, jobs=1), "max_seconds")


def test_a_file_that_does_not_say_its_length_is_not_read_to_its_end(tmp_path):
    file = tmp_path / "long.flac"
    soundfile.write(file, np.zeros(44_100 * 600, np.int16), 44_100)
    raw = bytearray(file.read_bytes())
    raw[21:26] = bytes([raw[21] & 0xF0, 0, 0, 0, 0])  # STREAMINFO: the number of samples is not known
    file.write_bytes(raw)
    text = f"nodes:\n  t: {{use: source, file: {file}}}\noutput: t"
    asked = []

    class Patient:
        def is_set(self):
            asked.append(1)
            return len(asked) == 20

    with pytest.raises(Cancelled, match="mix:2: t: "):
        audiograph.load(text, limits=Limits(cancel=Patient()))
    assert audiograph.load(text).streams["t", "out"].frames == 44_100 * 600


def test_memory_of_results_and_of_buffers_is_limited(monkeypatch):
    error = limited(
        lambda: audiograph.render(DAY + "output: t", limits=Limits(max_memory=10**9)), "max_memory"
    )
    assert str(error) == "mix:3: t: takes 1.52e+04 MB of memory, and max_memory allows 1e+03 MB"
    two = BEEP.replace("output: g", "outputs: {a: t, b: g}")
    error = limited(lambda: audiograph.render(two, limits=Limits(max_memory=500_000)), "max_memory")
    assert "b: takes 0.706 MB" in str(error)
    assert audiograph.render(two, limits=Limits(max_memory=2 * 10**6)).sound["a"].any()
    error = limited(lambda: audiograph.render(BEEP, bytes, limits=Limits(max_memory=200_000)), "max_memory")
    assert "g: takes" in str(error)
    assert audiograph.render(BEEP, bytes, limits=Limits(max_memory=2 * 10**6))
    error = limited(lambda: list(audiograph.stream(BEEP, limits=Limits(max_memory=10))), "max_memory")
    assert "g: takes" in str(error)


def test_limits_change_no_bit():
    limits = Limits(max_duration=10, max_nodes=10, max_memory=10**8, max_seconds=60, cancel=threading.Event())
    text = HEARD.replace("24 h", "9 s")
    for jobs in (1, 2):
        assert audiograph.render(text, bytes, jobs=jobs, limits=limits) == audiograph.render(text, bytes)


def test_silence_is_the_same_in_steps(tmp_path, monkeypatch):
    """Between them the limits are looked at."""
    text = "nodes:\n  t: {use: noise, length: 1 s}\n  s: {use: place, in: t, at: 3 s}\n"
    text += "  m: {use: loudness, in: s}\noutputs: {m.wav: m, s.wav: s, s.ogg: s, s.mp3: s}\n"
    made = []
    for step in (1 << 30, CHUNK, 9999):
        for module in (taps, spool):
            monkeypatch.setattr(module, "STEP", step)
        audiograph.render(text, tmp_path)
        made.append({path.name: path.read_bytes() for path in tmp_path.iterdir()})
    assert len(made[0]) == 4 and made[0] == made[1] == made[2]


@pytest.mark.parametrize("name", ["max_duration", "max_nodes", "max_memory", "max_seconds"])
@pytest.mark.parametrize("most", [0, -1, "5", float("nan"), True])
def test_a_limit_is_a_number_above_zero(name, most):
    with pytest.raises(GraphError, match=f"{name}: .* is not a number above 0"):
        Limits(**{name: most})


def test_limits_of_the_wrong_kind_are_refused_and_numbers_of_numpy_taken():
    for name, value, said in (
        ("jail", 3, "jail: 3 is not the path of a folder"),
        ("jail", b".", "jail: b'.' is not the path"),
        ("cancel", 3, "cancel: 3 has no is_set"),
        ("max_seconds", 10**400, "max_seconds: .* is not a number above 0"),
    ):
        with pytest.raises(GraphError, match=said):
            Limits(**{name: value})
    assert Limits(max_seconds=np.float32(3), max_nodes=np.int64(3)).started().max_nodes == 3


def test_the_errors_can_be_pickled():
    error = limited(lambda: audiograph.load(BEEP, limits=Limits(max_nodes=1)), "max_nodes")
    again = pickle.loads(pickle.dumps(error))
    assert (again.limit, again.problem, str(again)) == (error.limit, error.problem, str(error))
    assert pickle.loads(pickle.dumps(Cancelled(error.problem))).problem == error.problem


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--max-duration", "1 s"], "mix.yaml:2: t: lasts 2 s, and max_duration allows 1 s"),
        (["--max-nodes", "1"], "mix.yaml:3: g: is node 2 of the graph"),
        (["--max-memory", "100 kB"], "g: takes"),
        (["--max-seconds", "1 ms"], "max_seconds"),
    ],
)
def test_every_command_that_loads_a_graph_has_them(tmp_path, words, said):
    path = tmp_path / "mix.yaml"
    path.write_text(BEEP)
    for command in (["render", "-o", tmp_path / "x.wav"], ["check"], ["show"], ["credits"]):
        if words[0] == "--max-memory" and command[0] != "render":
            continue
        done = run(*command, path, *words)
        assert done.exit_code == 1 and said in done.stderr and len(done.stderr.splitlines()) == 1, done.output
    assert not (tmp_path / "x.wav").exists()
    assert run("check", path, "--max-duration", "2 s", "--max-nodes", 2, "--max-memory", "1GB").exit_code == 0


@pytest.mark.parametrize(
    "words", [["--max-memory", "much"], ["--max-seconds", "5 dB"], ["--max-duration", "0"]]
)
def test_an_option_that_is_no_figure_is_wrong_usage(tmp_path, words):
    path = tmp_path / "mix.yaml"
    path.write_text(BEEP)
    assert run("check", path, *words).exit_code == 2
