"""Balance: one sound a number of LU over or under another.

Both are measured before the first frame, and the whole sound gets one gain. The
margin is measured over the blocks of 400 ms in which both pass the gates of their
own loudness: pauses of a voice, and music before and after it, do not count. A
mono sound beside a stereo one is measured as it will be heard, on both sides.

Reference: Recommendation ITU-R BS.1770-5, annex 1: K-weighting, blocks and gates.
"""

from dataclasses import replace
from functools import partial

from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.language.quantity import shown
from audiograph.measuring import Meter
from audiograph.measuring.beside import over as margin
from audiograph.node import Setup, timeline
from audiograph.sound import Chunks, Stream, cut
from audiograph.streams import spool
from audiograph.units import db, lu


@timeline(inputs=("in", "key"))
def balance(
    setup: Setup,
    over: float = lu(8, -60, 60, "how much louder than the key it becomes; negative: softer"),
    most: float = db(30, 0, 60, "largest gain, up or down"),
) -> Stream:
    """Sets a sound to a number of LU over another, the key, by one constant gain.

    For a voice 8 LU over its music either the music is set 8 LU under the voice
    (`in: music, key: voice, over: -8 LU`) or the voice over the music. 6 to 10 LU
    is usual. Only the time in which both sound is measured.
    """
    sound: Stream = setup.inputs[0]
    key: Stream = setup.inputs[1]
    for name, each in (("input", sound), ("key", key)):
        if each.frames is None:
            raise NodeError(f"must hear all of its {name} first, which never ends: give it a length")
    return spool.two_pass(sound, partial(_measured, setup, over, most))


def _measured(setup: Setup, over: float, most: float) -> Chunks:
    """The input, times its gain."""
    sound, key = setup.inputs
    both = min(sound.end, key.end)
    part = both / max(1, both + sound.end)  # share of the key in all that must be read
    one, other = Meter(sound.rate, sound.channels), Meter(key.rate, key.channels)
    spool.hear(_until(key, both), [other], lambda done: setup.progress(part * done))
    recorded = spool.record(sound, [one], lambda done: setup.progress(part + (1 - part) * done))
    measured = margin(one, other)
    if measured is None:
        why = _soundless(one, "it") or _soundless(other, "its key") or "never sounds together with its key"
        setup.note(f"{why}, so its level is left as it is")
        return recorded.chunks
    gain = over - measured
    if abs(gain) > most:
        asked, gain = gain, max(-most, min(most, gain))
        setup.note(f"needs {shown(round(asked, 1), 'dB')}, more than `most`: it gets {shown(gain, 'dB')}")
    return recorded.times(amplitude(gain))


def _soundless(meter: Meter, name: str) -> str:
    """Why a sound has no loudness; "" if it has one."""
    note = meter.levels().note.partition(":")[0]
    verb = "has" if note.startswith("nothing") else "is"
    return f"{name} {verb} {note}".removeprefix("it ") if note else ""


def _until(sound: Stream, end: int) -> Stream:
    return replace(sound, frames=end, start=min(sound.start, end), spans=cut(sound.spans, 0, end))
