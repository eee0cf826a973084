"""Its peak at a level, by one gain.

Reference: Recommendation ITU-R BS.1770-5, annex 2: true peak, 4 times oversampled.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import inf

import numpy as np

from audiograph import tape
from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.measuring import Meter
from audiograph.node import Setup, timeline
from audiograph.sound import Audio, Stream
from audiograph.tape import Tape
from audiograph.units import db, flag


@timeline
def normalize(
    setup: Setup,
    level: float = db(-1, -60, 0, "where its peak is to be"),
    true_peak: bool = flag(True, "counts what is between the samples as well"),
) -> Stream:
    """Sets the peak of a sound, by one gain for all of it.

    One peak decides, so two voices with equal peaks are seldom equally loud: for
    that there is `loudness`. Use this for effects and chimes, and before saving a
    recording. Silence is left as it is.
    """
    sound: Stream = setup.inputs[0]
    if sound.frames is None:
        raise NodeError("must hear all of its input first, which never ends: give it a length")
    heard = tape.once(partial(_rehearsed, setup, level, true_peak))

    def chunks(first: int) -> Iterator[Audio]:
        kept, factor = heard()
        return (x * factor for x in kept.chunks(first))

    return replace(sound, chunks=chunks, note="", rehearsed=True)


def _rehearsed(setup: Setup, level: float, true_peak: bool) -> tuple[Tape, np.float32]:
    """The input on tape, and its factor."""
    (sound,) = setup.inputs
    meter = Meter(sound.rate, sound.channels)
    kept = tape.record(sound, [meter], setup.progress)
    levels = meter.levels()
    peak = levels.true_peak_dbtp if true_peak else levels.sample_peak_dbfs
    if peak < -200:
        setup.note("is silent, and left as it is" if peak == -inf else "is below -200 dB, and left as it is")
        return kept, np.float32(1)
    return kept, np.float32(amplitude(level - peak))
