"""Leveler: the sentences of a voice, brought to one loudness.

The whole voice is measured before the first frame, without its offset. Each sentence gets one gain,
towards the loudness at which the whole stays as loud as it was. The gain moves along
an S curve (the smoothstep 3 p**2 - 2 p**3) within the pause between two sentences,
and nowhere else. audiograph/measuring/sentences.py finds the sentences.

Reference: Recommendation ITU-R BS.1770-5, annex 1, for each sentence: K-weighting, blocks of 400 ms
(here every 10 ms), both gates.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import ceil, floor, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.metering import boundary
from audiograph.language.quantity import shown
from audiograph.measuring import Meter, gating
from audiograph.measuring.gating import Power
from audiograph.measuring.sentences import Voice, found, loudness, scaled
from audiograph.measuring.stillness import Centred, Stillness
from audiograph.measuring.voicing import is_voiced
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Audio, Chunks, Span, Stream, cut
from audiograph.streams import spool
from audiograph.streams.spool import Spool
from audiograph.units import db, seconds

MARGIN = 5  # steps of 10 ms next to a word that keep its gain: it fades into the pause, and begins early
ALIKE = 1.5  # LU; sentences that differ by no more are left alone
CUT = 0.08  # seconds of digital silence that separate sentences
STILL = 1e-3  # of the loudest 400 ms; samples that differ by no more are digital silence
INAUDIBLE = 1e-6  # power of an offset, relative to the loudest 10 ms
HEARD = 5  # seconds of a soft part in which a pitch is looked for
ITERATIONS = 8  # to the level at which the whole is as loud as before


class Gains(NamedTuple):
    """A gain for each sentence, and the ramps between them."""

    values: NDArray[np.float64]  # (sentences,) factors
    begins: NDArray[np.int64]  # (sentences - 1,) frame at which a ramp begins
    ends: NDArray[np.int64]  # (sentences - 1,) frame at which it has arrived

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
        0.4, 0.1, 5, "shortest pause between two sentences; 80 ms are enough if it is digital silence"
    ),
) -> Stream:
    """Brings the sentences of a voice to one loudness, as AI voices need it.

    The level within a sentence stays as it is, and so does a single sentence. The
    whole stays as loud as it was: `loudness` or `balance` may follow. Tune the
    pause first: shorter than the pauses between sentences, and if possible longer
    than those at commas, or else the parts of a sentence are levelled too.
    """
    return spool.two_pass(setup.inputs[0], partial(_measured, setup, range, pause))


def _measured(setup: Setup, most: float, pause: float) -> Chunks:
    """The input, each sentence times its gain."""
    (sound,) = setup.inputs
    meter, stillness = Meter(sound.rate, sound.channels), Stillness(sound.rate, sound.channels)
    recorded = spool.record(sound, [meter, stillness], setup.progress)
    again = replace(sound, chunks=recorded.chunks)
    power = _power(again, meter, stillness.offset())
    steps, still = scaled(power), _still(power, stillness)
    voice = found(steps, still, pause, partial(_is_voiced, again))
    gains = _gains(steps, voice, most) if len(voice.sentences) > 1 else np.zeros(1)
    if np.ptp(gains) <= ALIKE:
        return recorded.chunks
    _warn(setup, voice.sentences, gains, most)
    begins, ends = _ramps(voice.pauses, sound.rate)
    return partial(_levelled, recorded, Gains(10 ** (gains / 20), begins, ends))


def _power(sound: Stream, meter: Meter, offset: NDArray[np.float64]) -> Power:
    """The power of all steps without the offset: where that begins or ends, it would be a thump."""
    power = meter.power()
    if np.square(offset).max() <= INAUDIBLE * power.max(initial=0):
        return power
    blind = Meter(sound.rate, sound.channels)
    spool.hear(sound, [Centred(blind, offset)])
    return blind.power()


def _still(power: Power, stillness: Stillness) -> list[Span]:
    """Digital silences that separate sentences, in whole steps: so far below the loudest 400 ms."""
    loudest = float(gating.windows(power, gating.BLOCK).max(initial=0))
    parts = stillness.still(STILL * sqrt(loudest), CUT)
    return [(ceil(first / gating.STEP - 1e-6), floor(last / gating.STEP + 1e-6)) for first, last in parts]


def _is_voiced(sound: Stream, part: Span) -> bool:
    """Whether some steps have a pitch; of long ones the first seconds are heard."""
    first, last = (boundary(step, sound.rate) for step in part)
    return is_voiced(sound.open(first).take(min(last - first, HEARD * sound.rate)), sound.rate)


def _warn(setup: Setup, spans: list[Span], gains: NDArray[np.float64], most: float) -> None:
    """Note the sentences that need a larger gain than `range` allows."""
    limited = np.flatnonzero(np.abs(gains) >= most - 1e-9)
    if len(limited):
        first = shown(round(spans[limited[0]][0] * gating.STEP, 1), "s")
        what = f"{len(limited)} of {len(spans)} sentences, the first at {first}, need"
        setup.note(f"{what} more than `range`, {shown(most, 'dB')}: they come nearer, not all the way")


def _gains(steps: Power, voice: Voice, most: float) -> NDArray[np.float64]:
    """The gain of each sentence in dB, towards the level at which the whole is as loud as before."""
    levels = np.array([loudness(steps[first:last]) for first, last in voice.sentences])
    whole = gating.integrated(steps)
    level, gains = whole, np.zeros(len(levels))
    edges = [(first + last) // 2 for first, last in voice.pauses]
    lengths = np.diff([0, *edges, len(steps)])
    for _ in range(ITERATIONS):
        gains = np.clip(level - levels, -most, most)
        level += whole - gating.integrated(steps * np.repeat(10 ** (gains / 10), lengths))
    return gains


def _ramps(pauses: list[Span], rate: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the gain moves, as first and last frames: in the pauses, but for a margin at the words."""
    margins = [min(MARGIN, (last - first) // 4) for first, last in pauses]
    begins = [boundary(first + margin, rate) for (first, _), margin in zip(pauses, margins, strict=True)]
    ends = [boundary(last - margin, rate) for (_, last), margin in zip(pauses, margins, strict=True)]
    return np.array(begins), np.array(ends)


def _levelled(recorded: Spool, gains: Gains, first: int) -> Iterator[Audio]:
    parts = recorded.chunks(first)
    for begin, end in cut(recorded.spans, first, ENDLESS):
        at = begin
        while at < end:
            x = next(parts)
            yield x * gains.along(at, x.shape[1])
            at += x.shape[1]
