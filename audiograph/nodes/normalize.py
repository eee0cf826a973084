"""Normalize: the peak of a sound at a level, by one gain.

Reference: Recommendation ITU-R BS.1770-5, annex 2: true peak, 4 times oversampled.
"""

from dataclasses import replace
from functools import partial
from math import inf

from audiograph.dsp.decibels import amplitude
from audiograph.measuring import Meter, wild
from audiograph.node import Setup, timeline
from audiograph.sound import Chunks, Stream
from audiograph.streams import spool
from audiograph.units import db, flag


@timeline
def normalize(
    setup: Setup,
    level: float = db(-1, -60, 0, "peak of the result"),
    true_peak: bool = flag(True, "counts peaks between the samples too"),
) -> Stream:
    """Sets the peak of a sound to a level, by one gain for all of it.

    The highest peak decides, so two voices with equal peaks are seldom equally
    loud: for that, use `loudness`. Use this for effects and chimes, and before
    saving a recording. Silence is left as it is.
    """
    return spool.two_pass(setup.inputs[0], partial(_measured, setup, level, true_peak))


def _measured(setup: Setup, level: float, true_peak: bool) -> Chunks:
    """The input, times its gain."""
    (sound,) = setup.inputs
    meter = Meter(sound.rate, sound.channels)
    recorded = spool.record(sound, [meter], setup.progress)
    levels = meter.levels()
    peak = levels.true_peak_dbtp if true_peak else levels.sample_peak_dbfs
    if peak < -200:
        setup.note("is silent, and left as it is" if peak == -inf else "is below -200 dB, and left as it is")
        return recorded.chunks
    if inf > levels.sample_peak_dbfs - levels.integrated_lufs > wild.CREST:
        one, _ = wild.highest(replace(sound, chunks=recorded.chunks))
        if one:
            setup.note(f"has {one}, which decides its level: cut that place, or put a limiter before")
    return recorded.times(amplitude(level - peak))
