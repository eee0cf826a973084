"""Nothing, for a while."""

from audiograph.errors import NodeError
from audiograph.language.parameter import REQUIRED
from audiograph.node import Setup, timeline
from audiograph.sound import Stream
from audiograph.units import seconds, whole


@timeline(inputs=())
def silence(
    setup: Setup,
    length: float = seconds(REQUIRED, 0, 86_400, "how long it is silent"),
    channels: int = whole(1, 1, 64, "how many channels are silent"),
) -> Stream:
    """Nothing, for a while; reading it costs nothing."""
    frames = setup.frames(length)
    if not frames:
        raise NodeError("is shorter than one frame")
    return Stream(setup.rate, channels, frames, spans=(), chunks=lambda _: iter(()))
