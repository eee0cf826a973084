"""Moments: times in the mix, given by the clock or relative to the sounds of nodes.

    3 s
    speech.end - 500 ms
    max(question.end, music.start + 2 s) + 1 s

The last one is a second after the later of two moments. `max` and `min` take any
number of moments, and may be nested.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from audiograph.errors import nearest
from audiograph.language.quantity import Wrong, amount, brief, shown, wrong

_NAME = r"\s*(/?[^\W\d][\w/-]*)\s*"
_NODE = r"\s*(/?[^\W\d][\w/-]*)\.([^\W\d]\w*)\s*((?:[-+−].+)?)$"
_CALL = r"\s*([^\W\d]\w*)\s*\((.*)$"
_TERM = r"([-+−])\s*([-−]?[^-+−]+)"  # a negative parameter brings a sign of its own
EDGES = ("start", "end")
PICKS = ("max", "min")
_OTHERWISE = {
    **dict.fromkeys(("latest", "later", "last", "after"), "max"),
    **dict.fromkeys(("earliest", "earlier", "first", "before"), "min"),
}
LONGEST = 1000  # characters
DEEPEST = 20  # levels of max and min within each other
_RULE = "NODE.start, NODE.end, max(...) or min(...), plus or minus times"


class Moment(NamedTuple):
    """A time relative to the start of the mix, to an edge of a node's sound, or to several moments."""

    node: str  # empty for the start of the mix, and where there is `of`
    edge: str  # "start" or "end"; "max" or "min" where there is `of`
    offset: float  # seconds
    of: tuple["Moment", ...] = ()  # the moments of which it is relative to the latest or the earliest

    def __str__(self) -> str:
        if not self.node and not self.of:
            return _exact(self.offset)
        whole = f"{self.edge}({', '.join(map(str, self.of))})" if self.of else f"{self.node}.{self.edge}"
        sign = "-" if self.offset < 0 else "+"
        return whole + (f" {sign} {_exact(abs(self.offset))}" if self.offset else "")

    def renamed(self, name: Callable[[str], str]) -> "Moment":
        """The same moment, in which each node has the name that `name` gives for it."""
        node = name(self.node) if self.node else ""
        return self._replace(node=node, of=tuple(part.renamed(name) for part in self.of))

    def written(self) -> str:
        """It as in the outermost file: a slash before a name means that the name is seen from there."""
        return str(self.renamed(lambda node: node.removeprefix("/")))

    def time(self, edge: Callable[["Moment"], float]) -> float:
        """It in seconds from the start of the mix; `edge` gives the time of an edge of a node's sound."""
        times = [part.time(edge) for part in self.of]
        if times:
            return self.offset + (max(times) if self.edge == "max" else min(times))
        return self.offset + (edge(self) if self.node else 0.0)

    def leaves(self) -> list["Moment"]:
        """Every moment in it, itself included, that refers to a node."""
        return [each for part in self.of for each in part.leaves()] if self.of else [self] * bool(self.node)


def _exact(seconds: float) -> str:
    """A time as text that reads back exactly; rounded as in `shown` if that does."""
    text = shown(seconds, "s")
    return text if amount(text).value == seconds else f"{seconds!r} s"


def moment(raw: Any) -> Moment:
    """Read "3 s", "1:30", "speech.end - 500 ms" or "max(a.end, b.start) + 1 s". Raises Wrong."""
    if isinstance(raw, Moment):
        return raw
    return _read(raw, 0) if isinstance(raw, str) and len(raw) <= LONGEST else _absolute(raw)


def _read(text: str, depth: int) -> Moment:
    if call := re.match(_CALL, text):
        return _pick(text, call[1], call[2], depth)
    match = re.match(_NODE, text)
    if not match:
        return _absolute(text)
    node, edge, more = match.groups()
    if edge not in EDGES:
        raise wrong(f"{brief(text)}: {edge!r} is neither start nor end{nearest(edge, EDGES)}")
    return Moment(node, edge, _offset(text, more))


def _pick(text: str, name: str, rest: str, depth: int) -> Moment:
    """The moment "name(rest", in which `rest` has the closing bracket and what follows it."""
    if name not in PICKS:
        near = f"; {_OTHERWISE[name]!r}?" if name in _OTHERWISE else nearest(name, PICKS)
        raise wrong(f"{brief(text)}: there is no {name!r} of moments, only max and min{near}")
    if depth == DEEPEST:
        raise wrong(f"has more than {DEEPEST} of max and min within each other")
    parts, more = _split(rest, text)
    if not all(parts):
        raise wrong(f"{brief(text)} lacks a moment: write {name}(a.end, b.start)")
    if more and more[0] not in "-+−":
        raise wrong(f"{brief(text)} is not a moment: after the bracket come plus or minus and a time")
    of = tuple(_read(part, depth + 1) for part in parts)
    return Moment("", name, _offset(text, more), of)


def _split(rest: str, text: str) -> tuple[list[str], str]:
    """The parts between commas up to the bracket that closes, and what comes after that."""
    parts, begin, depth = [], 0, 0
    for place, sign in enumerate(rest):
        if depth == 0 and sign in ",)":
            parts.append(rest[begin:place].strip())
            begin = place + 1
            if sign == ")":
                return parts, rest[begin:].strip()
        depth += (sign == "(") - (sign == ")")
    raise wrong(f"{brief(text)} lacks a ')'")


def _offset(text: str, more: str) -> float:
    """The sum of times, each after its sign."""
    try:
        terms = [(_seconds(time.strip()), sign) for sign, time in re.findall(_TERM, more)]
    except Wrong:
        raise wrong(f"{brief(text)} is not a moment such as 'speech.end - 500 ms': {_RULE}") from None
    return sum(offset if sign == "+" else -offset for offset, sign in terms)


def _absolute(raw: Any) -> Moment:
    if isinstance(raw, str) and re.search(r"\.(start|end)\b", raw):
        raise wrong(f"{brief(raw)} is not a moment such as 'speech.end - 500 ms': {_RULE}")
    return Moment("", "start", _seconds(raw))


def _seconds(raw: Any) -> float:
    try:
        time = amount(raw, "s")
        if time.unit == "s" and abs(time.value) <= 1e9:
            return time.value
    except Wrong:
        pass
    named = isinstance(raw, str) and re.fullmatch(_NAME, raw)
    perhaps = f"; '{raw.strip()}.end'?" if named else ""
    raise wrong(f"{brief(raw)} is not a time such as '3 s', '1:30' or 'speech.end - 500 ms'{perhaps}")


def moments(value: Any) -> Iterable[Moment]:
    """Every moment in a value, rows included, that refers to a node."""
    if isinstance(value, Moment):
        return value.leaves()
    parts = value.values() if isinstance(value, Mapping) else value if type(value) in (tuple, list) else ()
    return [each for part in parts for each in moments(part)]
