"""The sentences of a voice, brought to one loudness.

The voice is heard before the first frame. Each sentence gets one gain, towards
the loudness at which the whole stays as loud as it was; the gain moves along an
S (the smoothstep 3 p**2 - 2 p**3) within the pause between two sentences, and
nowhere else. How sentences are found is in audiograph/measuring/sentences.py.

Reference: Recommendation ITU-R BS.1770-5, annex 1, for each sentence: K-weighting, blocks of 400 ms
(here every 10 ms), both gates.
"""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.metering import boundary
from audiograph.language.quantity import shown
from audiograph.measuring import Meter, gating
from audiograph.measuring.gating import Power
from audiograph.measuring.sentences import loudness, sentences
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Audio, Chunks, Span, Stream, cut
from audiograph.streams import spool
from audiograph.streams.spool import Spool
from audiograph.units import db, seconds

ROOM = 5  # steps of 10 ms: how long a word fades into the pause, and how early it begins
ALIKE = 1.5  # LU; sentences no further apart are left alone
PASSES = 8  # to the level at which the whole is as loud as before


class Gains(NamedTuple):
    """A gain for each sentence, and the ramps between them."""

    values: NDArray[np.float64]  # (sentences,) factors
    begins: NDArray[np.int64]  # (sentences - 1,) frame at which a ramp begins
    ends: NDArray[np.int64]  # and the frame at which it has arrived

    def along(self, at: int, frames: int) -> NDArray[np.float32]:
        """The factor of each frame from `at` on."""
        n = np.arange(at, at + frames)
        ramp = np.searchsorted(self.ends, n, "right")
        last = np.minimum(ramp, len(self.begins) - 1)
        way = np.clip((n - self.begins[last]) / (self.ends[last] - self.begins[last]), 0, 1)
        way = np.where(ramp > last, 0, way * way * (3 - 2 * way))
        before, after = self.values[ramp], self.values[np.minimum(ramp + 1, len(self.begins))]
        factors: NDArray[np.float32] = (before + (after - before) * way).astype(np.float32)
        return factors


@timeline
def leveler(
    setup: Setup,
    range: float = db(9, 0, 20, "largest gain, up or down"),
    pause: float = seconds(
        0.4, 0.1, 5, "between two sentences of a recording, at least; of digital silence 80 ms are enough"
    ),
) -> Stream:
    """Brings the sentences of a voice to one loudness, as AI voices need it.

    It changes nothing within a sentence, and a single one is left as it is. The
    whole stays as loud as it was: `loudness` or `balance` may follow. Tune the
    pause first: shorter than those between sentences, longer, if it can be, than
    those at commas, where otherwise the parts of a sentence are levelled too.
    """
    return spool.two_pass(setup.inputs[0], partial(_measured, setup, range, pause))


def _measured(setup: Setup, most: float, pause: float) -> Chunks:
    """The input, each sentence with its gain."""
    (sound,) = setup.inputs
    meter = Meter(sound.rate, sound.channels)
    kept = spool.record(sound, [meter], setup.progress)
    steps = meter.power()
    spans = sentences(steps, pause)
    gains = _gains(steps, spans, most) if len(spans) > 1 else np.zeros(1)
    if np.ptp(gains) <= ALIKE:
        return kept.chunks
    _tell(setup, spans, gains, most)
    begins, ends = _ramps(spans, sound.rate)
    return partial(_levelled, kept, Gains(10 ** (gains / 20), begins, ends))


def _tell(setup: Setup, spans: list[Span], gains: NDArray[np.float64], most: float) -> None:
    """Which sentence needs more than it may get."""
    held = np.flatnonzero(np.abs(gains) >= most - 1e-9)
    if len(held):
        first = shown(round(spans[held[0]][0] * gating.STEP, 1), "s")
        what = f"{len(held)} of {len(spans)} sentences, the first at {first}, need"
        setup.note(f"{what} more than `range`, {shown(most, 'dB')}: they come nearer, not all the way")


def _gains(steps: Power, spans: list[Span], most: float) -> NDArray[np.float64]:
    """In dB: each sentence towards a level, the one at which the whole is as loud as before."""
    levels = np.array([loudness(steps[first:last]) for first, last in spans])
    whole = gating.integrated(steps)
    level, gains = whole, np.zeros(len(spans))
    edges = [(before + after) // 2 for (_, before), (after, _) in pairwise(spans)]
    lengths = np.diff([0, *edges, len(steps)])
    for _ in range(PASSES):
        gains = np.clip(level - levels, -most, most)
        level += whole - gating.integrated(steps * np.repeat(10 ** (gains / 10), lengths))
    return gains


def _ramps(spans: list[Span], rate: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the gain moves, in frames: in the pauses, but for a little room at the words."""
    pauses = [(before, after) for (_, before), (after, _) in pairwise(spans)]
    rooms = [min(ROOM, (after - before) // 4) for before, after in pauses]
    begins = [boundary(before + room, rate) for (before, _), room in zip(pauses, rooms, strict=True)]
    ends = [boundary(after - room, rate) for (_, after), room in zip(pauses, rooms, strict=True)]
    return np.array(begins), np.array(ends)


def _levelled(kept: Spool, gains: Gains, first: int) -> Iterator[Audio]:
    parts = kept.chunks(first)
    for begin, end in cut(kept.spans, first, ENDLESS):
        at = begin
        while at < end:
            x = next(parts)
            yield x * gains.along(at, x.shape[1])
            at += x.shape[1]
