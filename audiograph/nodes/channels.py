"""Channels: another number of channels.

Reference: Recommendation ITU-R BS.775-4, annex 4: stereo and mono from more channels.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from audiograph.dsp.folding import LISTEN, Gains, Polarity, Verdict, folded, to_mono, to_stereo, watched
from audiograph.dsp.speakers import usual
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import Audio, Stream
from audiograph.streams.spool import once
from audiograph.units import choice


@timeline
def channels(
    setup: Setup,
    to: str = choice("stereo", "mono", "left", "right", help="what comes out"),
) -> Stream:
    """Makes stereo or mono of any sound, or takes one of its sides.

    Sound of 3 to 8 channels, in the order of WAV files, is mixed to left and right by
    ITU-R BS.775: the front as it is, centre and surrounds at -3 dB, no LFE. Nothing is
    rescaled, so speech stays as loud as it was; loud sound from all sides may exceed
    full scale, which a `limiter`, `loudness` or a gain of -7.7 dB prevents. Mono is the
    mean of left and right. Mono becomes stereo with the same on both sides.

    Where left and right are each other's inverse, their mean would be silence. So before
    `to: mono` plays, the first two minutes of its input are heard; one side is then
    inverted, or the louder taken alone, and a note says so.
    """
    (sound,) = setup.inputs
    count = sound.channels
    if to in ("left", "right"):
        if to == "right" and count == 1:
            raise NodeError("its input is mono, and has no right channel")
        place = int(to == "right")
        return _changed(sound, 1, lambda x: x[place : place + 1])
    if count == (1 if to == "mono" else 2):
        return _changed(sound, count, lambda x: x)
    mask = usual(count)
    if not mask:
        raise NodeError(f"makes {to} of 1 to 8 channels, not of {count}: take `left` or `right`")
    if to == "stereo":
        gains = to_stereo(mask)
        return _changed(sound, 2, lambda x: folded(x, gains))
    return _mono(setup, sound, mask)


def _changed(sound: Stream, count: int, change: Callable[[Audio], Audio]) -> Stream:
    """The sound with another number of channels."""

    def chunks(first: int) -> Iterator[Audio]:
        for x in sound.open(first).sound():
            yield change(x)

    return replace(sound, channels=count, chunks=chunks, note="", two_pass=False)


def _mono(setup: Setup, sound: Stream, mask: int) -> Stream:
    """Mono, once the beginning of the sound has been heard."""
    stereo = to_stereo(mask)
    verdict = once(lambda: _heard(setup, sound, stereo))

    def chunks(first: int) -> Iterator[Audio]:
        gains, parts = to_mono(mask, verdict().sides), sound.open(first).sound()
        if not first:
            parts = watched(parts, sound.rate, stereo, verdict(), setup.note)
        for x in parts:
            yield folded(x, gains)

    return replace(sound, channels=1, chunks=chunks, note="", two_pass=False)


def _heard(setup: Setup, sound: Stream, stereo: Gains) -> Verdict:
    """How to make mono, by the first LISTEN seconds of the sound without its silence."""
    polarity, left = Polarity(sound.rate), LISTEN * sound.rate
    for x in sound.open().sound():
        part = x[:, :left]
        polarity.write(part if sound.channels == 2 else folded(part, stereo))
        left -= part.shape[1]
        if left <= 0:
            break
    verdict = polarity.verdict()
    if verdict.why:
        setup.note(f"{verdict.why}; `to: left` takes the left one as it is")
    return verdict
