"""Source: sound files.

Reference: Recommendation ITU-R BS.775-4, annex 4: stereo and mono from more channels.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audiograph import audiofile, units
from audiograph.audiofile.channel_order import Layout, layout
from audiograph.dsp.decibels import amplitude
from audiograph.dsp.folding import Verdict, folded, to_mono, to_stereo, watched
from audiograph.dsp.speakers import place, speakers, usual
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import Audio, Stream
from audiograph.streams.spool import once
from audiograph.units import choice, db, flag, seconds, text

Pick = Callable[[Iterator[Audio]], Iterator[Audio]]
CHANNELS = ("all", "mono", "left", "right", "stereo")


@timeline(inputs=())
def source(
    setup: Setup,
    file: Path = units.file("sound file, relative to the folder of the graph file"),
    start: float = seconds(0, 0, 1_000_000, "where in the file to start"),
    end: float | None = seconds(None, 0, 1_000_000, "where in the file to stop; its end if left out"),
    channels: str = choice(*CHANNELS, help="channels to play; mono and stereo are mixed from all, by BS.775"),
    gain: float = db(0, -120, 60, "0 dB leaves the sound as it is"),
    repair: bool = flag(False, "repair clicks of samples that wrapped past full scale"),
    licence: str | None = text("such as CC-BY 3.0; else as in FILE.credit.yaml or the file's tags", None),  # noqa: ARG001
    credit: str | None = text("who made it, for `audiograph credits`", None),  # noqa: ARG001
) -> Stream:
    """Plays a sound file, or a part of it, at the sample rate of the mix.

    `channels: stereo` and `mono` make 5.1, 7.1 and other surround sound narrower as the
    node `channels` does: centre and surrounds at -3 dB, no LFE; mono is the mean of left
    and right. Sides of opposite polarity, whose mean is silence, are noticed: one is then
    inverted, and a note says so.

    `repair` repairs what a careless 16-bit conversion did, as in some AI voices,
    before the file is resampled; see the node `repair`. `licence` and `credit` do
    not change the sound: `audiograph credits` prints them.
    """
    info = audiofile.probe(file)
    first, length = setup.frames(start), audiofile.length(info, setup.rate)
    last = length if end is None else min(length, setup.frames(end))
    if first >= last:
        raise NodeError(f"plays nothing of {file}, which is {length / setup.rate:g} s long")
    pick, taken = _picked(setup, file, info, channels)
    factor = np.float32(amplitude(gain))

    def chunks(skip: int) -> Iterator[Audio]:
        parts = audiofile.read(file, info, setup.rate, first + skip, repair)
        for x in pick(parts):
            yield x * factor if gain else x

    note = f"{file} {info.note}" if info.note else ""
    return Stream(setup.rate, taken, last - first, chunks=chunks, note=note)


def _picked(setup: Setup, file: Path, info: audiofile.Info, channels: str) -> tuple[Pick, int]:
    """How to pick the channels, and how many they are."""
    if channels == "right" and info.channels < 2:
        raise NodeError(f"{file} is mono: it has no right channel")
    if channels in ("left", "right"):
        side = int(channels == "right")
        return _each(lambda x: x[side : side + 1]), 1
    found = layout(file, info.kind, info.subtype, info.channels)
    if channels == "all":
        return _all(setup, file, info, found)
    if info.channels == (1 if channels == "mono" else 2):
        return iter, info.channels
    if not found.mask:
        return _without_speakers(file, info, channels), 1
    if not found.said:
        setup.note(f"{file} does not say its speakers: taken as {' '.join(speakers(found.mask))}")
    if channels == "mono":
        return _mono(setup, file, info, found.mask), 1
    gains = to_stereo(found.mask)
    return _each(lambda x: folded(x, gains)), 2


def _each(change: Callable[[Audio], Audio]) -> Pick:
    return lambda parts: map(change, parts)


def _mono(setup: Setup, file: Path, info: audiofile.Info, mask: int) -> Pick:
    """Mono. The file is heard before, as its sides may be each other's inverse."""
    stereo = to_stereo(mask)

    def hear() -> tuple[Verdict, bool]:
        from audiograph.audiofile import polarity  # most files are mono, or stay as they are

        verdict = polarity.verdict(file, info, stereo)
        if verdict.why:
            setup.note(f"{file}: {verdict.why}; `channels: left` plays the left one as it is")
        return verdict, polarity.is_short(info)

    heard = once(hear)

    def pick(parts: Iterator[Audio]) -> Iterator[Audio]:
        verdict, all_of_it = heard()
        gains = to_mono(mask, verdict.sides)
        if not all_of_it:
            parts = watched(parts, setup.rate, stereo, verdict, lambda what: setup.note(f"{file}: {what}"))
        return (folded(x, gains) for x in parts)

    return pick


def _without_speakers(file: Path, info: audiofile.Info, channels: str) -> Pick:
    """The mean of channels that belong to no speakers."""
    if channels == "stereo":
        raise NodeError(
            f"{file} has {info.channels} channels that belong to no speakers: "
            "play `channels: all`, `mono`, `left` or `right`"
        )
    return _each(lambda x: x.mean(axis=0, keepdims=True, dtype=np.float32))


def _all(setup: Setup, file: Path, info: audiofile.Info, found: Layout) -> tuple[Pick, int]:
    """All channels; unusual speakers get their places in a wider usual layout, such as 7.0 in 7.1."""
    home = place(found.mask) if found.mask else None
    if found.mask and not home:
        become = " ".join(speakers(usual(info.channels)))
        setup.note(f"{file} has {' '.join(speakers(found.mask))}, which here are {become}")
    if not home or home[0] == info.channels:
        return iter, info.channels
    count, places = home

    def spread(x: Audio) -> Audio:
        y = np.zeros((count, x.shape[1]), np.float32)
        y[places] = x
        return y

    become = " ".join(speakers(usual(count)))
    setup.note(f"{file} has {' '.join(speakers(found.mask))}: it plays as {become}, the others silent")
    return _each(spread), count
