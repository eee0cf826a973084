"""Place: a sound at a time of the mix."""

from dataclasses import replace

from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import Stream
from audiograph.units import moment


@timeline
def place(setup: Setup, at: float = moment("time in the mix to which the input's time zero moves")) -> Stream:
    """Plays a sound later, at a time of the mix. The silence before it costs nothing."""
    sound: Stream = setup.inputs[0]
    wait = setup.frames(at)
    if wait < 0:
        raise NodeError(
            f"would begin {-at:g} s before the mix: trim as much from its start, or place all else later"
        )
    return replace(sound.later(wait), chunks=lambda first: sound.chunks(max(0, first - wait)))
