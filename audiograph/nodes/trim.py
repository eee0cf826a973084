"""Trim: a part of a sound."""

from collections.abc import Iterator

from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Audio, Stream, cut, shifted
from audiograph.units import moment


@timeline
def trim(
    setup: Setup,
    start: float = moment("where the part to keep begins", 0.0),
    end: float | None = moment("where it ends; the end of the sound if left out", None),
) -> Stream:
    """Keeps a part of a sound, which then begins at time zero."""
    sound: Stream = setup.inputs[0]
    first = setup.frames(start)
    last = sound.end if end is None else min(sound.end, setup.frames(end))
    if end is not None and setup.frames(end) > sound.end:
        setup.note(f"end: {end:g} s is beyond the end of the sound, at {sound.end / setup.rate:g} s")
    if first < 0:
        raise NodeError(f"begins {-start:g} s before its input does")
    if first >= last:
        what = f"the part from {start:g} s to {last / setup.rate:g} s ends before it begins"
        raise NodeError(f"keeps nothing: {what}")
    frames = None if last >= ENDLESS else last - first

    def chunks(skip: int) -> Iterator[Audio]:
        return sound.open(first + skip).sound(None if frames is None else frames - skip)

    spans = shifted(cut(sound.spans, first, last), -first)
    return Stream(setup.rate, sound.channels, frames, max(0, sound.start - first), spans=spans, chunks=chunks)
