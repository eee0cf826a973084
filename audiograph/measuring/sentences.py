"""The sentences of a voice: the parts between its pauses, and the loudness of each.

In a pause the voice is softer than a threshold, which follows from the voice itself:
BELOW under its loudness, but OVER the background noise, and never closer to the
loudness than NEAREST. So speech stands out from digital silence, a quiet room and a
noisy hall alike, and a soft voice is heard as a loud one is. Even a short digital
silence separates sentences, as they were generated or cut one by one: nobody breathes
without a sound. A part that is shorter than a word belongs to its neighbour, if there
is no pause between them. Alone, it is no word, and neither is what is soft and has no
pitch, such as a breath: they are no sentences.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.measuring import gating
from audiograph.measuring.gating import BLOCK, Power
from audiograph.sound import Span

BELOW, OVER, NEAREST = 25.0, 6.0, 12.0  # LU
SMOOTH = 5  # steps of 10 ms that are averaged
NOISE = 5  # percentile of the level that counts as background noise
LOUDEST = -10.0  # LUFS; every voice is scaled to it
SILENCE = -80.0  # LUFS then; anything softer is digital silence
WORD = 15  # steps; nothing shorter is a word
SOFT = 8.0  # LU; a breath is softer than its voice by more


class Voice(NamedTuple):
    """Spans of steps of 10 ms."""

    sentences: list[Span]
    pauses: list[Span]  # the longest between one sentence and the next


def scaled(steps: Power) -> Power:
    """The steps of the same sound, made so loud that its loudest 400 ms are at LOUDEST."""
    loudest = float(gating.windows(steps, BLOCK).max(initial=0))
    return steps * (gating.power(LOUDEST) / loudest) if loudest > 0 else steps


def found(steps: Power, still: Iterable[Span], pause: float, voiced: Callable[[Span], bool]) -> Voice:
    """The sentences of a voice.

    `steps` are scaled, `still` are digital silences that separate sentences, `pause` is
    the shortest pause with background noise, in seconds, and `voiced` tells whether
    some steps have a pitch; it is only asked about soft ones.
    """
    speaking, cut = _speaking(steps), np.zeros(len(steps), bool)
    for first, last in still:
        speaking[first:last], cut[first:last] = False, True
    changes = np.flatnonzero(np.diff(speaking, prepend=False, append=False)).reshape(-1, 2)
    runs = [(int(first), int(last)) for first, last in changes]
    parts = _whole(_joined(runs, round(pause / gating.STEP), cut), round(pause / gating.STEP))
    level = gating.integrated(steps)
    sentences = [part for part in parts if _is_speech(steps, part, level, voiced)]
    between = [[(a, b) for (_, a), (b, _) in pairwise(parts) if a >= end and b <= begin]
               for (_, end), (begin, _) in pairwise(sentences)]  # fmt: skip
    return Voice(sentences, [max(gaps, key=lambda gap: gap[1] - gap[0]) for gaps in between])


def loudness(steps: Power) -> float:
    """Gated LUFS of a sentence, in blocks of 400 ms every 10 ms, as it may be short; the mean of a word."""
    blocks = gating.windows(steps, min(BLOCK, len(steps)))
    gated = blocks[gating.passing(blocks)]
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


def _joined(runs: list[Span], pause: int, cut: NDArray[np.bool_]) -> list[Span]:
    """Runs that are less than a pause apart joined, unless there is digital silence between them."""
    joined: list[Span] = []
    for first, last in runs:
        if joined and first - joined[-1][1] < pause and not cut[joined[-1][1] : first].any():
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _whole(parts: list[Span], pause: int) -> list[Span]:
    """Parts too short for a word joined with their nearer neighbour, where there is no pause between them."""
    whole, i = list(parts), 0
    while i < len(whole):
        first, last = whole[i]
        before = first - whole[i - 1][1] if i > 0 else pause
        after = whole[i + 1][0] - last if i + 1 < len(whole) else pause
        if last - first >= WORD or min(before, after) >= pause:
            i += 1
            continue
        i -= before <= after
        whole[i : i + 2] = [(whole[i][0], whole[i + 1][1])]
    return whole


def _is_speech(steps: Power, part: Span, level: float, voiced: Callable[[Span], bool]) -> bool:
    """Whether a part between pauses is a word, or more; `level` is the loudness of the whole."""
    first, last = part
    if last - first < WORD:
        return False
    return loudness(steps[first:last]) > level - SOFT or voiced(part)
