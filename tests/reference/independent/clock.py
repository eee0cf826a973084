"""Timeline nodes: a clock of their own."""

from collections.abc import Sequence
from itertools import pairwise
from math import pi
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .wave import Wave, factor


def wide(x: Wave, channels: int) -> Wave:
    return np.repeat(x, channels, axis=0) if len(x) == 1 else x


def crossed(x: Wave, y: Wave, frames: int, curve: str) -> Wave:
    """The end of x and the start of y together for `frames`."""
    p = (np.arange(frames) + 0.5) / frames if frames else np.zeros(0)
    out, into = (np.cos(p * pi / 2), np.sin(p * pi / 2)) if curve == "equal_power" else (1 - p, p)
    cut = x.shape[1] - frames
    return np.concatenate([x[:, :cut], x[:, cut:] * out + y[:, :frames] * into, y[:, frames:]], axis=1)


def concat(
    parts: Sequence[Wave], rate: int, gap: float = 0.0, crossfade: float = 0.0, curve: str = "equal_power"
) -> Wave:
    channels = max(len(x) for x in parts)
    y = wide(parts[0], channels)
    for before, x in pairwise(parts):
        frames = min(round(crossfade * rate), before.shape[1] // 2, x.shape[1] // 2)
        y = np.concatenate([y, np.zeros((channels, round(gap * rate)))], axis=1)
        y = crossed(y, wide(x, channels), frames, curve)
    return y


def loop(
    x: Wave, rate: int, frames: int, crossfade: float = 1.5, start: float = 0.0, end: float | None = None,
    curve: str = "equal_power",
) -> Wave:  # fmt: skip
    """The first `frames` of the loop."""
    first, last = round(start * rate), x.shape[1] if end is None else round(end * rate)
    part, y = x[:, first:last], x[:, :last]
    overlap = min(round(crossfade * rate), part.shape[1] // 2)
    while y.shape[1] < frames + overlap:
        y = crossed(y, part, overlap, curve)
    return y[:, :frames]


def trim(x: Wave, rate: int, start: float = 0.0, end: float | None = None) -> Wave:
    return x[:, round(start * rate) : None if end is None else round(end * rate)]


def place(x: Wave, rate: int, at: float) -> Wave:
    return np.pad(x, ((0, 0), (round(at * rate), 0)))


def source(
    file: Path,
    rate: int,
    start: float = 0.0,
    end: float | None = None,
    channels: str = "all",
    gain: float = 0.0,
) -> Wave:
    x, own = soundfile.read(file, always_2d=True)
    x = x[round(start * own) : None if end is None else round(end * own)]
    x = {"all": x, "mono": x.mean(1, keepdims=True), "left": x[:, :1], "right": x[:, -1:]}[channels]
    return (soxr.resample(x, own, rate, "HQ") if own != rate else x).T * factor(gain)
