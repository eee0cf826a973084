"""The sentences of a voice: the parts between its pauses, and the loudness of each.

In a pause the voice is softer than a threshold, which follows from the voice itself:
BELOW under its loudness, but OVER the background noise, and never closer to the
loudness than NEAREST. So speech stands out from digital silence, a quiet room and a
noisy hall alike. Even a short digital silence separates sentences, as they were
generated or cut one by one: nobody breathes without a sound. A part that is too short
to measure belongs to its nearer neighbour.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.measuring import gating
from audiograph.measuring.gating import BLOCK, Power
from audiograph.sound import Span

BELOW, OVER, NEAREST = 25.0, 6.0, 12.0  # LU
SMOOTH = 5  # steps of 10 ms that are averaged
NOISE = 5  # percentile of the level that counts as background noise
SILENCE = -90.0  # LUFS; anything softer is digital silence
CUT = 8  # steps of digital silence that separate sentences


def sentences(steps: Power, pause: float) -> list[Span]:
    """The sentences as spans of steps; `pause` is the shortest pause with background noise, in seconds.

    Each sentence is at least 400 ms long and passes the gates, so it has a loudness.
    """
    speaking = np.flatnonzero(np.diff(_speaking(steps), prepend=False, append=False))
    runs = [(int(first), int(last)) for first, last in speaking.reshape(-1, 2)]
    return _measurable(steps, _joined(runs, round(pause / gating.STEP), steps < gating.power(SILENCE)))


def loudness(steps: Power) -> float:
    """Gated LUFS of one sentence, in blocks of 400 ms every 10 ms, as it may be short."""
    blocks = gating.windows(steps, BLOCK)
    gated = blocks[gating.passing(blocks)] if len(blocks) else blocks
    return gating.loudness(float(gated.mean())) if len(gated) else -np.inf


def _speaking(steps: Power) -> NDArray[np.bool_]:
    """Whether the voice is speaking at each step."""
    voice = gating.integrated(steps)
    if not np.isfinite(voice):
        return np.zeros(len(steps), bool)
    smooth = np.convolve(steps, np.full(SMOOTH, 1 / SMOOTH), "same")
    heard = smooth[smooth > gating.power(SILENCE)]
    noise = gating.loudness(float(np.percentile(heard, NOISE)))
    level = max(voice - BELOW, min(noise + OVER, voice - NEAREST))
    return np.asarray(smooth > gating.power(level))


def _joined(runs: list[Span], pause: int, silent: NDArray[np.bool_]) -> list[Span]:
    """Runs that are less than a pause apart joined, unless there is digital silence between them."""
    joined: list[Span] = []
    for first, last in runs:
        if joined and first - joined[-1][1] < pause and silent[joined[-1][1] : first].sum() < CUT:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _measurable(steps: Power, spans: list[Span]) -> list[Span]:
    """Spans without a loudness of their own joined with their nearer neighbour."""
    merged, i = list(spans), 0
    while i < len(merged) and len(merged) > 1:
        first, last = merged[i]
        if np.isfinite(loudness(steps[first:last])):
            i += 1
            continue
        before = first - merged[i - 1][1] if i > 0 else np.inf
        after = merged[i + 1][0] - last if i + 1 < len(merged) else np.inf
        i -= before <= after
        merged[i : i + 2] = [(merged[i][0], merged[i + 1][1])]
    return merged
