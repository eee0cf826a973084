"""Loop: a sound again and again."""

from collections.abc import Iterator
from itertools import count

import numpy as np

from audiograph.errors import NodeError
from audiograph.language.quantity import roughly, shown
from audiograph.node import Setup, timeline
from audiograph.sound import CHUNK, ENDLESS, Audio, Reader, Stream, cut
from audiograph.streams.splice import Take, spliced
from audiograph.units import choice, moment, seconds

CROSSFADE = 1.5  # seconds, where nobody asked for another
BUZZ = 0.05  # seconds; what comes back sooner is heard as a tone and not as a rhythm


@timeline
def loop(
    setup: Setup,
    until: float | None = moment("when to stop; endless if left out", None),
    crossfade: float = seconds(CROSSFADE, 0, 60, "how long the end of a pass overlaps the next"),
    start: float = seconds(0, 0, 86_400, "where the part to repeat begins; what comes before it plays once"),
    end: float | None = seconds(None, 0, 86_400, "where that part ends; the end of the sound if left out"),
    curve: str = choice("equal_power", "linear", help="equal_power for unlike sounds, linear for like ones"),
) -> Stream:
    """Repeats a sound, with a crossfade from each pass to the next.

    The crossfade takes at most half of the repeated part. A sound that is long
    enough without repeating is only cut at `until`. Silence that `place` put
    before the sound is not repeated. For music, let `start` and `end` be a whole
    number of bars apart, plus the crossfade.
    """
    (sound,) = setup.inputs
    if sound.frames is None:
        raise NodeError("cannot loop what never ends: give it a length")
    first = max(setup.frames(start), sound.start)
    last = sound.end if end is None else min(setup.frames(end), sound.end)
    stop = ENDLESS if until is None else setup.frames(until)
    if first >= last:
        what = f"the part from {first / setup.rate:g} s to {last / setup.rate:g} s ends before it begins"
        raise NodeError(f"has nothing to repeat: {what}")
    if stop <= 0:
        raise NodeError(f"stops before it begins: until is {until:g} s")
    if end is not None and setup.frames(end) > sound.end:
        setup.note(f"end: {shown(end, 's')} is beyond the end of the sound, at {sound.end / setup.rate:g} s")
    if stop <= last:
        spans = cut(sound.spans, 0, stop)
        return Stream(
            setup.rate,
            sound.channels,
            stop,
            min(sound.start, stop),
            spans=spans,
            chunks=lambda now: sound.open(now).sound(stop - now),
        )
    overlap = min(setup.frames(crossfade), (last - first) // 2)
    _note(setup, last - first, overlap, crossfade)

    def chunks(now: int) -> Iterator[Audio]:
        return _repeated(sound, first, last, overlap, curve, max(now, sound.start))

    return Stream(
        setup.rate,
        sound.channels,
        None if until is None else stop,
        min(sound.start, stop),
        spans=cut([(sound.start, ENDLESS)], 0, stop),
        chunks=chunks,
    )


def _note(setup: Setup, part: int, overlap: int, crossfade: float) -> None:
    """Tell of a part that is too short for a loop, or for the crossfade that was asked for."""
    step = part - overlap
    if step < BUZZ * setup.rate:
        what = f"repeats only {roughly(part / setup.rate, 's')} of sound"
        setup.note(f"{what}, which is heard as a buzz of {roughly(setup.rate / step, 'Hz')}")
    elif overlap < setup.frames(crossfade) and crossfade != CROSSFADE:
        what = f"crossfade: {roughly(crossfade, 's')} is more than half of what is repeated"
        setup.note(f"{what}, {roughly(part / setup.rate, 's')}: {roughly(overlap / setup.rate, 's')} is used")


def _repeated(sound: Stream, first: int, last: int, overlap: int, curve: str, now: int) -> Iterator[Audio]:
    """The sound from frame `now` on, which is not before its start."""
    step, steady = last - first - overlap, last - overlap  # from frame `steady` on, all is repeated
    if step > CHUNK // 2:
        yield from spliced(
            _passes(sound, first, last, overlap, now), curve, sound.channels, Reader.blocks, now
        )
        return
    yield from sound.open(now).blocks(max(steady - now, 0))
    parts = Take(0, sound, steady, last), Take(0, sound, first, steady)
    one = Stream(sound.rate, sound.channels, step, chunks=lambda at: _pass(parts, curve, at))
    skip = max(now - steady, 0) % step
    while True:  # a short part is read once for many passes
        yield np.tile(one.open().take(step), CHUNK // step)[:, skip:]
        skip = 0


def _pass(parts: tuple[Take, Take], curve: str, at: int) -> Iterator[Audio]:
    """The end of a pass, crossfaded into the beginning of the next, and the rest of that."""
    return spliced(parts, curve, parts[0].sound.channels, Reader.blocks, at)


def _passes(sound: Stream, first: int, last: int, overlap: int, now: int) -> Iterator[Take]:
    """The passes, from the one that sounds at frame `now` on: pass k begins at first + k * step."""
    step = last - first - overlap
    for k in count(max(0, (now - last) // step + 1)):
        begin = first if k else sound.start  # the first pass includes what comes before the part
        yield Take(begin + k * step, sound, begin, last)
