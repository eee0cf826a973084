"""De-essing."""

import numpy as np
from scipy import signal

from .dynamics import branched, keeping
from .filters import cookbook
from .wave import Wave, run_one_pole


def deesser(
    x: Wave, rate: int, freq: float = 5500.0, threshold: float = -15.0, range: float = -8.0,
    attack: float = 0.001, release: float = 0.06, loudness: float = -20.0,
) -> Wave:  # fmt: skip
    high_pass = _high_pass(rate, min(freq, 0.49 * rate))
    late = len(high_pass) // 2
    band = signal.lfilter(high_pass, 1, x)
    x = np.pad(x, ((0, 0), (late, 0)))[:, : x.shape[1]]
    hiss = run_one_pole(keeping(0.002, rate), np.pad((band**2).max(0), (late, 0))[: x.shape[1]])
    low_pass, keep = cookbook(rate, "lowpass", freq / 2), np.exp(-2 * np.pi * 60 / rate)
    below, own = np.zeros_like(x), x[:, late:]  # which begins as if it had always been what it is at first
    own = own - own[:, :1]
    filtered = signal.lfilter(*low_pass, own)
    below[:, late:] = filtered - signal.lfilter([1 - keep], [1, -keep], filtered)
    voice = run_one_pole(keeping(0.02, rate), (below**2).max(0))
    loudest, of_late = np.empty_like(voice), 0.0
    for n, now in enumerate(voice):
        loudest[n] = of_late = max(now, of_late * keeping(1.0, rate))
    above = _level(hiss) - np.maximum(loudness - 20, _level(loudest)) - threshold
    reduction = branched(np.clip(above, 0, -range), rate, attack, release)
    return x + (10 ** (-reduction / 20) - 1) * band


def _high_pass(rate: int, freq: float) -> Wave:
    """An impulse less a low-pass by a Kaiser window: 50 dB within 1.65 kHz."""
    taps = int(42 / 2.285 / (2 * np.pi * 1650 / rate))
    half = -(-(taps + 1) // 16) * 8
    low = signal.firwin(2 * half + 1, freq - 825, window=("kaiser", 0.5842 * 29**0.4 + 0.07886 * 29), fs=rate)
    return np.asarray(signal.unit_impulse(2 * half + 1, "mid") - low)


def _level(power: Wave) -> Wave:
    return 10 * np.log10(np.maximum(power, 1e-30))
