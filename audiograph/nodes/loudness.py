"""As loud as is asked for, by one gain, with a ceiling for the peaks.

The sound is heard once, whole, and kept. One gain brings it to the target. Only
where its true peak would then be above the ceiling it goes through a limiter, and
what this takes of the loudness is measured, and given back by more gain, pass
after pass. The limiter is that of the node `limiter`, with a look-ahead of 1 ms and
a release of 2 ms: it rides no gain, and takes the least from a voice full of peaks,
so that music under it keeps its distance. The price is paid by a steady bass that
is above the ceiling, which it bends; put a `limiter` of 5 ms before, for that.

Reference: Recommendation ITU-R BS.1770-5, annex 1: loudness with both gates; annex 2: true peak.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from math import inf
from typing import NamedTuple

import numpy as np

from audiograph.dsp.decibels import amplitude
from audiograph.dsp.limiting import at_rest, delays, limit, limiter_coefs
from audiograph.language.parameter import lufs_of
from audiograph.language.quantity import shown
from audiograph.measuring import Meter, gating
from audiograph.node import Effect, Setup, timeline
from audiograph.sound import Audio, Chunks, Reader, Span, Stream, merged
from audiograph.streams import spool
from audiograph.streams.spool import Spool
from audiograph.units import db, lufs

PASSES = 8  # through the limiter, at most, with that which is kept
NEAR = 0.02  # LU from the target that are near enough
MISSED = 0.1  # LU from the target that must be told
OVER = 0.03  # dB over the ceiling that may remain
LOOKAHEAD, RELEASE = 0.001, 0.002  # seconds, of the limiter
HEAVY, TAKEN = 6.0, 1.0  # dB that peaks are held down, LU that this takes: more must be told
FLAT = 0.1  # LU that a dB of gain must give, or more gain is no help


@timeline
def loudness(
    setup: Setup,
    target: float | str = lufs("podcast", -60, 0, "how loud the whole is to be"),
    ceiling: float = db(-1, -40, 0, "true peak that nothing is above"),
) -> Stream:
    """Makes a sound as loud as is asked for, by one gain for all of it, under a ceiling.

    What lies in it keeps its proportions, as the gain never moves. Peaks above the
    ceiling are limited, and nothing else is. Where that is more than 6 dB, or takes
    more than 1 LU from the loud parts, a note says so: then compress the voice
    before, or ask for less. By name, podcast is -16 LUFS (mono -19), short_video and
    streaming are -14, broadcast is -23. Silence is left as it is.
    """
    sound: Stream = setup.inputs[0]
    return spool.two_pass(sound, partial(_mastered, setup, lufs_of(target, sound.channels), ceiling))


class _Pass(NamedTuple):
    """What the sound measures after a gain and a limiter."""

    gain: float  # dB before it
    held: float  # ceiling of it, dB
    loud: float  # LUFS after it
    peak: float  # dB after it


def _mastered(setup: Setup, target: float, ceiling: float) -> Chunks:
    """What is to be played."""
    sound: Stream = setup.inputs[0]
    meter = Meter(sound.rate, sound.channels)
    kept, factor = spool.record(sound, [meter], partial(_told, setup, 0)), 1.0
    loud, why = _measured(meter)
    if why:
        setup.note(why)
    gain = _gain(meter, loud, target) if loud > -inf else 0.0
    over = meter.levels().true_peak_dbtp + gain - ceiling
    if over <= 0 or loud == -inf:
        factor = amplitude(gain)
    else:
        found = _nearest(setup, kept, gain, target, ceiling)
        kept = spool.record(
            _limited(setup, kept, found.gain, found.held), progress=partial(_told, setup, PASSES)
        )
        _tell(setup, found, over, found.gain - gain, target, ceiling)
    setup.progress(1.0)
    return kept.times(factor)


def _gain(meter: Meter, loud: float, target: float) -> float:
    """dB to the target: what the gate at -70 LUFS hides of a soft sound counts when it is louder."""
    gain, steps = target - loud, meter.power()
    for _ in range(PASSES):
        now = gating.integrated(steps * 10 ** (gain / 10))
        if now == -inf or abs(target - now) < NEAR:
            break
        gain += target - now
    return gain


def _told(setup: Setup, hearing: int, part: float) -> None:
    """Progress, where nobody knows how often it will be heard."""
    setup.progress(1 - 0.5**hearing * (1 - part / 2))


def _measured(meter: Meter) -> tuple[float, str]:
    """LUFS, -inf where there are none; and what is to be said of that."""
    levels = meter.levels()
    loud, why = levels.integrated_lufs, ""
    if loud == -inf and 0 < levels.duration_s < 0.4:
        meter.silence(meter.rate // 10)  # so that the last step is whole
        loud = gating.loudness(float(meter.power().sum()) * gating.STEP / levels.duration_s)
        why = "is shorter than 400 ms: its loudness is that of all of it, without gates"
    if levels.sample_peak_dbfs == -inf:
        return -inf, "is silent, and left as it is"
    if loud < gating.ABSOLUTE:
        return -inf, "has nothing above -70 LUFS, and is left as it is"
    return loud, why


def _nearest(setup: Setup, kept: Spool, gain: float, target: float, ceiling: float) -> _Pass:
    """The pass that comes nearest to the target, of those under the ceiling."""
    held, slope = ceiling, 1.0
    passes: list[_Pass] = []
    for hearing in range(1, PASSES):
        passes.append(now := _heard(setup, kept, gain, held, hearing))
        before = passes[-2] if hearing > 1 else now
        if now.held == before.held and now.gain != before.gain:
            slope = (now.loud - before.loud) / (now.gain - before.gain)
        missed, over = target - now.loud, max(0.0, now.peak - ceiling)
        if (abs(missed) <= NEAR and over <= OVER) or slope < FLAT:
            break
        held -= over if over > OVER else 0.0
        gain += missed / min(slope, 1.0)
    return min(passes, key=partial(_faults, target, ceiling))


def _faults(target: float, ceiling: float, found: _Pass) -> tuple[bool, float]:
    return found.peak > ceiling + OVER, abs(target - found.loud)


def _heard(setup: Setup, kept: Spool, gain: float, held: float, hearing: int) -> _Pass:
    sound: Stream = setup.inputs[0]
    meter = Meter(sound.rate, sound.channels)
    spool.hear(_limited(setup, kept, gain, held), [meter], partial(_told, setup, hearing))
    loud, _ = _measured(meter)
    return _Pass(gain, held, loud, meter.levels().true_peak_dbtp)


def _limited(setup: Setup, kept: Spool, gain: float, held: float) -> Stream:
    made = _limiter(setup.inputs[0], held)
    return _through(made, replace(setup.inputs[0], chunks=kept.chunks), np.float32(amplitude(gain)))


def _limiter(sound: Stream, ceiling: float) -> Effect:
    frames = delays(round(LOOKAHEAD * sound.rate), True)
    return Effect(
        limit,
        limiter_coefs(sound.rate, ceiling, RELEASE, True),
        partial(at_rest, sound.channels, frames, True),
        latency=frames.latency,
        memory=frames.memory(sound.rate, RELEASE),
        clocked=True,
    )


def _through(effect: Effect, sound: Stream, factor: np.float32) -> Stream:
    """The sound through an effect, in time, for one pass from its first frame on."""
    assert effect.memory is not None
    spans = merged(sound.spans, near=effect.memory)  # after a longer silence it is at rest

    def whole(_: int) -> Iterator[Audio]:
        return chain.from_iterable(_span(effect, sound, factor, span) for span in spans)

    def parts(_: int) -> Iterator[Audio]:
        reader, at = Reader(replace(sound, spans=spans, chunks=whole)), 0
        for first, last in sound.spans:
            reader.skip(first - at)
            yield from reader.sound(last - first)
            at = last

    return replace(sound, chunks=parts)


def _span(effect: Effect, sound: Stream, factor: np.float32, span: Span) -> Iterator[Audio]:
    first, last = span
    state, late = effect.state(), effect.latency
    after = np.zeros((sound.channels, late), np.float32)
    for x in chain(sound.open(first).blocks(last - first), [after]):
        y = np.empty(x.shape, np.float32)
        effect.kernel(np.ascontiguousarray(x * factor), y, effect.coefs, state)
        yield y[:, late:]
        late = max(0, late - y.shape[1])


def _tell(setup: Setup, found: _Pass, over: float, taken: float, target: float, ceiling: float) -> None:
    top, wanted = shown(ceiling, "dB"), shown(round(target, 1), "LUFS")
    if abs(target - found.loud) > MISSED:
        near = shown(round(found.loud, 1), "LUFS")
        setup.note(f"comes to {near}, not {wanted}: a ceiling of {top} lets no more through; ask for less")
    elif over + taken > HEAVY or taken > TAKEN:
        held, lost = shown(round(over + taken, 1), "dB"), shown(round(taken, 1), "LU")
        what = f"holds peaks down by up to {held} to be at {wanted} under {top}, which takes {lost}"
        setup.note(f"{what} from the loud parts: compress the voice before, or ask for less")
