"""A graph as an SVG picture: sound flows from left to right."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

from audiograph.graph import Graph
from audiograph.views.drawings.layout import Layout, layout
from audiograph.views.drawings.links import Arrow, Box, arrows, boxes

MARGIN, GAP, HEIGHT = 24.0, 56.0, 44.0  # px: around everything, between columns, of a box
CHAR_WIDTH, MIN_WIDTH = 7.4, 72.0  # px of a character, of the narrowest box
MAX_NAME = 32  # characters
STYLE = """
  text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1d2733; text-anchor: middle }
  .type { font-size: 11px; fill: #6b7785 }
  .port { font-size: 10px; fill: #6b7785; text-anchor: end; paint-order: stroke;
    stroke: #fff; stroke-width: 4px }
  rect { stroke-width: 1.25 }
  .effect { fill: #eef4fb; stroke: #7fa6d1 }
  .timeline { fill: #fdf4e6; stroke: #d9a860 }
  .file { fill: #eaf6ee; stroke: #74b58b }
  .unused { fill: #fafafa; stroke: #b8bfc7; stroke-dasharray: 4 3 }
  path { fill: none; stroke: #93a1b0; stroke-width: 1.5 }
  .time { stroke-dasharray: 2 4 }
"""


class Place(NamedTuple):
    """The centre of a box or a bend, and its width, in px; a bend is as wide as its column."""

    x: float
    y: float
    width: float


def svg(graph: Graph) -> str:
    """A graph as SVG text: effects blue, timeline nodes amber, files green; dotted: references to times."""
    drawn, links = boxes(graph), arrows(graph)
    arranged = layout(list(drawn), [(link.source, link.target) for link in links])
    places = _places(arranged, drawn)
    width = max((place.x + place.width / 2 for place in places.values()), default=0) + MARGIN
    height = max((place.y for place in places.values()), default=0) + HEIGHT / 2 + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
            f"<title>{printed(graph.about or 'audio graph')}</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
            'orient="auto"><path d="M1 1 L7 4 L1 7" style="stroke-width: 1.5"/></marker></defs>',
            '<rect width="100%" height="100%" fill="#fff"/>',
            *(line for link in links for line in _arrow(link, arranged, places)),
            *(line for key, box in drawn.items() for line in _box(box, places[key])),
            "</svg>",
            "",
        ]
    )


def _places(arranged: Layout, drawn: Mapping[str, Box]) -> dict[str, Place]:
    places, left = {}, MARGIN
    for column in arranged.columns:
        width = max((_width(drawn[key]) for key in column if key in drawn), default=MIN_WIDTH)
        for key in column:
            own = _width(drawn[key]) if key in drawn else width
            places[key] = Place(left + width / 2, arranged.heights[key] + MARGIN + HEIGHT / 2, own)
        left += width + GAP
    return places


def _width(box: Box) -> float:
    return max(MIN_WIDTH, CHAR_WIDTH * max(len(_short(box.name)), len(_short(box.type))) + 20)


def _box(box: Box, place: Place) -> Iterator[str]:
    x, y = place.x - place.width / 2, place.y - HEIGHT / 2
    rounding = HEIGHT / 2 if box.kind == "file" else 6
    yield f'<g><title>{printed(box.name)}</title><rect class="{box.kind}" x="{x:.1f}" y="{y:.1f}" '
    yield f'width="{place.width:.1f}" height="{HEIGHT:.0f}" rx="{rounding:.0f}"/>'
    if box.kind == "file":
        yield f'<text x="{place.x:.1f}" y="{place.y + 4.5:.1f}">{printed(_short(box.name))}</text></g>'
    else:
        yield f'<text x="{place.x:.1f}" y="{place.y - 2:.1f}">{printed(_short(box.name))}</text>'
        below = f'x="{place.x:.1f}" y="{place.y + 13:.1f}"'
        yield f'<text class="type" {below}>{printed(_short(box.type))}</text></g>'


def _arrow(link: Arrow, arranged: Layout, places: Mapping[str, Place]) -> Iterator[str]:
    way = [link.source, *arranged.bends[link.source, link.target], link.target]
    kind = "" if link.sounds else ' class="time"'
    yield f'<path{kind} d="{_curve([places[key] for key in way])}" marker-end="url(#tip)"/>'
    if link.label:
        x, y, width = places[link.target]
        yield f'<text class="port" x="{x - width / 2 - 9:.1f}" y="{y - 5:.1f}">{printed(link.label)}</text>'


def _curve(places: Sequence[Place]) -> str:
    """A curve through places: horizontal where it leaves and enters each, straight across a bend."""
    parts: list[str] = []
    for a, b in pairwise(places):
        x0, x1 = a.x + a.width / 2, b.x - b.width / 2
        middle = (x0 + x1) / 2
        parts += [f"{'L' if parts else 'M'}{x0:.1f} {a.y:.1f}"]
        parts += [f"C{middle:.1f} {a.y:.1f} {middle:.1f} {b.y:.1f} {x1:.1f} {b.y:.1f}"]
    return " ".join(parts)


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def printed(text: str) -> str:
    """Text escaped for XML, with unprintable characters as spaces."""
    return escape("".join(char if char.isprintable() else " " for char in text), {'"': "&quot;"})
