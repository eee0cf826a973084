"""Brick-wall limiter that looks ahead.

Reference: G. Luff, "Designing a straightforward limiter", signalsmith-audio.co.uk,
2022: the lowest gain over the window, exponential release, a mean over the window.
The window is the look-ahead and one frame; all channels have one gain.
"""

from functools import partial

from audiograph.dsp.limiting import at_rest, limit, limiter_coefs, memory
from audiograph.node import Effect, Setup, effect
from audiograph.units import db, seconds


@effect
def limiter(
    setup: Setup,
    ceiling: float = db(-1, -40, 0, "no sample is above it"),
    lookahead: float = seconds(
        0.005, 0.0001, 0.1, "time to bend down before a peak; the sound comes later by as much"
    ),
    release: float = seconds(0.05, 0.001, 5, "time to let go, to 63 %"),
) -> Effect:
    """Keeps every sample under a ceiling, without clipping, and never makes up gain.

    Tune what comes in first: a limiter that works all the time is a mix too
    loud. Then the release: shorter is louder, longer is cleaner.
    """
    latency, channels = max(1, setup.frames(lookahead)), setup.inputs[0].channels
    return Effect(
        limit,
        limiter_coefs(setup.rate, ceiling, release),
        partial(at_rest, channels, latency),
        latency=latency,
        memory=memory(setup.rate, latency, release),
    )
