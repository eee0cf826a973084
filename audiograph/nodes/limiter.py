"""Brick-wall limiter that looks ahead.

Reference: G. Luff, "Designing a straightforward limiter", signalsmith-audio.co.uk,
2022: the lowest gain over the window, exponential release, a mean over the window.
The window is the look-ahead and one frame; all channels have one gain. True peak
after Recommendation ITU-R BS.1770-5, annex 2: the level of a frame is the highest of
its sample and the three values between it and the next, interpolated from the 20
frames around it, or from 68 where the sound fills its band (`dsp.between`), plus 1/48
of the largest second difference at the frame before, at these two, and at the one
after them. The lowest gain is then taken over 21 frames more than the window, and the
latency is 44 frames longer.
"""

from functools import partial

from audiograph.dsp.limiting import at_rest, delays, limit, limiter_coefs
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, flag, seconds


@effect
def limiter(
    setup: Setup,
    ceiling: float = db(-1, -40, 0, "highest level of the output"),
    lookahead: float = seconds(0.005, 0.0001, 0.1, "how long before a peak the gain begins to fall"),
    release: float = seconds(0.05, 0.001, 5, "time until 63 % of the reduction is gone"),
    true_peak: bool = flag(True, "limits peaks between the samples too, as meters and codecs see them"),
) -> Effect:
    """Keeps a sound under a ceiling, without clipping, and never makes up gain.

    Tune the level of the input first: if the limiter works all the time, the mix
    is too loud. Then the release: shorter is louder, longer is cleaner. No sample
    exceeds the ceiling; with `true_peak` nothing between samples does, within
    0.1 dB for speech and music at any rate (0.5 dB for white noise). The mix stays
    in time: the engine makes up for the look-ahead.
    """
    frames = delays(max(1, setup.frames(lookahead)), true_peak)
    return Effect(
        limit,
        limiter_coefs(setup.rate, ceiling, release, true_peak),
        partial(at_rest, setup.inputs[0].channels, frames, true_peak),
        latency=frames.latency,
        memory=frames.memory(setup.rate, release),
        clocked=True,
    )
