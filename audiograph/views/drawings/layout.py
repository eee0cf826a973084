"""Layout of the boxes of a graph in columns, from left to right.

The longest path from a box to an end determines its column, so that every box
is just before its consumers. A long arrow passes through a bend in each column
between. Columns are sorted by the mean position of their neighbours, back and
forth; then boxes move as close to their neighbours as their distances allow.

Reference: K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of
hierarchical system structures", IEEE Trans. SMC 11(2), 1981. The distances are
kept by isotonic regression (pool adjacent violators).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

ROUNDS = 12  # even, so that the last goes to the left
BOX, BEND = 64.0, 22.0  # px: height that each takes in its column

Neighbours = Mapping[str, list[str]]


class Layout(NamedTuple):
    """Boxes by column, their vertical positions, and the bends that arrows pass through."""

    columns: Sequence[Sequence[str]]  # boxes and bends, from the top
    heights: Mapping[str, float]  # px of the centre, from the top
    bends: Mapping[tuple[str, str], Sequence[str]]  # arrow -> its bends, in order


def layout(boxes: Sequence[str], links: Iterable[tuple[str, str]]) -> Layout:
    """Lay out boxes, given in topological order, and the (source, target) links between them."""
    links = list(dict.fromkeys(links))
    places = _places(boxes, links)
    columns: list[list[str]] = [[] for _ in range(max(places.values(), default=0) + 1)]
    for box in boxes:
        columns[places[box]].append(box)
    bends, before, after = {}, dict[str, list[str]](), dict[str, list[str]]()
    for source, target in links:
        between = range(places[source] + 1, places[target])
        bends[source, target] = way = [f"{source}\0{target}\0{column}" for column in between]
        for column, bend in zip(between, way, strict=True):
            columns[column].append(bend)
        for a, b in pairwise([source, *way, target]):
            after.setdefault(a, []).append(b)
            before.setdefault(b, []).append(a)
    _sort(columns, before, after)
    return Layout(columns, _heights(columns, before, after), bends)


def _places(boxes: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The column of each box: the longest path from it to an end, counted from the right."""
    after: dict[str, list[str]] = {box: [] for box in boxes}
    for source, target in links:
        after[source].append(target)
    left: dict[str, int] = {}
    for box in reversed(boxes):
        left[box] = max((left[target] + 1 for target in after[box]), default=0)
    widest = max(left.values(), default=0)
    return {box: widest - steps for box, steps in left.items()}


def _sort(columns: list[list[str]], before: Neighbours, after: Neighbours) -> None:
    """Order each column by where its neighbours in the column before are, to the right and back."""
    for turn in range(ROUNDS):
        way, near = (columns, before) if turn % 2 == 0 else (columns[::-1], after)
        for fixed, column in pairwise(way):
            at = {key: place / len(fixed) for place, key in enumerate(fixed)}
            own = {key: place / len(column) for place, key in enumerate(column)}
            column.sort(key=lambda key: _mean([at[other] for other in near.get(key, ())], own[key]))


def _heights(columns: list[list[str]], before: Neighbours, after: Neighbours) -> dict[str, float]:
    """Fit heights to the right, then to the left, so that a box with one consumer is level with it."""
    heights = {key: y for column in columns for key, y in zip(column, _offsets(column), strict=True)}
    for turn in range(ROUNDS):
        way, near = (columns, before) if turn % 2 == 0 else (columns[::-1], after)
        for column in way:
            wanted = [_mean([heights[other] for other in near.get(key, ())], heights[key]) for key in column]
            offsets = _offsets(column)
            fitted = _isotonic([y - offset for y, offset in zip(wanted, offsets, strict=True)])
            heights |= {key: y + offset for key, y, offset in zip(column, fitted, offsets, strict=True)}
    top = min(heights.values(), default=0.0)
    return {key: y - top for key, y in heights.items()}


def _offsets(column: Sequence[str]) -> list[float]:
    """Heights of the boxes and bends of a column, packed as closely as they may be."""
    y, offsets = 0.0, []
    for before, key in zip([None, *column], column, strict=False):
        y += 0 if before is None else (_height(before) + _height(key)) / 2
        offsets.append(y)
    return offsets


def _height(key: str) -> float:
    return BEND if "\0" in key else BOX


def _isotonic(values: Sequence[float]) -> list[float]:
    """The non-decreasing sequence closest to `values` in least squares."""
    pools: list[tuple[float, int]] = []  # mean and size
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (b, m), (a, n) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    return [mean for mean, size in pools for _ in range(size)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
