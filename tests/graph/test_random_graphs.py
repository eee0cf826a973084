"""Random graphs, right and wrong: no traceback, no hang, no differing bit (scripts/fuzz graphs)."""

import os
import time
from collections import Counter

import pytest

if not hasattr(os, "fork"):
    pytest.skip("each graph is tried in a fork", allow_module_level=True)

from scripts.fuzzing import graphs
from scripts.fuzzing.children import outcomes
from scripts.fuzzing.making import entries

SLICES = 5
EACH = 5  # graphs in a slice; with `slow`, 2,000 are tried, and by scripts/fuzz all 20,000


@pytest.mark.parametrize("part", range(SLICES))
def test_a_slice_of_the_graphs_is_rendered_or_refused(part, tmp_path):
    kinds: Counter[str] = Counter()
    numbers = range(part * 1000, part * 1000 + EACH)
    assert graphs.run(0, numbers, tmp_path, lambda _: None, kinds) == []
    assert sum(kinds.values()) == EACH, kinds


@pytest.mark.slow
@pytest.mark.parametrize("part", range(40))
def test_many_graphs_are_rendered_or_refused(part, tmp_path):
    assert graphs.run(0, range(part * 50, part * 50 + 50), tmp_path, lambda _: None) == []


def test_every_type_and_recipe_occurs():
    numbers = range(0, graphs.PERIOD * len(entries()), graphs.PERIOD)
    assert {graphs.kind_of(number) for number in numbers} == set(entries())


def test_the_same_number_is_the_same_graph(tmp_path):
    def text(number: int) -> str:
        return graphs.Case(3, number, tmp_path).graph_text()

    assert text(5) == text(5) != text(6)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda _: os.kill(os.getpid(), 9), "crashes: SIGKILL"),
        (lambda _: os._exit(0), "ends the process"),
        (lambda _: os.write(2, b"noise"), "prints b'noise'"),
        (lambda _: 1 / 0, "ZeroDivisionError"),
        (lambda _: bytearray(8 * 2**30), "MemoryError"),
        (lambda _: time.sleep(60), "hangs: not done after 0.3 s"),
    ],
)
def test_what_hangs_crashes_or_prints_is_caught_and_the_next_is_tried(work, said):
    found = list(outcomes([1, 2], lambda number: str(work(number)) if number == 1 else "rendered", 0.3))
    assert [each.number for each in found] == [1, 2] and said in found[0].wrong
    assert (found[1].kind, found[1].wrong) == ("rendered", "")


@pytest.mark.parametrize("what", ["a thread", "an open file", "other bits"])
def test_what_a_render_leaves_behind_or_does_otherwise_is_found(what, tmp_path, monkeypatch):
    seen = []

    def work(*_: object) -> float:
        seen.append(os.open(os.devnull, os.O_RDONLY) if what == "an open file" else 0)
        if what == "a thread":
            __import__("threading").Thread(target=time.sleep, args=(2,), daemon=True).start()
        return 0.0

    if what == "other bits":
        written = graphs.Case.written
        monkeypatch.setattr(graphs.Case, "written", lambda *a: {**written(*a), "x": os.urandom(8)})
    else:
        monkeypatch.setattr(graphs, "work", work)
    failures = graphs.run(0, range(7, 8), tmp_path, lambda _: None)
    assert len(failures) == 1 and ("leaves something behind" in failures[0] or "threads: byte" in failures[0])
