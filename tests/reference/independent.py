"""Slow twins, one a node, written from its manual and the papers it names: not from its code.

Sounds are float64 of shape (channels, frames), times seconds, levels dB. What
comes back is aligned: a node's latency is not in it.
"""

from collections.abc import Callable, Sequence
from math import cos, exp, log, pi, sin, sqrt
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import ndimage, signal

Wave = NDArray[np.float64]


def factor(db: float) -> float:
    return float(10 ** (db / 20))


# Filters.


def eq(x: Wave, rate: int, bands: Sequence[dict[str, float | str]]) -> Wave:
    for band in bands:
        b, a = cookbook(rate=rate, **band)
        x = signal.lfilter(b, a, x)
    return x


def cookbook(
    rate: int, shape: str, freq: float, gain: float = 0.0, q: float | None = None
) -> tuple[Wave, Wave]:
    """(b, a), not normalized, letter for letter the W3C note."""
    q = q or (1.0 if shape in ("peak", "bandpass", "notch", "allpass") else sqrt(0.5))
    w0 = 2 * pi * min(freq, 0.49 * rate) / rate
    c, alpha, A = cos(w0), sin(w0) / (2 * q), 10 ** (gain / 40)
    r = 2 * sqrt(A) * alpha
    b, a = {
        "lowpass": (((1 - c) / 2, 1 - c, (1 - c) / 2), (1 + alpha, -2 * c, 1 - alpha)),
        "highpass": (((1 + c) / 2, -1 - c, (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha)),
        "bandpass": ((alpha, 0, -alpha), (1 + alpha, -2 * c, 1 - alpha)),
        "notch": ((1, -2 * c, 1), (1 + alpha, -2 * c, 1 - alpha)),
        "allpass": ((1 - alpha, -2 * c, 1 + alpha), (1 + alpha, -2 * c, 1 - alpha)),
        "peak": ((1 + alpha * A, -2 * c, 1 - alpha * A), (1 + alpha / A, -2 * c, 1 - alpha / A)),
        "lowshelf": (
            (A * (A + 1 - (A - 1) * c + r), 2 * A * (A - 1 - (A + 1) * c), A * (A + 1 - (A - 1) * c - r)),
            (A + 1 + (A - 1) * c + r, -2 * (A - 1 + (A + 1) * c), A + 1 + (A - 1) * c - r),
        ),
        "highshelf": (
            (A * (A + 1 + (A - 1) * c + r), -2 * A * (A - 1 + (A + 1) * c), A * (A + 1 + (A - 1) * c - r)),
            (A + 1 - (A - 1) * c + r, 2 * (A - 1 - (A + 1) * c), A + 1 - (A - 1) * c - r),
        ),
    }[shape]
    return np.array(b), np.array(a)


def butterworth(
    x: Wave, rate: int, mode: str, freq: float, order: int | None = None, family: str = "butterworth"
) -> Wave:
    """Poles on a circle by scipy; a Linkwitz-Riley filter is half the order twice."""
    crossover = family == "linkwitz_riley"
    order = order or (4 if crossover else 2)
    corner = min(freq, 0.49 * rate)
    sos = signal.butter(order // 2 if crossover else order, corner, mode, fs=rate, output="sos")
    for _ in range(2 if crossover else 1):
        x = signal.sosfilt(sos, x)
    return x


# Dynamics.


def one_pole(x: Wave, rate: int, seconds: float) -> Wave:
    """63 % of a step after `seconds`."""
    keep = exp(-1 / (rate * seconds)) if seconds else 0.0
    return signal.lfilter([1 - keep], [1, -keep], x)


def power(x: Wave, rate: int, link: str = "max", detector: str = "rms") -> Wave:
    """What a detector hears: of all channels in each frame; then, unless it hears peaks, a mean over time."""
    squares = (x**2).max(0) if link == "max" else (x**2).mean(0)
    return squares if detector == "peak" else one_pole(squares, rate, 0.005)


def branched(target: Wave, rate: int, attack: float, release: float) -> Wave:
    """Eq. 17 of Giannoulis, Massberg, Reiss: smooth, branching; a reduction in dB, from rest at 0."""
    keep_attack = exp(-1 / (rate * attack)) if attack else 0.0
    keep_release = exp(-1 / (rate * release)) if release else 0.0
    y, out = 0.0, np.empty_like(target)
    for n, x in enumerate(target):
        keep = keep_attack if x > y else keep_release
        out[n] = y = keep * y + (1 - keep) * x
    return out


def over_knee(level: Wave, threshold: float, ratio: float, knee: float) -> Wave:
    """Eq. 4: how many dB the static curve is below its input."""
    over = level - threshold
    bent = (1 - 1 / ratio) * (over + knee / 2) ** 2 / (2 * knee) if knee else 0.0
    straight = np.where(over > 0, (1 - 1 / ratio) * over, 0.0)
    return np.where(2 * np.abs(over) <= knee, bent, straight) if knee else straight


def compressor(
    x: Wave, rate: int, key: Wave | None = None, threshold: float = -24.0, ratio: float = 4.0, attack: float = 0.01,
    release: float = 0.25, knee: float = 6.0, makeup: float = 0.0, lookahead: float = 0.0, detector: str = "rms",
    link: str = "max", mix: float = 1.0,
) -> Wave:  # fmt: skip
    heard = ahead(x if key is None else key, round(lookahead * rate))
    level = 10 * np.log10(np.maximum(power(heard, rate, link, detector), 1e-30))
    reduction = branched(over_knee(level, threshold, ratio, knee), rate, attack, release)
    late = round(lookahead * rate)  # the detector began while the sound was still to come
    return x * (1 - mix) + x * mix * 10 ** ((makeup - reduction[late : late + x.shape[1]]) / 20)


def ahead(x: Wave, frames: int) -> Wave:
    """Silence after it, for what listens early."""
    return np.pad(x, ((0, 0), (0, frames)))


def duck(
    x: Wave, rate: int, key: Wave, depth: float = -12.0, threshold: float = -40.0, attack: float = 0.15,
    hold: float = 0.5, release: float = 0.9, lookahead: float | None = None,
) -> Wave:  # fmt: skip
    late = round((attack if lookahead is None else lookahead) * rate)
    loud = power(ahead(key, late), rate) > factor(threshold) ** 2
    place, wait, gain = 0.0, 0, np.empty(len(loud))
    for n, sounds in enumerate(loud):
        wait = round(hold * rate) + late if sounds else max(0, wait - 1)  # after the key, as it is heard
        step = 1 / round(attack * rate) if sounds or wait else -1 / round(release * rate)
        place = min(1.0, max(0.0, place + step))
        gain[n] = depth * (3 * place**2 - 2 * place**3)
    return x * 10 ** (gain[late : late + x.shape[1]] / 20)


def gate(
    x: Wave, rate: int, key: Wave | None = None, threshold: float = -40.0, range: float = -24.0, ratio: float = 10.0,
    attack: float = 0.001, hold: float = 0.05, release: float = 0.1,
) -> Wave:  # fmt: skip
    """Attack opens, so it is the way to less reduction; shut at first."""
    level = 10 * np.log10(np.maximum(power(x if key is None else key, rate), 1e-30))
    target, is_open, wait = np.empty_like(level), False, 0
    for n, heard in enumerate(level):
        if heard >= threshold or (is_open and heard >= threshold - 6):
            wait = max(1, round(hold * rate))  # this frame is the first of them
        else:
            wait = max(0, wait - 1)
        is_open = wait > 0
        below = max(0.0, threshold - heard)
        target[n] = 0.0 if is_open else max(range, -(ratio - 1) * below)
    keep = [exp(-1 / (rate * time)) if time else 0.0 for time in (attack, release)]
    y, out = range, np.empty_like(target)
    for n, t in enumerate(target):
        k = keep[0] if t > y else keep[1]
        out[n] = y = k * y + (1 - k) * t
    return x * 10 ** (out / 20)


def limiter(
    x: Wave, rate: int, ceiling: float = -1.0, lookahead: float = 0.005, release: float = 0.05
) -> Wave:
    """Luff: the gain a frame needs; the least over the window; release; the mean over the window."""
    late = round(lookahead * rate)
    needed = np.minimum(1.0, factor(ceiling) / np.maximum(np.abs(ahead(x, late)).max(0), 1e-30))
    least = np.array([needed[max(0, n - late) : n + 1].min() for n in range(len(needed))])
    keep, y, eased = exp(-1 / (rate * release)), 1.0, np.empty_like(least)
    for n, t in enumerate(least):
        eased[n] = y = min(t, keep * y + (1 - keep) * t)
    mean = np.convolve(np.concatenate([np.ones(late), eased]), np.ones(late + 1) / (late + 1), "valid")
    return x * mean[late : late + x.shape[1]]


# Levels and places.


def gain(x: Wave, rate: int, level: float = 0.0) -> Wave:
    return x * factor(level)


def logistic(p: Wave) -> Wave:
    """FFmpeg's losi: a logistic curve that is 0.787 of the way to steep, stretched to 0..1."""
    a = 1 / (1 - 0.787) - 1
    low, high = 1 / (1 + exp(a)), 1 / (1 + exp(-a))
    return (1 / (1 + np.exp(-a * (2 * p - 1))) - low) / (high - low)


CURVES: dict[str, Callable[[Wave], Wave]] = {
    "linear": lambda p: p,
    "tri": lambda p: p,
    "equal_power": lambda p: np.sin(p * pi / 2),
    "qsin": lambda p: np.sin(p * pi / 2),
    "sine": lambda p: (1 - np.cos(p * pi)) / 2,
    "hsin": lambda p: (1 - np.cos(p * pi)) / 2,
    "esin": lambda p: 1 - np.cos(pi / 4 * ((2 * p - 1) ** 3 + 1)),
    "exp": lambda p: np.exp(5 * log(0.1) * (1 - p)),
    "log": lambda p: np.clip(1 + 0.2 * np.log10(np.maximum(p, 1e-9)), 0, 1),
    "ipar": lambda p: 1 - (1 - p) ** 2,
    "par": lambda p: 1 - np.sqrt(1 - p),
    "qua": lambda p: p**2,
    "cub": lambda p: p**3,
    "squ": lambda p: np.sqrt(p),
    "cbr": lambda p: np.cbrt(p),
    "desi": lambda p: np.where(p <= 0.5, (2 * p) ** 3 / 2, 1 - (2 * (1 - p)) ** 3 / 2),
    "losi": logistic,
}


def fade(
    x: Wave, rate: int, fade_in: float = 0.0, fade_out: float = 0.0, curve: str = "linear", start: int = 0
) -> Wave:
    rise, fall = np.ones(x.shape[1]), np.ones(x.shape[1])
    middle = np.arange(x.shape[1]) + 0.5
    if fade_in:
        rise = CURVES[curve](np.clip((middle - start) / round(fade_in * rate), 0, 1))
    if fade_out:
        fall = CURVES[curve](np.clip((x.shape[1] - middle) / round(fade_out * rate), 0, 1))
    return x * rise * fall


def envelope(x: Wave, rate: int, points: Sequence[tuple[float, float]], curve: str = "db") -> Wave:
    now, (times, levels) = np.arange(x.shape[1]) / rate, np.array(points).T
    if curve == "db":
        return x * 10 ** (np.interp(now, times, levels) / 20)
    return x * np.interp(now, times, 10 ** (levels / 20))


def pan(x: Wave, rate: int, position: float = 0.0, law: str = "equal_power") -> Wave:
    if law == "balance":
        return x * np.array([[min(1.0, 1 - position)], [min(1.0, 1 + position)]])
    if len(x) == 1:
        return x * np.array(sides((position + 1) / 2, law))[:, None]
    left, right = x
    if position <= 0:
        near, far = sides(position + 1, law)
        return np.array([left + right * near, right * far])
    near, far = sides(position, law)
    return np.array([left * near, right + left * far])


def sides(place: float, law: str) -> tuple[float, float]:
    """Left and right, `place` of the way from left to right."""
    power = cos(place * pi / 2), sin(place * pi / 2)
    line = 1 - place, place
    middle = sqrt(max(0.0, power[0] * line[0])), sqrt(max(0.0, power[1] * line[1]))
    return {"equal_power": power, "linear": line, "compromise": middle}[law]


def width(x: Wave, rate: int, width: float = 1.0) -> Wave:
    if len(x) == 1:
        return x
    middle, side = (x[0] + x[1]) / 2, width * (x[0] - x[1]) / 2
    return np.array([middle + side, middle - side])


def mixed(parts: Sequence[Wave], gains: Sequence[float] = (), length: str = "longest") -> Wave:
    ends = [x.shape[1] for x in parts]
    frames = {"longest": max(ends), "shortest": min(ends), "first": ends[0]}[length]
    out = np.zeros((max(len(x) for x in parts), frames))
    for x, level in zip(parts, gains or [0.0] * len(parts), strict=True):
        some = min(frames, x.shape[1])
        out[:, :some] += x[:, :some] * factor(level)
    return out


# The clock.


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
    for before, x in zip(parts, parts[1:], strict=False):
        frames = min(round(crossfade * rate), before.shape[1] // 2, x.shape[1] // 2)
        y = np.concatenate([y, np.zeros((channels, round(gap * rate)))], axis=1)
        y = crossed(y, wide(x, channels), frames, curve)
    return y


def loop(
    x: Wave, rate: int, frames: int, crossfade: float = 1.5, start: float = 0.0, end: float | None = None,
    curve: str = "equal_power",
) -> Wave:  # fmt: skip
    """The first `frames` of it."""
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
    file: Path, rate: int, start: float = 0.0, end: float | None = None, channels: str = "all", gain: float = 0.0
) -> Wave:
    x, own = soundfile.read(file, always_2d=True)
    x = x[round(start * own) : None if end is None else round(end * own)]
    x = {"all": x, "mono": x.mean(1, keepdims=True), "left": x[:, :1], "right": x[:, -1:]}[channels]
    return (soxr.resample(x, own, rate, "HQ") if own != rate else x).T * factor(gain)


# Signals.


def hat(from_jump: Wave) -> Wave:
    """What a hat two frames wide takes from a step of height 1 that it goes over."""
    rest = np.where(np.abs(from_jump) < 1, (1 - np.abs(from_jump)) ** 2 / 2, 0.0)
    return np.where(from_jump >= 0, -rest, rest)


def nearest(turns: Wave) -> Wave:
    """The signed way to the nearest whole turn."""
    return turns - np.round(turns)


def tone(rate: int, frames: int, shape: str, freq: float, level: float = -12.0) -> Wave:
    step = freq / rate
    t = np.arange(frames) * step
    p = t % 1
    if shape == "sine":
        y = np.sin(2 * pi * t)
    elif shape == "saw":  # rises from 0, and falls by 2 at half a turn
        y = 2 * ((t + 0.5) % 1) - 1 - 2 * hat(nearest(t - 0.5) / step)
    elif shape == "square":
        y = np.where(p < 0.5, 1.0, -1.0)
        y = y + 2 * hat(nearest(t) / step) - 2 * hat(nearest(t - 0.5) / step)
    else:  # from 0 up; corners at a quarter and three quarters, where the slope turns by 8 a turn
        y = 1 - 4 * np.abs(((t + 0.25) % 1) - 0.5)
        for corner, turn in ((0.25, -8), (0.75, 8)):
            away = np.abs(nearest(t - corner) / step)
            y = y + turn * step * np.where(away < 1, (1 - away) ** 3 / 6, 0.0)
    return (y * factor(level))[None]


def octave_slope(x: Wave, rate: int, low: float, high: float) -> float:
    """dB an octave of a noise's spectrum between two frequencies."""
    freqs, power = signal.welch(x, rate, nperseg=8192)
    inside = (freqs >= low) & (freqs <= high)
    line = np.polyfit(np.log2(freqs[inside]), 10 * np.log10(power[inside]), 1, w=1 / np.sqrt(freqs[inside]))
    return float(line[0])


def running_mean(x: Wave, frames: int) -> Wave:
    return ndimage.uniform_filter1d(x, frames)
