"""Bar charts as an SVG picture: panels below each other, each with groups of bars, one bar for each tool."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, MARGIN, LABEL, VALUE = 760, 24, 190, 70  # px: the picture, around it, left and right of the bars
BAR, GAP, HEAD, FOOT = 12, 8, 44, 18  # px: height of a bar, between groups, of a title, below a panel
LETTER, BETWEEN = 6.6, 22  # px in the legend: a letter, between two tools
COLOURS = {
    "audiograph": "#2f6fb5",
    "audiograph standby": "#8db8e6",
    "sox": "#d99a3d",
    "ffmpeg": "#6aa67c",
    "pedalboard": "#b0637d",
    "pydub": "#8c7fb8",
    "scipy": "#5fa3a8",
    "floor": "#b8bfc7",
}
OTHER = "#93a1b0"
STYLE = """
  text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1d2733 }
  .title { font-size: 15px; font-weight: 600 }
  .about, .value { fill: #6b7785; font-size: 11px }
  .label { text-anchor: end }
"""


class Panel(NamedTuple):
    """A title, a line about it, and groups of bars by name, each with the value of every tool."""

    title: str
    about: str
    groups: Mapping[str, Mapping[str, float]]

    @property
    def height(self) -> int:
        """In px."""
        return HEAD + sum(BAR * len(bars) + GAP for bars in self.groups.values()) + FOOT


def svg(panels: Sequence[Panel]) -> str:
    """The picture as text."""
    drawn = dict.fromkeys(tool for panel in panels for bars in panel.groups.values() for tool in bars)
    tools = sorted(drawn, key=[*COLOURS, *drawn].index)
    height = 2 * MARGIN + BAR + GAP + sum(each.height for each in panels)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>How fast audiograph is, beside other tools</title>",
        f"<style>{STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        *_legend(tools),
    ]
    top = MARGIN + BAR + GAP
    for panel in panels:
        lines += _panel(panel, top)
        top += panel.height
    return "\n".join([*lines, "</svg>", ""])


def _legend(tools: Sequence[str]) -> Iterator[str]:
    """A square of each tool's colour, with its name."""
    x = float(MARGIN)
    for tool in tools:
        square = f'x="{x:.1f}" y="{MARGIN - 10}" width="{BAR}" height="{BAR}" rx="2"'
        yield f'<rect {square} fill="{COLOURS.get(tool, OTHER)}"/>'
        yield f'<text x="{x + BAR + 6:.1f}" y="{MARGIN}">{escape(tool)}</text>'
        x += BAR + 6 + LETTER * len(tool) + BETWEEN


def _panel(panel: Panel, top: float) -> Iterator[str]:
    yield f'<text class="title" x="{MARGIN}" y="{top + 22}">{escape(panel.title)}</text>'
    yield f'<text class="about" x="{MARGIN}" y="{top + 37}">{escape(panel.about)}</text>'
    longest = max((value for bars in panel.groups.values() for value in bars.values()), default=1) or 1
    top += HEAD
    for label, bars in panel.groups.items():
        middle = top + BAR * len(bars) / 2 + 4
        yield f'<text class="label" x="{MARGIN + LABEL - 8}" y="{middle:.1f}">{escape(label)}</text>'
        for tool, value in bars.items():
            yield from _bar(tool, value, value / longest, top)
            top += BAR
        top += GAP


def _bar(tool: str, value: float, part: float, top: float) -> Iterator[str]:
    left, width = MARGIN + LABEL, max(1.0, part * (WIDTH - 2 * MARGIN - LABEL - VALUE))
    colour = COLOURS.get(tool, OTHER)
    yield (
        f'<g><title>{escape(tool)}: {number(value)}</title><rect x="{left}" y="{top + 1}" '
        f'width="{width:.1f}" height="{BAR - 2}" rx="2" fill="{colour}"/>'
    )
    yield f'<text class="value" x="{left + width + 5:.1f}" y="{top + 10}">{number(value)}</text></g>'


def number(value: float) -> str:
    """A number with three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
