"""A sound as an SVG picture: its waveform, its loudness over time, its spectrum."""

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.language.parameter import lufs_of
from audiograph.measuring import Levels, Meter
from audiograph.measuring.envelope import COLUMNS, Envelope
from audiograph.measuring.gating import STEP, momentary, short_term
from audiograph.measuring.spectrum import Spectrum
from audiograph.views.drawings.svg import printed

Values = NDArray[np.float64]

LEFT, RIGHT, TOP, GAP = 56, 96, 84, 46  # px: beside the panels, above the first, between them
WIDTH, HEIGHTS = COLUMNS, (130, 280, 180)  # px of the panels
TARGETS = ("streaming", "podcast", "broadcast")
TICKS = 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400  # s
FREQUENCIES = {31.5: "31.5", 63: "63", 125: "125", 250: "250", 500: "500", 1e3: "1k", 2e3: "2k", 4e3: "4k",
               8e3: "8k", 16e3: "16k"}  # fmt: skip
STYLE = """
  text { font: 11px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #6b7785 }
  .title { font-size: 15px; fill: #1d2733 }
  .figures { font-size: 12px; fill: #1d2733 }
  .name { font-size: 10px }
  .y { text-anchor: end }
  .x { text-anchor: middle }
  .grid { stroke: #e6eaee; stroke-width: 1 }
  .frame { fill: none; stroke: #c5ccd4 }
  .wave { fill: #7fa6d1 }
  .bars { fill: #74b58b }
  .short { fill: none; stroke: #2c6cb0; stroke-width: 1.75; stroke-linejoin: round }
  .momentary { fill: none; stroke: #b9d0ea; stroke-width: 1; stroke-linejoin: round }
  .whole { stroke: #c0392b; stroke-width: 1.25 }
  .target { stroke: #d9a860; stroke-width: 1; stroke-dasharray: 4 3 }
"""


class Panel(NamedTuple):
    """A part of the picture: its place in px, and the range of values over its height."""

    top: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """The y coordinate of a value; values outside the range are drawn at the edge."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - part)


def svg(name: str, meter: Meter, envelope: Envelope, spectrum: Spectrum) -> str:
    """The picture of a sound called `name`, as SVG text."""
    levels, steps = meter.levels(), meter.power()
    tops = [TOP + sum(HEIGHTS[:place]) + GAP * place for place in range(3)]
    wave, loud, tone = (
        Panel(top, height, low, high)
        for top, height, (low, high) in zip(tops, HEIGHTS, ((-1, 1), (-50, 0), (-100, 0)), strict=True)
    )
    width, height = LEFT + WIDTH + RIGHT, tops[-1] + HEIGHTS[-1] + GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{printed(name)}</title><style>{STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text class="title" x="{LEFT}" y="26">{printed(name)}</text>',
        f'<text class="figures" x="{LEFT}" y="46">{printed(_figures(levels))}</text>',
        *_grid(wave, (-1, 0, 1), "waveform"),
        *_times(wave, levels.duration_s),
        _wave(wave, envelope),
        *_grid(loud, range(-50, 1, 10), "LUFS: momentary (thin), short-term (thick), integrated (red)"),
        *_times(loud, levels.duration_s),
        *_targets(loud, levels.channels),
        _curve(loud, momentary(steps), levels.duration_s, "momentary"),
        _curve(loud, short_term(steps), levels.duration_s, "short"),
        *_whole(loud, levels),
        *_grid(tone, range(-100, 1, 20), "dB in thirds of an octave"),
        *_bars(tone, *spectrum.bands()),
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def _figures(levels: Levels) -> str:
    figures = {
        "LUFS": levels.integrated_lufs,
        "dBTP": levels.true_peak_dbtp,
        "LU range": levels.loudness_range_lu,
    }
    parts = [
        f"{value:.1f} {unit}" for unit, value in figures.items() if value is not None and isfinite(value)
    ]
    form = f"{levels.sample_rate / 1000:g} kHz, {levels.channels} ch, {levels.duration_s:.1f} s"
    return " · ".join((*parts, form, *filter(None, [levels.note])))


def _grid(panel: Panel, values: Iterable[float], label: str) -> Iterator[str]:
    for value in values:
        y = panel.y(value)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}h{WIDTH}"/>'
        yield f'<text class="y" x="{LEFT - 8}" y="{y + 4:.1f}">{value:g}</text>'
    yield f'<rect class="frame" x="{LEFT}" y="{panel.top}" width="{WIDTH}" height="{panel.height}"/>'
    yield f'<text x="{LEFT}" y="{panel.top - 6}">{label}</text>'


def _times(panel: Panel, seconds: float) -> Iterator[str]:
    """Time marks below the panel, about ten at most."""
    step = next((tick for tick in TICKS if seconds <= 10 * tick), TICKS[-1])
    for k in range(int(seconds / step) + 1):
        at, x = k * step, LEFT + WIDTH * k * step / max(seconds, step)
        text = (
            f"{at:g} s"
            if step < 60
            else f"{at // 3600:.0f}:{at // 60 % 60:02.0f} h"
            if seconds > 7200
            else f"{at / 60:g} min"
        )
        yield f'<path class="grid" d="M{x:.1f} {panel.top}v{panel.height}"/>'
        yield f'<text class="x" x="{x:.1f}" y="{panel.top + panel.height + 16}">{text}</text>'


def _wave(panel: Panel, envelope: Envelope) -> str:
    """A column from the lowest to the highest sample, at least half a pixel high."""
    low, high = np.nan_to_num(envelope.lowest), np.nan_to_num(envelope.highest)
    upper = [f"{LEFT + k} {panel.y(v) - 0.25:.1f}" for k, v in enumerate(high)]
    lower = [f"{LEFT + k} {panel.y(v) + 0.25:.1f}" for k, v in enumerate(low)]
    return f'<path class="wave" d="M{"L".join((*upper, *reversed(lower)))}z"/>'


def _targets(panel: Panel, channels: int) -> Iterator[str]:
    for name in TARGETS:
        value = lufs_of(name, channels)
        y = panel.y(value)
        yield f'<path class="target" d="M{LEFT} {y:.1f}h{WIDTH}"/>'
        yield f'<text class="name" x="{LEFT + WIDTH + 6}" y="{y + 3.5:.1f}">{value:g} {name}</text>'


def _curve(panel: Panel, values: Values, seconds: float, kind: str) -> str:
    """Loudness over time: each value at the end of its window, the highest value per pixel column."""
    if not len(values):
        return ""
    ends = seconds - (len(values) - 1 - np.arange(len(values))) * STEP
    firsts = np.unique(np.linspace(0, len(values), min(COLUMNS, len(values)), endpoint=False).astype(int))
    tops = np.maximum.reduceat(values, firsts)
    points = [
        f"{LEFT + WIDTH * end / seconds:.1f} {panel.y(value):.1f}"
        for end, value in zip(ends[firsts], tops, strict=True)
    ]
    return f'<polyline class="{kind}" points="{" ".join(points)}"/>'


def _whole(panel: Panel, levels: Levels) -> Iterator[str]:
    """The integrated loudness as a horizontal line."""
    if isfinite(levels.integrated_lufs):
        y = panel.y(levels.integrated_lufs)
        yield f'<path class="whole" d="M{LEFT} {y:.1f}h{WIDTH}"/>'


def _bars(panel: Panel, middles: Values, decibels: Sequence[float] | Values) -> Iterator[str]:
    """One bar per third-octave band, from 20 Hz to 20 kHz."""
    width = WIDTH / 31
    for freq, value in zip(middles, decibels, strict=True):
        left, y = LEFT + width * (10 * np.log10(freq) - 13), panel.y(value)
        bottom = panel.top + panel.height
        yield f'<path class="bars" d="M{left + 1:.1f} {bottom}V{y:.1f}h{width - 2:.1f}V{bottom}z"/>'
    for freq, name in FREQUENCIES.items():
        x = LEFT + width * (10 * np.log10(freq) - 12.5)
        yield f'<text class="x" x="{x:.1f}" y="{panel.top + panel.height + 16}">{name}</text>'
    yield f'<text x="{LEFT + WIDTH + 6}" y="{panel.top + panel.height + 16}">Hz</text>'
