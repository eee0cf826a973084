"""What the tests of recipes share: mixes of a real voice and real music, and measures of sound."""

from pathlib import Path

import numpy as np
from conftest import clip_type
from scipy.signal import welch

from audiograph import graph
from audiograph.engine.run import planned
from audiograph.graph.catalog import catalog
from audiograph.language import document
from audiograph.sound import Audio

ROOT = Path(__file__).parents[1]
RATE = 44_100
AROUND = """
params:
  hum: {type: frequency, default: 50 Hz}
nodes:
  voice: {use: source, file: audio/guest.flac}
  music: {use: source, file: audio/music.ogg}
  humming: {use: sum, in: [voice, {use: tone, freq: $hum, length: 9 s, level: -34 dB}]}
"""


def made(lines: str, *nodes: str, settings: dict[str, str] | None = None, **clips: Audio) -> list[Audio]:
    """What some nodes give, `lines` being nodes over a real voice and real music."""
    text = AROUND + lines + "\noutputs: {" + ", ".join(f"o{k}: {node}" for k, node in enumerate(nodes)) + "}"
    types = {**catalog(), "clip": clip_type(clips)}
    built = graph.build(document.parse(text, "mix.yaml"), types, settings, ROOT / "graphs")
    streams = planned(built, rate=RATE).streams
    return [streams[target.out].open().take(streams[target.out].frames) for target in built.targets]


def level(x: Audio) -> float:
    return float(10 * np.log10(np.mean(np.square(x, dtype=float)) + 1e-20))


def band(x: Audio, low: float, high: float) -> float:
    """Level between two frequencies, in dB."""
    freqs, power = welch(x, RATE, nperseg=16_384)
    return float(10 * np.log10(power[:, (freqs >= low) & (freqs <= high)].sum(axis=1).mean()))


def change(x: Audio, y: Audio, low: float, high: float) -> float:
    """By how many dB a band is louder in y than in x, as against the middle from 700 Hz to 1.1 kHz."""
    return band(y, low, high) - band(x, low, high) - (band(y, 700, 1100) - band(x, 700, 1100))


def at(x: Audio, begin: float, end: float) -> Audio:
    """A part by seconds."""
    return x[:, round(begin * RATE) : round(end * RATE)]


def spread(x: Audio) -> float:
    """How far loud is from soft, in dB: what speech does between its 30th and 95th percentile of 50 ms."""
    parts = np.split(x[0, : len(x[0]) // 2205 * 2205], len(x[0]) // 2205)
    low, high = np.percentile([level(part) for part in parts], [30, 95])
    return float(high - low)


def peak(x: Audio) -> float:
    return float(20 * np.log10(np.abs(x).max()))
