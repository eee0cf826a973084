"""How to make mono from a sound file whose left and right may be each other's inverse."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from audiograph.audiofile.probing import Info
from audiograph.audiofile.reading import read
from audiograph.dsp.folding import LISTEN, Gains, Polarity, Verdict, folded
from audiograph.sound import Audio

PLACES = 20  # from which parts of a long file are heard


def is_short(info: Info) -> bool:
    """Whether all of the file is heard for its verdict."""
    return info.frames <= LISTEN * info.rate


def verdict(path: Path, info: Info, to_stereo: Gains) -> Verdict:
    """What was found in LISTEN seconds of the file, which is read once and then known until it changes.

    They are spread over the file where it seeks, else its first. `to_stereo` are
    the gains of its channels to left and right. Raises AudioFileError as `read` does.
    """
    status = path.stat()
    version = (status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)
    return _heard(path, info, version, tuple(map(tuple, to_stereo.tolist())))


@lru_cache(4096)
def _heard(
    path: Path, info: Info, version: tuple[int, ...], to_stereo: tuple[tuple[float, ...], ...]
) -> Verdict:
    del version  # only part of the cache key
    polarity, gains = Polarity(info.rate), np.array(to_stereo, np.float32)
    for x in _some(path, info):
        polarity.write(x if info.channels == 2 else folded(x, gains))
    return polarity.verdict()


def _some(path: Path, info: Info) -> Iterator[Audio]:
    if is_short(info) or not info.seeks:
        yield from _from(path, info, 0, LISTEN * info.rate)
        return
    size = LISTEN * info.rate // PLACES
    for number in range(PLACES):
        yield from _from(path, info, (info.frames - size) * number // (PLACES - 1), size)


def _from(path: Path, info: Info, first: int, frames: int) -> Iterator[Audio]:
    for x in read(path, info, info.rate, first):
        yield x[:, :frames]
        frames -= x.shape[1]
        if frames <= 0:
            return
