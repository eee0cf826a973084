"""Blocks out of sound files, at any rate, from any frame."""

from collections.abc import Iterator
from itertools import chain
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from audiograph.audiofile.decoder import SoundFile, Words, scratch
from audiograph.audiofile.probing import Info, broken, opened
from audiograph.dsp.planes import SCALES, planes
from audiograph.errors import AudioFileError
from audiograph.sound import CHUNK, Audio
from audiograph.streams.buffers import allocate

SLACK = 4608  # frames; a decoder that gives so many less than promised is completed with silence
EXACT = (
    2000  # in ratios of larger numbers soxr's phase drifts by 1e-5, so that only the whole is like the whole
)
FIRST = 8192  # frames; at first less is read at once than later, as a short part may be all that is wanted
PREROLL = 8192  # input frames that the resampler hears before the first that counts


def length(info: Info, rate: int) -> int:
    """Frames of the whole file at `rate`."""
    return (2 * info.frames * rate + info.rate) // (2 * info.rate)


def read(path: Path, info: Info, rate: int, first: int = 0, repair: bool = False) -> Iterator[Audio]:
    """The sound from frame `first` of `rate` on, in arrays of shape (channels, frames).

    With `repair`, samples that wrapped are mended, at the rate of the file.
    Together they have exactly `length(info, rate) - first` frames. They equal
    the end of what first=0 gives, to the bit where the file has this rate, to
    1e-6 where it is resampled. An array is overwritten when the next is asked
    for. Raises AudioFileError where the file turns out to be broken or changed.
    """
    left = length(info, rate) - first
    if left <= 0:
        return
    same = _mended if repair else _planar
    for y in same(path, info, first) if rate == info.rate else _resampled(path, info, rate, first, repair):
        part = y[:, :left]
        left -= part.shape[1]
        if part.shape[1]:
            yield part
    if left:
        yield np.zeros((info.channels, left), np.float32)


def _most(info: Info) -> int:
    """Frames read at once, most: a short sound may be opened again and again."""
    return min(CHUNK, info.frames)


def _planar(path: Path, info: Info, first: int) -> Iterator[Audio]:
    y = allocate((info.channels, _most(info)))
    for x in _words(path, info, first):
        out = y if len(x) == y.shape[1] else np.empty((info.channels, len(x)), np.float32)
        planes(x, out, SCALES[x.dtype])
        yield out


def _mended(path: Path, info: Info, first: int) -> Iterator[Audio]:
    """Begins early enough to know all of a wrap that reaches over `first`."""
    from audiograph.dsp import wrapping  # most sounds are not repaired

    late = wrapping.delay(info.rate)
    start = max(0, first - 2 * late)
    coefs = wrapping.WrapCoefs(wrapping.longest(info.rate))
    state = wrapping.at_rest(info.channels, info.rate)
    drop = first - start + late
    for x in chain(_planar(path, info, start), [np.zeros((info.channels, late), np.float32)]):
        y = np.empty_like(x)
        wrapping.unwrap(x, y, coefs, state)
        yield y[:, drop:]
        drop = max(0, drop - x.shape[1])


def _resampled(path: Path, info: Info, rate: int, first: int, repair: bool) -> Iterator[Audio]:
    """Starts where an input and an output frame are at one moment: then the phase is that of the whole."""
    both = gcd(info.rate, rate)
    step_in, step_out = info.rate // both, rate // both
    early = first * info.rate // rate - PREROLL * max(1, -(-info.rate // rate))
    steps = max(0, early // step_in) if max(step_in, step_out) <= EXACT else 0
    drop = first - steps * step_out
    import soxr  # most sounds have the rate of their mix

    resampler = soxr.ResampleStream(info.rate, rate, info.channels, "float32", "HQ")
    floats = _mended_floats if repair else _floats
    for x in floats(path, info, steps * step_in):
        y = resampler.resample_chunk(x, last=not len(x))
        yield _transposed(y[drop:])
        drop = max(0, drop - len(y))


def _transposed(x: NDArray[np.float32]) -> Audio:
    if x.shape[1] == 1:
        return x.reshape(1, len(x))
    y = np.empty((x.shape[1], x.shape[0]), np.float32)
    planes(x, y, SCALES[x.dtype])
    return y


def _floats(path: Path, info: Info, first: int) -> Iterator[NDArray[np.float32]]:
    """Interleaved float32, then an empty array."""
    y = allocate((_most(info), info.channels))
    for x in _words(path, info, first):
        part = y[: len(x)]
        planes(x.reshape(x.size, 1), part.reshape(1, part.size), SCALES[x.dtype])
        yield part
    yield y[:0]


def _mended_floats(path: Path, info: Info, first: int) -> Iterator[NDArray[np.float32]]:
    """As _floats."""
    for x in _mended(path, info, first):
        if x.shape[1]:
            yield np.ascontiguousarray(x.T)
    yield np.empty((0, info.channels), np.float32)


def _words(path: Path, info: Info, first: int) -> Iterator[Words]:
    """The samples from frame `first` on, as the file has them."""
    with opened(path, info.patch) as file:
        if (file.samplerate, file.channels) != (info.rate, info.channels):
            raise AudioFileError(f"{path} has changed since it was looked at")
        x, at, size = scratch(file, _most(info)), _go(path, file, info, first), FIRST
        while at < info.frames:
            wanted = min(size, info.frames - at)
            some = file.take(x[:wanted])
            at, size = at + some, min(2 * size, CHUNK)
            if some:
                yield x[:some]
            if some < wanted:
                break
        if at < info.frames and (file.fault or at < info.frames - SLACK):
            raise AudioFileError(broken(path, at / info.rate, file.fault or "damaged"))


def _go(path: Path, file: SoundFile, info: Info, first: int) -> int:
    """Make `first` the next frame; gives the next frame."""
    if not info.seeks:
        return _skip(file, first)
    try:
        return int(file.seek(first))
    except soundfile.LibsndfileError:
        raise AudioFileError(broken(path, first / info.rate, "damaged")) from None


def _skip(file: SoundFile, frames: int) -> int:
    x, at, some = scratch(file, CHUNK), 0, 1
    while at < frames and some:
        some = file.take(x[: frames - at])
        at += some
    return at
