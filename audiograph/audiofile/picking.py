"""Other channels than those of a sound file: stereo, mono, or all of them where they belong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audiograph.audiofile import polarity
from audiograph.audiofile.channel_order import Layout, layout
from audiograph.audiofile.probing import Info
from audiograph.dsp.folding import Verdict, folded, to_mono, to_stereo, watched
from audiograph.dsp.speakers import place, speakers, usual
from audiograph.errors import AudioFileError
from audiograph.sound import Audio
from audiograph.streams.spool import once

Pick = Callable[[Iterator[Audio]], Iterator[Audio]]
Note = Callable[[str], None]


def picked(path: Path, info: Info, rate: int, channels: str, note: Note) -> tuple[Pick, int]:
    """How to pick "all" channels, or "mono" or "stereo", of what the file sounds like, and how many they are.

    `rate` is that of the sound to pick from, in Hz; `note` takes remarks, also while
    it plays. Raises AudioFileError where there is no way.
    """
    found = layout(path, info.kind, info.subtype, info.channels)
    if channels == "all":
        return _all(path, info, found, note)
    if not found.mask:
        return _without_speakers(path, info, channels), 1
    if not found.said:
        note(f"{path} does not say its speakers: taken as {' '.join(speakers(found.mask))}")
    if channels == "mono":
        return _mono(path, info, rate, found.mask, note), 1
    gains = to_stereo(found.mask)
    return _each(lambda x: folded(x, gains)), 2


def _each(change: Callable[[Audio], Audio]) -> Pick:
    return lambda parts: map(change, parts)


def _mono(path: Path, info: Info, rate: int, mask: int, note: Note) -> Pick:
    """Mono. The file is heard before, as its sides may be each other's inverse."""
    stereo = to_stereo(mask)

    def hear() -> Verdict:
        verdict = polarity.verdict(path, info, stereo)
        if verdict.why:
            note(f"{path}: {verdict.why}; `channels: left` plays the left one as it is")
        return verdict

    heard = once(hear)

    def pick(parts: Iterator[Audio]) -> Iterator[Audio]:
        verdict = heard()
        gains = to_mono(mask, verdict.sides)
        if not polarity.is_short(info):
            parts = watched(parts, rate, stereo, verdict, lambda what: note(f"{path}: {what}"))
        return (folded(x, gains) for x in parts)

    return pick


def _without_speakers(path: Path, info: Info, channels: str) -> Pick:
    """The mean of channels that belong to no speakers."""
    if channels == "stereo":
        raise AudioFileError(
            f"{path} has {info.channels} channels that belong to no speakers: "
            "play `channels: all`, `mono`, `left` or `right`"
        )
    return _each(lambda x: x.mean(axis=0, keepdims=True, dtype=np.float32))


def _all(path: Path, info: Info, found: Layout, note: Note) -> tuple[Pick, int]:
    """All channels; unusual speakers get their places in a wider usual layout, such as 7.0 in 7.1."""
    home = place(found.mask) if found.mask else None
    has = f"{path} has {' '.join(speakers(found.mask))}"
    if found.mask and not home:
        note(f"{has}, which here are {' '.join(speakers(usual(info.channels)))}")
    if not home or home[0] == info.channels:
        return iter, info.channels
    count, places = home
    note(f"{has}: it plays as {' '.join(speakers(usual(count)))}, the others silent")

    def spread(x: Audio) -> Audio:
        y = np.zeros((count, x.shape[1]), np.float32)
        y[places] = x
        return y

    return _each(spread), count
