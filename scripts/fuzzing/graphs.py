"""Graphs, right and wrong: no traceback, no hang, no differing bit.

Three in five are right and are rendered by one thread and by two, in blocks of
several sizes, from the beginning and from within: all must give the same bits.
The others are wrong: damaged text, values of the wrong kind, programs. What is
wrong with them must be an AudiographError, and of a GraphError every problem
must be one line with a place. A right graph may be refused, too, such as where
it never ends.
"""

import gc
import random
import re
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import audiograph
from audiograph.errors import AudiographError, GraphError, Problem, Setting
from audiograph.language.mix import Mix
from audiograph.plan import Plan
from audiograph.rendering.files import render as write_files
from audiograph.rendering.outputs import output_files
from scripts.fuzzing import breaking
from scripts.fuzzing.children import SECONDS, outcomes
from scripts.fuzzing.making import Making, entries, sounds, text

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r".+:\d+")  # file and line
LONGEST = 600  # characters of a message
MOST_WORK = 250 * 48_000  # samples of all nodes together; what takes more is not rendered
FORGOTTEN = 1e-6  # of the peak: what effects still know, when a stream begins within, of what was before
MOST_BLOCKS = 400  # of a render
RIGHT = 3  # of PERIOD graphs
PERIOD = 5


class Case:
    """One graph, and the folder it lies in, with sounds."""

    def __init__(self, seed: int, number: int, folder: Path) -> None:
        self.rng = random.Random(f"graph {seed} {number}")
        self.number, self.folder = number, folder
        self.files = [path.name for path in sorted(folder.glob("sound*"))]
        self.first = kind_of(number)
        self.is_right = number % PERIOD < RIGHT

    def run(self) -> str:
        """Try it; returns what became of it. Raises AssertionError, or anything else, for what is wrong."""
        before = _state()
        try:
            result = self.right() if self.is_right else self.wrong()
        finally:
            if _state() != before:  # what is only garbage is no leak
                gc.collect()
        left = [f"{what}: {a} before, {b} after" for what, a, b in zip(STATE, before, _state()) if a != b]  # noqa: B905
        assert not left, f"leaves something behind: {'; '.join(left)}"
        return result

    def right(self) -> str:
        """A graph that is right, or refused in good words."""
        path = self.folder / "mix.yaml"
        path.write_text(self.graph_text(), "utf-8")
        try:
            plan = audiograph.load(path)
        except GraphError as error:
            check(error, path)
            return "refused"
        if work(plan) > MOST_WORK:
            return "long"
        return self.rendered(plan, path)

    def graph_text(self) -> str:
        """A graph that is right; sometimes with a recipe of its own, beside it."""
        making = Making(self.rng, self.files, self.first)
        if self.rng.random() < 0.15:
            recipe = Making(self.rng, self.files, self.first if self.rng.random() < 0.5 else "").recipe()
            (self.folder / "own.yaml").write_text(text(recipe, self.rng), "utf-8")
            feed = {name.rstrip("?"): {"use": "tone", "length": "400 ms"} for name in recipe["inputs"]}
            making.nodes["own"] = {"use": "./own.yaml", **feed}
            making.unread.append("own")
        return text(making.graph(), self.rng)

    def rendered(self, plan: Plan, path: Path) -> str:
        """Render a graph in several ways, and compare every bit."""
        longest = max(stream.frames or 0 for stream in plan.streams.values())
        small = max(self.rng.choice((64, 100, 1000, 4097)), longest // MOST_BLOCKS)
        cut = audiograph.load(path, block=small)
        first = self.written(plan, path, 0, 1)
        for index, (other, jobs) in enumerate(((plan, 2), (cut, 2), (cut, 1)), 1):
            again, how = self.written(other, path, index, jobs), f"blocks of {other.block}, {jobs} threads"
            assert first.keys() == again.keys(), f"{how}: {set(first) ^ set(again)}"
            for name in first:
                assert first[name] == again[name], f"{how}: {difference(first[name], again[name])} in {name}"
        if "failed" not in first:
            self.streamed(plan, cut)
        return "failed" if "failed" in first else "rendered"

    def written(self, plan: Plan, path: Path, index: int, jobs: int) -> dict[str, Any]:
        """The files of one render, by name, with their facts; or how it failed."""
        out = self.folder / f"out{index}"
        out.mkdir()
        try:
            report = write_files(plan, output_files(plan, "mix", out), threads=jobs)
        except GraphError as error:
            check(error, path)
            return {"failed": str(error).replace(str(out), "")}
        except AudiographError as error:
            one_line(str(error))
            return {"failed": ""}  # which sample is found first may depend on the block
        facts = [(each.path.name, each.frames, each.peak, each.clipped) for each in report.files]
        said = [str(each) for each in report.findings], facts  # what is noted depends on what was made ahead
        return {"facts": repr(said), **{each.name: each.read_bytes() for each in out.iterdir()}}

    def streamed(self, plan: Plan, cut: Plan) -> None:
        """Stream an output from somewhere within, and compare it with the whole."""
        target = self.rng.choice(plan.graph.targets)
        whole = audiograph.render(plan, output=target.name)
        assert isinstance(whole.sound, np.ndarray)
        x = whole.sound
        first = self.rng.choice((0, self.rng.randrange(x.shape[1] + 1)))
        parts = list(audiograph.stream(cut, first=first / plan.rate, output=target.name))
        heard = np.concatenate([np.zeros((x.shape[0], 0), np.float32), *parts], axis=1)
        assert heard.shape == x[:, first:].shape, (
            f"from frame {first}: {heard.shape}, not {x[:, first:].shape}"
        )
        off = float(np.abs(heard - x[:, first:]).max(initial=0.0))
        most = FORGOTTEN * float(np.abs(x).max(initial=0.0)) if first else 0.0
        assert off <= most, f"stream from frame {first}, blocks of {cut.block}: {off:.3g} off"

    def wrong(self) -> str:
        """A graph that is wrong, or at least damaged."""
        rng = self.rng
        shape = rng.randrange(5)
        graph = Making(rng, self.files, self.first).graph()
        if rng.random() < 0.2:
            path = rng.choice(
                sorted([*(ROOT / "graphs").glob("*.yaml"), *(ROOT / "audiograph/recipes").glob("*.yaml")])
            )
            graph = yaml.safe_load(path.read_text("utf-8"))
        settings: dict[str, Any] = {}
        if shape == 0:
            return self.tried(lambda: breaking.mix(graph, rng), settings)
        if shape == 1:
            return self.tried(lambda: breaking.broken_text(text(graph, rng), rng), settings)
        if shape == 2:
            name = rng.choice([*graph.get("nodes", {}), *graph.get("params", {}), *breaking.KEYS])
            keys = [name, f"{name}.{rng.choice(('level', 'length', 'file', 'x', ''))}"]
            settings = {rng.choice(keys): breaking.wrong_value(rng)}
            return self.tried(lambda: text(graph, rng), settings)
        return self.tried(lambda: breaking.dumped(breaking.broken_graph(graph, rng), rng), settings)

    def tried(self, source: Callable[[], str | Mix], settings: dict[str, Any]) -> str:
        """Load a graph, and render it if it can be; as a command and a program do."""
        path = self.folder / "mix.yaml"
        try:
            graph = source()
            if isinstance(graph, str):
                path.write_bytes(graph.encode(errors="surrogatepass"))
            else:
                with suppress(GraphError):
                    graph.save(path)
            plan = audiograph.load(path if isinstance(graph, str) else graph, settings)
            if work(plan) > MOST_WORK:
                return "long"
            out = self.folder / "out"
            out.mkdir()
            write_files(plan, output_files(plan, "mix", out), threads=self.rng.choice((1, 2)))
        except GraphError as error:
            check(error, path)
            return "refused"
        except AudiographError as error:
            one_line(str(error))
            return "failed"
        return "rendered"


def kind_of(number: int) -> str:
    """The type or recipe that occurs in the graph of this number."""
    kinds = list(entries())
    return kinds[number // PERIOD % len(kinds)]


STATE = ("garbage is collected", "threads", "open files")


def _state() -> tuple[bool, int, int]:
    """What no render may change in its process."""
    return gc.isenabled(), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def check(error: GraphError, path: Path) -> None:
    """Every problem must be one line that is not too long, and name a line."""
    assert error.problems, "a GraphError without a problem"
    for problem in error.problems:
        one_line(str(problem))
        assert is_placed(problem, path), f"has no line: {problem!r}"


def is_placed(problem: Problem, path: Path) -> bool:
    """Whether a problem says where it is: in a file with its line, or in a setting."""
    if isinstance(problem.where, Setting) or PLACE.fullmatch(problem.where):
        return True
    if problem.where == "":  # a sound that was passed in: its parameter is named
        return bool(problem.node)
    return problem.where == str(path) and any(word in problem.what for word in ("MB", "nothing in it"))


def one_line(what: str) -> None:
    """A message must be one line that can be read."""
    assert what and "\n" not in what, f"not one line: {what!r}"
    assert len(what) <= LONGEST, f"{len(what)} characters: {what[:300]!r}"
    assert "Error: " not in what and "failed: " not in what, f"another's error: {what}"


def work(plan: Plan) -> float:
    """How many samples all nodes of a plan make together."""
    lengths = [(stream.frames or 0) * stream.channels for stream in plan.streams.values()]
    return sum(lengths)


def difference(one: Any, other: Any) -> str:
    """Where two renders differ, briefly."""
    if isinstance(one, str):
        return f"{one[:300]} / {other[:300]}"
    at = next((n for n, (a, b) in enumerate(zip_longest(one, other)) if a != b), -1)
    return f"byte {at} of {len(one)} and {len(other)}"


@contextmanager
def cases(seed: int, folder: Path) -> Iterator[Callable[[int], str]]:
    """What runs one case: in a folder of its own, which stays where the case fails."""
    with tempfile.TemporaryDirectory() as place:
        files = sounds(Path(place))
        entries()  # before the forks
        gc.collect()
        gc.freeze()  # or each collection would look through all of numba

        def run_one(number: int) -> str:
            own = folder / f"graph_{seed}_{number}"
            shutil.rmtree(own, ignore_errors=True)
            own.mkdir(parents=True)
            for file in files:
                shutil.copy(file, own)
            result = Case(seed, number, own).run()
            shutil.rmtree(own)
            return result

        try:
            yield run_one
        finally:
            gc.unfreeze()


def run(
    seed: int,
    numbers: range,
    folder: Path,
    tell: Callable[[str], None] = print,
    kinds: Counter[str] | None = None,
    seconds: float = SECONDS,
) -> list[str]:
    """Try these graphs; the failures, each kept in the folder. `kinds` counts what became of them."""
    failures = []
    with cases(seed, folder) as run_one:
        for outcome in outcomes(numbers, run_one, seconds):
            if kinds is not None:
                kinds[outcome.kind] += 1
            if outcome.wrong:
                failures.append(f"graph {outcome.number}: {outcome.wrong}")
                tell(failures[-1])
    return failures


def again(seed: int, number: int, folder: Path) -> str:
    """Try one graph in this process; it stays in the folder if it fails."""
    with cases(seed, folder) as run_one:
        return run_one(number)
