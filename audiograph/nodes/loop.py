"""Loop: a sound again and again."""

from collections.abc import Iterator
from itertools import count

from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Audio, Reader, Stream, cut
from audiograph.streams.splice import Take, spliced
from audiograph.units import choice, moment, seconds


@timeline
def loop(
    setup: Setup,
    until: float | None = moment("when to stop; endless if left out", None),
    crossfade: float = seconds(1.5, 0, 60, "how long the end of a pass overlaps the next"),
    start: float = seconds(0, 0, 86_400, "where the part to repeat begins; what comes before it plays once"),
    end: float | None = seconds(None, 0, 86_400, "where that part ends; the end of the sound if left out"),
    curve: str = choice("equal_power", "linear", help="equal_power for unlike sounds, linear for like ones"),
) -> Stream:
    """Repeats a sound, with a crossfade from each pass to the next.

    The crossfade takes at most half of the repeated part. Silence that `place` put
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
        raise NodeError("has nothing to repeat: the part ends before it begins")
    if stop <= 0:
        raise NodeError("stops before it begins")
    overlap = min(setup.frames(crossfade), (last - first) // 2)

    def chunks(now: int) -> Iterator[Audio]:
        passes = _passes(sound, first, last, overlap, now)
        return spliced(passes, curve, sound.channels, Reader.blocks, max(now, sound.start))

    return Stream(
        setup.rate,
        sound.channels,
        None if until is None else stop,
        min(sound.start, stop),
        spans=cut([(sound.start, ENDLESS)], 0, stop),
        chunks=chunks,
    )


def _passes(sound: Stream, first: int, last: int, overlap: int, now: int) -> Iterator[Take]:
    """The passes, from the one that sounds at frame `now` on: pass k begins at first + k * step."""
    step = last - first - overlap
    for k in count(max(0, (now - last) // step + 1)):
        begin = first if k else sound.start  # the first pass includes what comes before the part
        yield Take(begin + k * step, sound, begin, last)
