"""De-essing."""

import numpy as np
from scipy import signal

from .dynamics import branched, keeping
from .filters import cookbook
from .wave import Wave, run_one_pole


def deesser(
    x: Wave, rate: int, freq: float = 5500.0, threshold: float = -15.0, range: float = -8.0,
    attack: float = 0.001, release: float = 0.06,
) -> Wave:  # fmt: skip
    pass_band = cookbook(rate, "bandpass", freq * 2**0.5, q=1.0)
    band = signal.lfilter(*pass_band, x)
    hiss = run_one_pole(keeping(0.002, rate), (signal.lfilter(*pass_band, band) ** 2).max(0))
    below = signal.lfilter(*cookbook(rate, "lowpass", freq / 2), x)
    voice = run_one_pole(keeping(0.02, rate), (below**2).max(0))
    loudest, of_late = np.empty_like(voice), 0.0
    for n, now in enumerate(voice):
        loudest[n] = of_late = max(now, of_late * keeping(1.0, rate))
    above = _level(hiss) - np.maximum(-40, _level(loudest)) - threshold
    reduction = branched(np.clip(above, 0, -range), rate, attack, release)
    return x + (10 ** (-reduction / 20) - 1) * band


def _level(power: Wave) -> Wave:
    return 10 * np.log10(np.maximum(power, 1e-30))
