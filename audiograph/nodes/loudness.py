"""Loudness: one gain to a target loudness, with a ceiling for the peaks.

The whole sound is measured once, and recorded. One gain brings it to the target.
Only if its true peak would then exceed the ceiling does it go through a limiter;
the loudness that this costs is measured and made up by more gain, pass after pass.
The limiter is that of the node `limiter`, with a look-ahead of 1 ms and a release of
2 ms: it does not ride the gain, and takes the least from a voice full of peaks, so
that music under it keeps its distance. The price: a steady bass above the ceiling is
distorted; put a `limiter` with a look-ahead of 5 ms before, for that.

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
from audiograph.measuring import Meter, gating, wild
from audiograph.measuring.gating import Power
from audiograph.node import Effect, Setup, timeline
from audiograph.sound import Audio, Chunks, Reader, Span, Stream, merged
from audiograph.streams import spool
from audiograph.streams.spool import Spool
from audiograph.units import db, lufs

SHORTEST = 0.4  # seconds; a shorter sound has no block that can be gated
PASSES = 8  # at most, through the limiter; the last one is recorded
CLOSE_ENOUGH = 0.02  # LU from the target
MISSED = 0.1  # LU from the target; a larger miss is noted
OVERSHOOT = 0.03  # dB over the ceiling that may remain
LOOKAHEAD, RELEASE = 0.001, 0.002  # seconds, of the limiter
HEAVY, COSTLY = 6.0, 1.0  # dB of limiting, LU of loudness that it costs; more of either is noted
USELESS = 0.1  # LU for a dB of gain; with less, more gain does not help


@timeline
def loudness(
    setup: Setup,
    target: float | str = lufs("podcast", -60, 0, "integrated loudness of the result: LUFS, or a name"),
    ceiling: float = db(-1, -40, 0, "highest true peak of the result"),
    most: float = db(30, 0, 80, "largest gain, up or down"),
) -> Stream:
    """Brings a sound to a target loudness, by one gain for all of it, under a ceiling.

    The parts of the mix keep their proportions, as the gain never moves. Only peaks
    above the ceiling are limited. If that takes more than 6 dB from peaks, or more
    than 1 LU from the loud parts, a note says so: then compress the voice before, or
    choose a lower target. By name, podcast is -16 LUFS (mono -19), short_video and
    streaming are -14, broadcast is -23. Silence is left as it is, and background noise
    is not raised to the loudness of a voice: no gain is larger than `most`.
    """
    sound: Stream = setup.inputs[0]
    aim = _Aim(lufs_of(target, sound.channels), ceiling, most)
    return spool.two_pass(sound, partial(_mastered, setup, aim))


class _Aim(NamedTuple):
    """What the result is to be."""

    target: float  # LUFS
    ceiling: float  # dB, true peak
    most: float  # dB of gain, up or down


class _Heard(NamedTuple):
    """What a pass has heard of a sound."""

    steps: Power
    seconds: float
    true_peak: float  # dB
    sample_peak: float  # dB
    wild: bool = False  # the peaks are those of wild samples, which no step contains

    @property
    def short(self) -> bool:
        """Whether it has no block of 400 ms."""
        return 0 < self.seconds < SHORTEST

    def lufs(self, gain: float = 0.0) -> float:
        """The loudness after a gain in dB; what is short has that of the whole, without gates.

        Parts that the gate at -70 LUFS leaves out count once they are louder.
        """
        steps = self.steps * 10 ** (gain / 10)
        return (
            gating.loudness(steps.sum() * gating.STEP / self.seconds)
            if self.short
            else gating.integrated(steps)
        )


class _Pass(NamedTuple):
    """A gain, a limiter after it, and what the result measures."""

    gain: float  # dB, before the limiter
    ceiling: float  # dB, of the limiter
    loud: float  # LUFS, of the result
    peak: float  # dB, true peak of the result


def _mastered(setup: Setup, aim: _Aim) -> Chunks:
    """The chunks of the result."""
    sound: Stream = setup.inputs[0]
    meter = Meter(sound.rate, sound.channels)
    recorded = spool.record(sound, [meter], partial(_progress, setup, 0))
    heard = _audible(setup, recorded, _heard(meter))
    if heard is None:
        setup.progress(1.0)
        return recorded.chunks
    gain, aim = _gain(setup, heard, aim)
    over = heard.true_peak + gain - aim.ceiling
    if over <= 0:
        setup.progress(1.0)
        return recorded.times(amplitude(gain))
    best = _nearest(setup, recorded, gain, aim)
    _warn(setup, best, 0.0 if heard.wild else over, best.gain - gain, aim)
    setup.progress(1.0)
    return _played(_limited(setup, recorded, best.gain, best.ceiling))


def _played(limited: Stream) -> Chunks:
    """The chunks of what passes a limiter: made anew from its beginning, and recorded for a start within."""
    recorded = spool.once(lambda: spool.record(limited))
    return lambda first: recorded().chunks(first) if first > limited.start else limited.chunks(0)


def _heard(meter: Meter) -> _Heard:
    levels = meter.levels()
    if 0 < levels.duration_s < SHORTEST:
        meter.silence(meter.rate // 10)  # so that the last step is whole
    return _Heard(meter.power(), levels.duration_s, levels.true_peak_dbtp, levels.sample_peak_dbfs)


def _audible(setup: Setup, recorded: Spool, heard: _Heard) -> _Heard | None:
    """What counts of the sound: all but wild samples; None if it has no loudness. A note tells which."""
    if heard.sample_peak == -inf:
        setup.note("is silent, and left as it is")
        return None
    if heard.lufs() < gating.ABSOLUTE:
        setup.note("has nothing above -70 LUFS, and is left as it is")
        return None
    if heard.short:
        setup.note("is shorter than 400 ms: its loudness is that of the whole, without gates")
        return heard
    sound = replace(setup.inputs[0], chunks=recorded.chunks)
    kept, found = wild.without(sound, heard.steps, heard.sample_peak)
    if found:
        setup.note(wild.told(found))
    return heard._replace(steps=heard.steps[kept], wild=bool(found))


def _gain(setup: Setup, heard: _Heard, aim: _Aim) -> tuple[float, _Aim]:
    """The gain in dB to the target, and the aim; beyond `most`, it is what that comes to, with a note."""
    gain = aim.target - heard.lufs()
    for _ in range(PASSES):
        now = heard.lufs(gain)
        if now == -inf or abs(aim.target - now) < CLOSE_ENOUGH:
            break
        gain += aim.target - now
    if abs(gain) <= aim.most:
        return gain, aim
    asked, gain = gain, max(-aim.most, min(aim.most, gain))
    setup.note(f"needs {shown(round(asked, 1), 'dB')}, more than `most`: it gets {shown(gain, 'dB')}")
    return gain, aim._replace(target=heard.lufs(gain))


def _progress(setup: Setup, number: int, part: float) -> None:
    """Report progress in pass `number`: each pass gets half of what is left, as their number is unknown."""
    setup.progress(1 - 0.5**number * (1 - part / 2))


def _nearest(setup: Setup, recorded: Spool, gain: float, aim: _Aim) -> _Pass:
    """The pass that comes nearest to the target, of those under the ceiling."""
    limit_at, slope = aim.ceiling, 1.0
    passes: list[_Pass] = []
    for number in range(1, PASSES):
        passes.append(now := _run_pass(setup, recorded, gain, limit_at, number))
        before = passes[-2] if number > 1 else now
        if now.ceiling == before.ceiling and now.gain != before.gain:
            slope = (now.loud - before.loud) / (now.gain - before.gain)
        missed, over = aim.target - now.loud, max(0.0, now.peak - aim.ceiling)
        if (abs(missed) <= CLOSE_ENOUGH and over <= OVERSHOOT) or slope < USELESS:
            break
        limit_at -= over if over > OVERSHOOT else 0.0
        gain = min(gain + missed / min(slope, 1.0), aim.most)
        if (gain, limit_at) == now[:2]:
            break
    return min(passes, key=partial(_faults, aim))


def _faults(aim: _Aim, result: _Pass) -> tuple[bool, float]:
    return result.peak > aim.ceiling + OVERSHOOT, abs(aim.target - result.loud)


def _run_pass(setup: Setup, recorded: Spool, gain: float, ceiling: float, number: int) -> _Pass:
    sound: Stream = setup.inputs[0]
    meter = Meter(sound.rate, sound.channels)
    spool.hear(_limited(setup, recorded, gain, ceiling), [meter], partial(_progress, setup, number))
    heard = _heard(meter)
    return _Pass(gain, ceiling, heard.lufs(), heard.true_peak)


def _limited(setup: Setup, recorded: Spool, gain: float, ceiling: float) -> Stream:
    limiter = _limiter(setup.inputs[0], ceiling)
    return _through(limiter, replace(setup.inputs[0], chunks=recorded.chunks), np.float32(amplitude(gain)))


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
    """The sound through an effect, latency removed, for one pass from its first frame on."""
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


def _warn(setup: Setup, result: _Pass, over: float, cost: float, aim: _Aim) -> None:
    top, wanted = shown(aim.ceiling, "dB"), shown(round(aim.target, 1), "LUFS")
    if abs(aim.target - result.loud) > MISSED:
        reached, capped = shown(round(result.loud, 1), "LUFS"), result.gain == aim.most
        lets = f"{top} and a gain of {shown(aim.most, 'dB')} let" if capped else f"{top} lets"
        if cost or not capped:  # else a note has said so
            setup.note(f"comes to {reached}, not {wanted}: a ceiling of {lets} no more through; ask for less")
    elif over + cost > HEAVY or cost > COSTLY:
        limiting, lost = shown(round(over + cost, 1), "dB"), shown(round(cost, 1), "LU")
        what = f"holds peaks down by up to {limiting} to be at {wanted} under {top}, which takes {lost}"
        setup.note(f"{what} from the loud parts: compress the voice before, or ask for less")
