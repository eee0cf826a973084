"""Whether a mix is what its graph expects: measured while it is rendered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from audiograph.errors import GraphError, Problem
from audiograph.graph import Expectation, Graph, Out
from audiograph.graph.expect import FIGURES, OVER
from audiograph.language.quantity import shown
from audiograph.plan.plan import Plan
from audiograph.sound import ENDLESS
from audiograph.streams.taps import Tap

if TYPE_CHECKING:  # meters are loaded where something is measured
    from audiograph.measuring import Levels, Meter


class Finding(NamedTuple):
    """What was found where something was expected."""

    expectation: Expectation
    value: float | None  # None where there is no such figure
    holds: bool

    @property
    def unit(self) -> str:
        """Of the value."""
        figure = self.expectation.figure
        return (FIGURES | {"over": OVER})[figure].unit

    def __str__(self) -> str:
        return f"{self.expectation.label}: {self.found()}, expected {self.expectation.bounds.text}"

    def found(self) -> str:
        """The value as a person would write it."""
        if self.value is None:
            return "never at once" if self.expectation.figure == "over" else "nothing to measure"
        if not isfinite(self.value):
            return f"{'-' if self.value < 0 else ''}inf {self.unit}".rstrip()
        short = round(self.value, 3 if self.unit == "s" else 2)
        seems = self.expectation.bounds.hold(short)
        return shown(short if seems == self.holds else self.value, self.unit)


class Meters:
    """Meters for some sounds of a plan, which hear them as they are rendered."""

    def __init__(self, plan: Plan, outs: Iterable[Out]) -> None:
        self._plan = plan
        self._heard = {out: self._tapped(out) for out in dict.fromkeys(outs)}

    @contextmanager
    def attached(self) -> Iterator[None]:
        """While this lasts, the meters hear what passes."""
        self._plan.taps = {out: tap for out, (_, tap) in self._heard.items()}
        try:
            yield
        finally:
            self._plan.taps = {}

    def complete(self) -> None:
        """Hear for itself what was not heard whole: what is cut or looped, and what no output needs."""
        for out, (_, tap) in self._heard.items():
            stream = self._plan.streams[out]
            last = max((end for _, end in stream.spans), default=0)
            if stream.end < ENDLESS and tap.heard < last:
                self._heard[out] = self._tapped(out)
                self._play(out, stream.end)
            if stream.end < ENDLESS:
                self._heard[out][1].finish()

    @cached_property
    def levels(self) -> dict[Out, "Levels"]:
        """What each sound measured, once it is complete."""
        return {out: meter.levels() for out, (meter, _) in self._heard.items()}

    def findings(
        self, expectations: Sequence[Expectation], files: Mapping[str, "Levels"] | None = None
    ) -> tuple[Finding, ...]:
        """What was found for each expectation; `files` has what outputs measure as files, by name."""
        return tuple(self._finding(each, files or {}) for each in expectations)

    def _finding(self, expected: Expectation, files: Mapping[str, "Levels"]) -> Finding:
        if expected.figure == "over":
            from audiograph.measuring.beside import over

            one, other = (self._heard[out][0] for out in expected.outs)
            return _found(expected, over(one, other))
        of_file = None if expected.target is None else files.get(expected.target)
        return finding(expected, of_file or self.levels[expected.outs[0]])

    def _tapped(self, out: Out) -> "tuple[Meter, Tap]":
        from audiograph.measuring import Meter

        stream = self._plan.streams[out]
        meter = Meter(stream.rate, stream.channels)
        return meter, Tap(meter, stream.end)

    def _play(self, out: Out, end: int) -> None:
        self._plan.taps = {out: self._heard[out][1]}
        for block in self._plan.open([out]).blocks():
            if block.at + block.frames >= end:
                break


def told_by_a_file(graph: Graph, sound: Path) -> tuple[list[Expectation], list[Expectation]]:
    """What is expected of the output that this file holds, and what only a render tells.

    Of several outputs it is the one with the name of the file. Raises GraphError where none has.
    """
    targets = [target for target in graph.targets if Path(target.name).name == sound.stem] or graph.targets
    if len(targets) > 1:
        names = ", ".join(target.name for target in graph.targets)
        raise GraphError(
            [Problem(targets[0].where, "outputs", f"{sound.name} has the name of none of {names}")]
        )
    told = [each for each in graph.expects if each.outs == (targets[0].out,)]
    if not told:
        what = f"nothing is expected of {targets[0].name or 'the output'} that a file tells"
        raise GraphError([Problem(targets[0].where, "expect", what)])
    return told, [each for each in graph.expects if each not in told]


def finding(expected: Expectation, levels: "Levels") -> Finding:
    """What measured levels say to an expectation of one sound."""
    if levels.channels == 1:
        expected = expected._replace(bounds=expected.mono)
    return _found(expected, _figure(expected.figure, levels))


def _found(expected: Expectation, value: float | None) -> Finding:
    return Finding(expected, value, value is not None and expected.bounds.hold(value))


def _figure(name: str, levels: "Levels") -> float | None:
    """A figure of graph.expect.FIGURES; None where the sound is too short, or has nothing loud enough."""
    if name == "loudness" and levels.note not in ("", "silent"):
        return None
    found: dict[str, float | None] = {
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
    return found[name]
