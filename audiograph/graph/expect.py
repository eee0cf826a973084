"""`expect`: the figures a mix must have, so that it can be tested like code."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from audiograph.errors import nearest
from audiograph.graph.link import Linking
from audiograph.graph.model import Expectation, Out, Target
from audiograph.graph.scope import Scope
from audiograph.graph.unfold import Feed
from audiograph.graph.values import evaluated
from audiograph.language.bounds import bounds
from audiograph.language.document import Entry
from audiograph.language.parameter import TARGETS
from audiograph.language.quantity import Wrong


class Figure(NamedTuple):
    """A figure that can be measured and expected."""

    unit: str
    about: str
    tolerance: float | None = None  # allowed around a plain value; None if a plain value is a maximum


FIGURES = {
    "loudness": Figure("LUFS", "integrated loudness", 0.5),
    "true_peak": Figure("dB", "true peak"),
    "peak": Figure("dB", "sample peak"),
    "range": Figure("LU", "loudness range"),
    "max_momentary": Figure("LUFS", "loudest 400 ms"),
    "max_short_term": Figure("LUFS", "loudest 3 s"),
    "duration": Figure("s", "length", 0.05),
    "silence_at_start": Figure("s", "silence before the first sound"),
    "silence_at_end": Figure("s", "silence after the last sound"),
    "clipped": Figure("", "samples at full scale and beyond"),
}
PAIRS = {
    "over": Figure("LU", "loudness of one over another while it sounds", 0.5),
    "least_over": Figure("LU", "lowest of it in any 3 s in which it sounds", 0.5),
}
_TARGET = "|".join(TARGETS)
_OVER = r"(\S+) over (\S+)( in any 3 s)?$"


def expectations(
    document: Entry, linking: Linking, scope: Scope, targets: tuple[Target, ...]
) -> tuple[Expectation, ...]:
    """Every expectation in the document."""
    return tuple(_Reader(linking, scope, targets).all(linking.diagnostics.section(document, "expect")))


def _in_lufs(raw: Any, side: int) -> Any:
    """`raw` with named targets such as podcast written as numbers: side 0 for stereo, 1 for mono."""
    if not isinstance(raw, str):
        return raw
    return re.sub(_TARGET, lambda name: f"{TARGETS[name[0]][side]:g} LUFS", raw)


class _Reader:
    """Reads the `expect` section."""

    def __init__(self, linking: Linking, scope: Scope, targets: tuple[Target, ...]) -> None:
        self.linking, self.diagnostics, self.scope = linking, linking.diagnostics, scope
        self.targets = {target.name: target for target in targets}

    def all(self, section: Entry) -> Iterator[Expectation]:
        for key, raw in section.items():
            where = section.at(key)
            if over := re.match(_OVER, key):
                outs, figure = [self.out(name, where) for name in over.group(1, 2)], "over"
                if over[3]:
                    figure = "least_over"
                yield from self.read(key, figure, PAIRS[figure], [out for out in outs if out], raw, where)
            elif isinstance(raw, Entry):
                out, target = self.out(key, where), key if key in self.targets else None
                for inner, value in raw.items() if out else ():
                    for each in self.figure(inner, f"{key}: {inner}", out, value, raw.at(inner)):
                        yield each._replace(target=target)
            elif "" in self.targets or key not in FIGURES:
                out = self.targets[""].out if "" in self.targets else None
                for each in self.figure(key, key, out, raw, where):
                    yield each._replace(target="")
            elif self.targets:
                first = next(iter(self.targets))
                what = f"{key}: there are several outputs: say of which, as in {first}: {{{key}: ...}}"
                self.diagnostics.problem(where, "expect", what)

    def figure(self, key: str, label: str, out: Out | None, raw: Any, where: str) -> Iterator[Expectation]:
        """The expectation of one figure of one sound."""
        if key in FIGURES:
            yield from self.read(label, key, FIGURES[key], [out] if out else [], raw, where)
            return
        known = ", ".join([*FIGURES, "A over B", "A over B in any 3 s"])
        what = f"{key!r} is neither a figure ({known}){nearest(key, list(FIGURES))}"
        self.diagnostics.problem(where, "expect", f"{what} nor a node or output with figures of its own")

    def read(
        self, label: str, key: str, figure: Figure, outs: list[Out], raw: Any, where: str
    ) -> Iterator[Expectation]:
        """Read the bounds of a figure; yields nothing, and adds a problem, if they cannot be read."""
        try:
            text = evaluated(raw, self.scope.names)
            limits, mono = (bounds(_in_lufs(text, side), figure.unit, figure.tolerance) for side in (0, 1))
        except Wrong as error:
            self.diagnostics.wrong(error, raw, where, "expect", label)
            return
        if outs:
            yield Expectation(label, key, tuple(outs), limits, mono, where)

    def out(self, name: str, where: str) -> Out | None:
        """The output of the graph, or else the node, of this name."""
        if name in self.targets:
            return self.targets[name].out
        if name in FIGURES and name not in self.linking.drafts:
            self.diagnostics.problem(where, "expect", f"{name}: a mapping belongs to a node or an output")
            return None
        outs = self.linking.outs("expect", Feed(self.scope.prefix + name, where))
        return outs[0] if outs else None
