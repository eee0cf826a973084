"""Source: sound files.

Reference: Recommendation ITU-R BS.775-4, annex 4: stereo and mono from more channels.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiograph import audiofile, units
from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import Audio, Stream
from audiograph.units import choice, db, flag, seconds, text

if TYPE_CHECKING:
    from audiograph.audiofile import Info

Pick = Callable[[Iterator[Audio]], Iterator[Audio]]
ROUNDED = 0.01  # seconds that a length may be off when somebody writes it down
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
    before the file is resampled; see the node `repair`. Without it, a note says where
    samples have wrapped. `licence` and `credit` do not change the sound: `audiograph
    credits` prints them.
    """
    info = audiofile.probe(file)
    first, length = setup.frames(start), audiofile.length(info, setup.rate)
    last = length if end is None else min(length, setup.frames(end))
    if first >= last:
        part = f"from {first / setup.rate:g} s to {last / setup.rate:g} s"
        raise NodeError(f"plays nothing of {file}, which is {length / setup.rate:g} s long: {part}")
    if end is not None and end > length / setup.rate + ROUNDED:
        setup.note(f"end: {end:g} s is beyond the end of {file}, which is {length / setup.rate:g} s long")
    pick, taken = _picked(setup, file, info, channels)
    factor = np.float32(amplitude(gain))

    noted: list[str] = []  # once, however often it plays
    mended = repair or _goes_to_repair(setup, info, taken, gain)

    def chunks(skip: int) -> Iterator[Audio]:
        played = ((first + skip) * info.rate // setup.rate, last * info.rate // setup.rate)
        watch = None if mended else audiofile.Watch(info, *played)
        try:
            for x in pick(audiofile.read(file, info, setup.rate, first + skip, repair, watch)):
                yield x * factor if gain else x
        finally:  # a reader stops at the last frame that it needs
            if watch and not noted and (found := watch.why()):
                noted.append(found)
                setup.note(f"{file}: {found}; `repair: true` restores them")

    note = f"{file} {info.note}" if info.note else ""
    return Stream(setup.rate, taken, last - first, chunks=chunks, note=note)


def _goes_to_repair(setup: Setup, info: "Info", taken: int, gain: float) -> bool:
    """Whether all that hears it is a node `repair`, which gets the samples as they are in the file."""
    as_it_is = info.rate == setup.rate and info.channels == taken and not gain
    return as_it_is and setup.hearers == {"repair"}


def _picked(setup: Setup, file: Path, info: "Info", channels: str) -> tuple[Pick, int]:
    """How to pick the channels, and how many they are."""
    if channels == "right" and info.channels < 2:
        raise NodeError(f"{file} is mono: it has no right channel")
    if channels in ("left", "right"):
        side = int(channels == "right")
        return lambda parts: (x[side : side + 1] for x in parts), 1
    if info.channels <= 2 and info.channels == {"mono": 1, "stereo": 2}.get(channels, info.channels):
        return iter, info.channels
    from audiograph.audiofile import picking  # most files are mono or stereo, and stay so

    return picking.picked(file, info, setup.rate, channels, setup.note)
