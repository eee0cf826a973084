"""Silence of a given length."""

from audiograph.errors import NodeError
from audiograph.language.parameter import REQUIRED
from audiograph.node import Setup, timeline
from audiograph.sound import Stream
from audiograph.units import seconds, whole


@timeline(inputs=())
def silence(
    setup: Setup,
    length: float = seconds(REQUIRED, 0, 86_400, "length of the silence"),
    channels: int = whole(1, 1, 64, "number of channels"),
) -> Stream:
    """Makes silence of a given length, which costs nothing to read."""
    frames = setup.frames(length)
    if not frames:
        raise NodeError("is shorter than one frame")
    return Stream(setup.rate, channels, frames, spans=(), chunks=lambda _: iter(()))
