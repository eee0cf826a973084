"""The sentences of a voice: what lies between its pauses, and how loud each is.

A pause is where the voice is softer than a level that follows from the voice
itself: BELOW under its loudness, but over the noise it stands in by OVER, and
never nearer to the voice than NEAREST. So digital silence, a quiet room and a
noisy hall are all told from speech. Digital silence stands between sentences
that were made or cut one by one, however short it is: nobody breathes without a
sound. What is too short to measure belongs to the nearer neighbour.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.measuring import gating
from audiograph.measuring.gating import BLOCK, Power
from audiograph.sound import Span

BELOW, OVER, NEAREST = 25.0, 6.0, 12.0  # LU
SMOOTH = 5  # steps of 10 ms over which it listens
NOISE = 5  # percent of the time that are no louder than the noise
SILENCE = -90.0  # LUFS; what is below it is no room but digital silence
CUT = 8  # steps of it that are no accident


def sentences(steps: Power, pause: float) -> list[Span]:
    """First step of each sentence and the step after its last; `pause` is in seconds, of the noise of a room.

    Each is at least 400 ms long and passes the gates, so it has a loudness.
    """
    speaking = np.flatnonzero(np.diff(_speaking(steps), prepend=False, append=False))
    runs = [(int(first), int(last)) for first, last in speaking.reshape(-1, 2)]
    return _measurable(steps, _joined(runs, round(pause / gating.STEP), steps < gating.power(SILENCE)))


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


def _joined(runs: list[Span], pause: int, silent: NDArray[np.bool_]) -> list[Span]:
    """Runs less than a pause apart made one, where there is no digital silence between."""
    found: list[Span] = []
    for first, last in runs:
        if found and first - found[-1][1] < pause and silent[found[-1][1] : first].sum() < CUT:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found


def _measurable(steps: Power, spans: list[Span]) -> list[Span]:
    """Those without a loudness of their own made one with the nearer neighbour."""
    found, i = list(spans), 0
    while i < len(found) and len(found) > 1:
        first, last = found[i]
        if np.isfinite(loudness(steps[first:last])):
            i += 1
            continue
        before = first - found[i - 1][1] if i > 0 else np.inf
        after = found[i + 1][0] - last if i + 1 < len(found) else np.inf
        i -= before <= after
        found[i : i + 2] = [(found[i][0], found[i + 1][1])]
    return found
