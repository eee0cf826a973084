"""Brick-wall limiter that looks ahead.

Reference: G. Luff, "Designing a straightforward limiter", signalsmith-audio.co.uk,
2022: the lowest gain over the window, exponential release, a mean over the window.
The window is the look-ahead and one frame; all channels have one gain. True peak
after Recommendation ITU-R BS.1770-5, annex 2: a frame is as high as the highest
of its sample and the three values between it and the next, interpolated from the
20 frames around it, and 1/64 of the largest second difference at the frame
before, at these two, and at the one after them; the lowest gain is then that of
21 frames more than the window, and the sound comes later by 20.
"""

from functools import partial

from audiograph.dsp.limiting import at_rest, delays, limit, limiter_coefs
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, flag, seconds


@effect
def limiter(
    setup: Setup,
    ceiling: float = db(-1, -40, 0, "nothing is above it"),
    lookahead: float = seconds(
        0.005, 0.0001, 0.1, "time to bend down before a peak; the sound comes later by as much"
    ),
    release: float = seconds(0.05, 0.001, 5, "time to let go, to 63 %"),
    true_peak: bool = flag(
        True, "holds down what is between the samples as well, as meters and codecs see it"
    ),
) -> Effect:
    """Keeps a sound under a ceiling, without clipping, and never makes up gain.

    Tune what comes in first: a limiter that works all the time is a mix too
    loud. Then the release: shorter is louder, longer is cleaner. No sample is
    above the ceiling; with `true_peak` nothing between them is, within 0.05 dB,
    and the sound comes later by 20 frames more.
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
