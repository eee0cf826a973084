"""Read blocks from sound files, at any rate, from any frame."""

from collections.abc import Iterator
from itertools import chain
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from audiograph.audiofile.channel_order import layout, ordered
from audiograph.audiofile.contents import mended
from audiograph.audiofile.decoder import Samples, SoundFile, scratch
from audiograph.audiofile.probing import Info, broken, opened, resampled
from audiograph.audiofile.wraps import Watch
from audiograph.dsp.planes import SCALES, planes
from audiograph.dsp.speakers import usual
from audiograph.errors import AudioFileError
from audiograph.sound import CHUNK, Audio
from audiograph.streams.buffers import allocate

SLACK = 4608  # frames; if a decoder delivers up to so many fewer than promised, silence is added
MAX_RATIO = 2000  # with larger numbers in its ratio, soxr's phase drifts by 1e-5 over the file
FIRST_READ = 8192  # frames; reads grow from this size, as only a short part may be wanted
PREROLL = 8192  # input frames given to the resampler before the first one that is wanted


def length(info: Info, rate: int) -> int:
    """Frames of the whole file at `rate` Hz, rounded."""
    return resampled(info.frames, info.rate, rate)


def read(
    path: Path, info: Info, rate: int, first: int = 0, repair: bool = False, watch: Watch | None = None
) -> Iterator[Audio]:
    """The sound from frame `first` on, resampled to `rate` Hz, in arrays of shape (channels, frames).

    Together the arrays have exactly `length(info, rate) - first` frames. They
    equal the end of what first=0 gives: to the bit at the rate of the file, to
    1e-6 when resampled. An array is overwritten when the next one is requested.
    With `repair`, samples that wrapped around full scale are unwrapped, at the
    rate of the file. `watch` hears what is read, at that rate, but for its end.
    Raises AudioFileError if the file is broken or has changed.
    """
    left = length(info, rate) - first
    if left <= 0:
        return
    blocks = _unwrapped if repair else _planar
    if rate != info.rate:
        parts = _resampled(path, info, rate, first, repair, watch)
    else:
        parts = watch.heard(blocks(path, info, first), first) if watch else blocks(path, info, first)
    for y in parts:
        part = y[:, :left]
        left -= part.shape[1]
        if part.shape[1]:
            yield part
    if left:
        yield np.zeros((info.channels, left), np.float32)


def _max_read(info: Info) -> int:
    """The most frames to read at once; a small buffer for a short sound, which may be opened many times."""
    return min(CHUNK, info.frames)


def _planar(path: Path, info: Info, first: int) -> Iterator[Audio]:
    y = allocate((info.channels, _max_read(info)))
    for x in _samples(path, info, first):
        out = y if len(x) == y.shape[1] else np.empty((info.channels, len(x)), np.float32)
        planes(x, out, SCALES[x.dtype])
        yield out


def _unwrapped(path: Path, info: Info, first: int) -> Iterator[Audio]:
    """Starts early enough to see the whole of a wrapped passage that begins before `first`."""
    from audiograph.dsp import wrapping  # most sounds are not repaired

    delay = wrapping.delay(info.rate)
    start = max(0, first - 2 * delay)
    coefs = wrapping.WrapCoefs(wrapping.longest(info.rate))
    state = wrapping.at_rest(info.channels, info.rate)
    drop = first - start + delay
    for x in chain(_planar(path, info, start), [np.zeros((info.channels, delay), np.float32)]):
        y = np.empty_like(x)
        wrapping.unwrap(x, y, coefs, state)
        yield y[:, drop:]
        drop = max(0, drop - x.shape[1])


def _resampled(
    path: Path, info: Info, rate: int, first: int, repair: bool, watch: Watch | None
) -> Iterator[Audio]:
    """Starts where an input and an output frame coincide, so that the phase is that of the whole file."""
    divisor = gcd(info.rate, rate)
    step_in, step_out = info.rate // divisor, rate // divisor
    early = first * info.rate // rate - PREROLL * max(1, -(-info.rate // rate))
    steps = max(0, early // step_in) if max(step_in, step_out) <= MAX_RATIO else 0
    drop = first - steps * step_out
    import soxr  # most sounds already have the rate of their mix

    resampler = soxr.ResampleStream(info.rate, rate, info.channels, "float32", "HQ")
    floats = _unwrapped_floats if repair else _floats
    piece = CHUNK if rate <= 2 * info.rate else max(1, CHUNK * info.rate // rate)  # 4 to 768 kHz is 192 fold
    if watch:
        watch.at = steps * step_in
    for x in floats(path, info, steps * step_in):
        if watch:
            watch.hear(x.T)
        for at in range(0, max(1, len(x)), piece):
            y = resampler.resample_chunk(x[at : at + piece], last=not len(x))
            yield _transposed(y[drop:])
            drop = max(0, drop - len(y))


def _transposed(x: NDArray[np.float32]) -> Audio:
    if x.shape[1] == 1:
        return x.reshape(1, len(x))
    y = np.empty((x.shape[1], x.shape[0]), np.float32)
    planes(x, y, SCALES[x.dtype])
    return y


def _floats(path: Path, info: Info, first: int) -> Iterator[NDArray[np.float32]]:
    """Interleaved float32; an empty array marks the end."""
    y = allocate((_max_read(info), info.channels))
    for x in _samples(path, info, first):
        part = y[: len(x)]
        planes(x.reshape(x.size, 1), part.reshape(1, part.size), SCALES[x.dtype])
        yield part
    yield y[:0]


def _unwrapped_floats(path: Path, info: Info, first: int) -> Iterator[NDArray[np.float32]]:
    """As `_floats`, unwrapped."""
    for x in _unwrapped(path, info, first):
        if x.shape[1]:
            yield np.ascontiguousarray(x.T)
    yield np.empty((0, info.channels), np.float32)


def _samples(path: Path, info: Info, first: int) -> Iterator[Samples]:
    """The samples from frame `first` on, in the type of the file."""
    if info.parts:
        yield from _joined(path, info, first)
        return
    with opened(path, info.patch or mended(path, info.kind)) as file:
        if (file.samplerate, file.channels) != (info.rate, info.channels):
            raise AudioFileError(f"{path} has changed since it was probed")
        x, at, size = scratch(file, _max_read(info)), _go_to(path, file, info, first), FIRST_READ
        order = layout(path, info.kind, info.subtype, info.channels).order
        while at < info.frames:
            wanted = min(size, info.frames - at)
            count = file.take(x[:wanted])
            at, size = at + count, min(2 * size, CHUNK)
            if count:
                yield ordered(x[:count], order)
            if count < wanted:
                break
        if at < info.frames and (file.fault or at < info.frames - SLACK):
            raise AudioFileError(broken(path, at / info.rate, file.fault or "damaged"))


def _joined(path: Path, info: Info, first: int) -> Iterator[Samples]:
    """The samples of all sounds of a file, from frame `first` on; each has the length that was found."""
    for part in info.parts:
        frames = length(part, info.rate)
        if first < frames:
            left = frames - max(0, first)
            alike = (part.rate, part.channels) == (info.rate, info.channels)
            sound = _samples(path, part, max(0, first)) if alike else _alike(path, part, info, max(0, first))
            for x in sound:
                left -= len(x)
                yield x
            if left:
                yield np.zeros((left, info.channels), np.float32)
        first -= frames


def _alike(path: Path, part: Info, info: Info, first: int) -> Iterator[Samples]:
    """As `_samples` of a part, at the rate and with the channels of the whole.

    It is resampled from its start, so that it has the same bits wherever reading begins.
    """
    from audiograph.dsp.folding import folded  # most files hold sounds of one kind

    gains = _gains(part.channels, info.channels)
    for block in read(path, part, info.rate):
        yield np.ascontiguousarray(folded(block[:, first:], gains).T)
        first = max(0, first - block.shape[1])


def _gains(channels: int, wanted: int) -> NDArray[np.float32]:
    """How `channels` become as many as are wanted: the gains of each, of shape (wanted, channels)."""
    from audiograph.dsp.folding import to_mono, to_stereo

    mask = usual(channels)
    if wanted <= 2 and wanted != channels and mask:
        return to_stereo(mask) if wanted == 2 else to_mono(mask)
    if wanted == 1:
        return np.full((1, channels), 1 / channels, np.float32)
    gains = np.eye(wanted, channels, dtype=np.float32)
    if channels == 1:
        gains[:2] = 1
    return gains


def _go_to(path: Path, file: SoundFile, info: Info, first: int) -> int:
    """Go to frame `first`; returns the next frame, which is earlier if the file ends before."""
    if not info.seeks:
        return _skip(file, first)
    try:
        return int(file.seek(first))
    except soundfile.LibsndfileError:
        raise AudioFileError(broken(path, first / info.rate, "damaged")) from None


def _skip(file: SoundFile, frames: int) -> int:
    x, at, count = scratch(file, CHUNK), 0, 1
    while at < frames and count:
        count = file.take(x[: frames - at])
        at += count
    return at
