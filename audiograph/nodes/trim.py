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
    if first < 0:
        raise NodeError(f"begins {-start:g} s before its input does")
    if first >= last:
        raise NodeError("keeps nothing: the part to keep ends before it begins")
    frames = None if last >= ENDLESS else last - first

    def chunks(skip: int) -> Iterator[Audio]:
        return sound.open(first + skip).sound(None if frames is None else frames - skip)

    spans = shifted(cut(sound.spans, first, last), -first)
    return Stream(setup.rate, sound.channels, frames, max(0, sound.start - first), spans=spans, chunks=chunks)
