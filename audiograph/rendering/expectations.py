"""Expectations: whether a mix is what its graph says it should be, measured while it is rendered."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from audiograph.engine.run import Run
from audiograph.errors import GraphError, Problem, Unexpected
from audiograph.graph import Expectation, Graph, Out
from audiograph.graph.expect import FIGURES, PAIRS
from audiograph.language.quantity import shown
from audiograph.plan import Plan
from audiograph.sound import ENDLESS
from audiograph.streams.taps import Tap

if TYPE_CHECKING:  # meters are loaded where something is measured
    from audiograph.measuring import Levels, Meter


class Finding(NamedTuple):
    """The figure that was measured for an expectation."""

    expectation: Expectation
    value: float | None  # in `unit`; None where nothing could be measured
    holds: bool

    @property
    def unit(self) -> str:
        """The unit of the value."""
        figure = self.expectation.figure
        return (FIGURES | PAIRS)[figure].unit

    def __str__(self) -> str:
        return f"{self.expectation.label}: {self.found()}, expected {self.expectation.bounds.text}"

    def found(self) -> str:
        """The value as a person would write it."""
        if self.value is None:
            return "never at once" if self.expectation.figure in PAIRS else "nothing to measure"
        if not isfinite(self.value):
            return f"{'-' if self.value < 0 else ''}inf {self.unit}".rstrip()
        short = round(self.value, 3 if self.unit == "s" else 2)
        seems = self.expectation.bounds.hold(short)
        return shown(short if seems == self.holds else self.value, self.unit)


class Meters:
    """Meters for some sounds of a plan, which hear them while a run plays them.

    Give `taps` to the run, and call `complete` when it has played.
    """

    def __init__(self, plan: Plan, outs: Iterable[Out]) -> None:
        self._plan = plan
        self._compared = _compared_alone(plan.graph)
        self._tapped = {out: self._meter(out) for out in dict.fromkeys(outs)}

    @property
    def taps(self) -> dict[Out, Tap]:
        """What the meters listen to."""
        return {out: tap for out, (_, tap) in self._tapped.items()}

    def complete(self, run: Run) -> None:
        """Play what was not heard whole: what is cut or looped, and what no output needs."""
        for out, (_, tap) in self._tapped.items():
            stream = self._plan.streams[out]
            if stream.end == ENDLESS:
                continue
            if tap.heard < max((end for _, end in stream.spans), default=0):
                self._tapped[out] = self._meter(out)
                run.hear(out, self._tapped[out][1])
            self._tapped[out][1].finish()

    @cached_property
    def levels(self) -> dict[Out, "Levels"]:
        """What each sound measured, once it is complete."""
        return {out: meter.levels() for out, (meter, _) in self._tapped.items() if out not in self._compared}

    def findings(
        self, expectations: Sequence[Expectation], files: Mapping[str, "Levels"] | None = None
    ) -> tuple[Finding, ...]:
        """The finding for each expectation; `files` has what outputs measure as files, by name."""
        return tuple(self._finding(each, files or {}) for each in expectations)

    def _finding(self, expected: Expectation, files: Mapping[str, "Levels"]) -> Finding:
        if expected.figure in PAIRS:
            from audiograph.measuring.beside import least_over, over

            one, other = (self._tapped[out][0] for out in expected.outs)
            return _judged(expected, (over if expected.figure == "over" else least_over)(one, other))
        of_file = None if expected.target is None else files.get(expected.target)
        return finding(expected, of_file or self.levels[expected.outs[0]])

    def _meter(self, out: Out) -> "tuple[Meter, Tap]":
        from audiograph.measuring import Meter, PowerMeter

        stream = self._plan.streams[out]
        meter = (PowerMeter if out in self._compared else Meter)(stream.rate, stream.channels)
        return meter, Tap(meter, stream.end)


def _compared_alone(graph: Graph) -> set[Out]:
    """What is compared with other sounds, and has no figure of its own: its loudness is enough."""
    alone = {out for each in graph.expects if each.figure in PAIRS for out in each.outs}
    alone -= {out for each in graph.expects if each.figure not in PAIRS for out in each.outs}
    return alone - {target.out for target in graph.targets}


def expected(plan: Plan, outs: Sequence[Out]) -> list[Expectation]:
    """What is expected of these outputs and of nodes, but not of outputs that are not rendered."""
    left_out = {target.out for target in plan.graph.targets} - set(outs)
    return [each for each in plan.graph.expects if not left_out.intersection(each.outs)]


def raise_if_missed(findings: Sequence[Finding]) -> None:
    """Raises Unexpected, with all findings, where an expectation is not met."""
    if missed := [problem_of(found) for found in findings if not found.holds]:
        raise Unexpected(missed, findings)


def problem_of(found: Finding) -> Problem:
    """An expectation that is not met, as a problem of the graph."""
    return Problem(found.expectation.where, "expect", str(found))


def checked_by_file(graph: Graph, sound: Path) -> tuple[list[Expectation], list[Expectation]]:
    """The expectations that a file of an output can meet, and those that only a render can tell.

    Of several outputs the one with the name of the file is meant. Raises GraphError where none has it.
    """
    targets = [target for target in graph.targets if Path(target.name).name == sound.stem] or graph.targets
    if len(targets) > 1:
        names = ", ".join(target.name for target in graph.targets)
        raise GraphError(
            [Problem(targets[0].where, "outputs", f"{sound.name} has the name of none of {names}")]
        )
    of_file = [each for each in graph.expects if each.outs == (targets[0].out,)]
    if not of_file:
        what = f"nothing is expected of {targets[0].name or 'the output'} that a file can tell"
        raise GraphError([Problem(targets[0].where, "expect", what)])
    return of_file, [each for each in graph.expects if each not in of_file]


def finding(expected: Expectation, levels: "Levels") -> Finding:
    """The finding for an expectation of one sound that has these levels."""
    if levels.channels == 1:
        expected = expected._replace(bounds=expected.mono)
    return _judged(expected, _figure(expected.figure, levels))


def _judged(expected: Expectation, value: float | None) -> Finding:
    return Finding(expected, value, value is not None and expected.bounds.hold(value))


def _figure(name: str, levels: "Levels") -> float | None:
    """A figure of graph.expect.FIGURES; None where the sound is too short, or has nothing loud enough."""
    if name == "loudness" and levels.note not in ("", "silent"):
        return None
    figures: dict[str, float | None] = {
        "loudness": levels.integrated_lufs,
        "true_peak": levels.true_peak_dbtp,
        "peak": levels.sample_peak_dbfs,
        "range": levels.loudness_range_lu,
        "max_momentary": levels.max_momentary_lufs,
        "max_short_term": levels.max_short_term_lufs,
        "duration": levels.duration_s,
        "silence_at_start": levels.silence_start_s,
        "silence_at_end": levels.silence_end_s,
        "clipped": float(levels.clipped),
    }
    return figures[name]
