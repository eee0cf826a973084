"""Source: sound files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audiograph import audiofile, units
from audiograph.dsp.decibels import amplitude
from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import Audio, Stream
from audiograph.units import choice, db, flag, seconds, text

PICKS: dict[str, Callable[[Audio], Audio]] = {
    "all": lambda x: x,
    "mono": lambda x: x.mean(axis=0, keepdims=True, dtype=np.float32),
    "left": lambda x: x[:1],
    "right": lambda x: x[1:2],
}


@timeline(inputs=())
def source(
    setup: Setup,
    file: Path = units.file("sound file, relative to the folder of the graph file"),
    start: float = seconds(0, 0, 1_000_000, "where in the file to start"),
    end: float | None = seconds(None, 0, 1_000_000, "where in the file to stop; its end if left out"),
    channels: str = choice(*PICKS, help="channels to play; mono is the average of all"),
    gain: float = db(0, -120, 60, "0 dB leaves the sound as it is"),
    repair: bool = flag(False, "repair clicks of samples that wrapped past full scale"),
    licence: str | None = text("such as CC-BY 3.0; else as in FILE.credit.yaml or the file's tags", None),  # noqa: ARG001
    credit: str | None = text("who made it, for `audiograph credits`", None),  # noqa: ARG001
) -> Stream:
    """Plays a sound file, or a part of it, at the sample rate of the mix.

    `repair` repairs what a careless 16-bit conversion did, as in some AI voices,
    before the file is resampled; see the node `repair`. `licence` and `credit` do
    not change the sound: `audiograph credits` prints them.
    """
    info = audiofile.probe(file)
    if channels == "right" and info.channels < 2:
        raise NodeError(f"{file} is mono: it has no right channel")
    first, length = setup.frames(start), audiofile.length(info, setup.rate)
    last = length if end is None else min(length, setup.frames(end))
    if first >= last:
        raise NodeError(f"plays nothing of {file}, which is {length / setup.rate:g} s long")
    pick, factor = PICKS[channels], np.float32(amplitude(gain))

    def chunks(skip: int) -> Iterator[Audio]:
        for x in audiofile.read(file, info, setup.rate, first + skip, repair):
            yield pick(x) * factor if gain else pick(x)

    taken = info.channels if channels == "all" else 1
    note = f"{file} {info.note}" if info.note else ""
    return Stream(setup.rate, taken, last - first, chunks=chunks, note=note)
