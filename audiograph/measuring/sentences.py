"""The sentences of a voice: what lies between its pauses, and how loud each is.

A pause is where the voice is softer than a level that follows from the voice
itself: BELOW under its loudness, but over the noise it stands in by OVER, and
never nearer to the voice than NEAREST. So digital silence, a quiet room and a
noisy hall are all told from speech. What is too short to measure belongs to the
nearer neighbour.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audiograph.measuring import gating
from audiograph.measuring.gating import BLOCK, Power
from audiograph.sound import Span

BELOW, OVER, NEAREST = 25.0, 6.0, 12.0  # LU
SMOOTH = 5  # steps of 10 ms over which it listens
NOISE = 5  # percent of the time that are no louder than the noise
SILENCE = -90.0  # LUFS; what is below it is no room but digital silence


def sentences(steps: Power, pause: float) -> list[Span]:
    """First step of each sentence and the step after its last; `pause` is in seconds.

    Each is at least 400 ms long and passes the gates, so it has a loudness.
    """
    speaking = np.flatnonzero(np.diff(_speaking(steps), prepend=False, append=False))
    runs = [(int(first), int(last)) for first, last in speaking.reshape(-1, 2)]
    return _measurable(steps, _joined(runs, round(pause / gating.STEP)))


def loudness(steps: Power) -> float:
    """LUFS of one sentence: gated, in blocks of 400 ms every 10 ms, for it may be short."""
    blocks = gating.windows(steps, BLOCK)
    found = blocks[gating.passing(blocks)] if len(blocks) else blocks
    return gating.loudness(float(found.mean())) if len(found) else -np.inf


def _speaking(steps: Power) -> NDArray[np.bool_]:
    """Whether the voice sounds at each step."""
    voice = gating.integrated(steps)
    if not np.isfinite(voice):
        return np.zeros(len(steps), bool)
    smooth = np.convolve(steps, np.full(SMOOTH, 1 / SMOOTH), "same")
    heard = smooth[smooth > gating.power(SILENCE)]
    noise = gating.loudness(float(np.percentile(heard, NOISE)))
    level = max(voice - BELOW, min(noise + OVER, voice - NEAREST))
    return np.asarray(smooth > gating.power(level))


def _joined(runs: list[Span], pause: int) -> list[Span]:
    """Runs less than a pause apart made one."""
    found: list[Span] = []
    for first, last in runs:
        if found and first - found[-1][1] < pause:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found


def _measurable(steps: Power, spans: list[Span]) -> list[Span]:
    """Those without a loudness of their own made one with the nearer neighbour."""
    found = list(spans)
    while len(found) > 1:
        without = [i for i, (a, b) in enumerate(found) if not np.isfinite(loudness(steps[a:b]))]
        if not without:
            break
        i = without[0]
        gaps = [after[0] - before[1] for before, after in pairwise(found)]
        left = i > 0 and (i == len(gaps) or gaps[i - 1] <= gaps[i])
        at = i - 1 if left else i
        found[at : at + 2] = [(found[at][0], found[at + 1][1])]
    return found
