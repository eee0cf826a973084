"""Measuring whole files, and sounds in memory."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from audiograph.audiofile import probe, read
from audiograph.audiofile.in_memory import checked
from audiograph.dsp.planes import SCALES
from audiograph.errors import AudioFileError, NotFinite
from audiograph.sound import CHUNK, Audio
from audiograph.streams.taps import Sink

if TYPE_CHECKING:
    from audiograph.measuring import Levels


def measure(sound: Path | str | tuple[ArrayLike, int]) -> "Levels":
    """Measure loudness, range, peaks and more of a sound file, or of (array, rate).

    The array has the shape (channels, frames), or (frames,) for mono, and contains
    floats with 1 as full scale, int16 or int32. Raises AudioFileError if a file
    cannot be read, and ValueError if an array is no sound.

    >>> import numpy as np
    >>> sine = np.sin(np.arange(48_000) * (2 * np.pi * 997 / 48_000))
    >>> round(measure((sine, 48_000)).integrated_lufs, 2)
    -3.01
    """
    from audiograph.measuring import Meter

    if isinstance(sound, tuple):
        x, rate = checked(sound)
        meter = Meter(rate, len(x))
        hear(_parts(x), [meter])
    else:
        info = probe(Path(sound))
        meter = Meter(info.rate, info.channels)
        hear_file(Path(sound), [meter])
    return meter.levels()


def hear_file(path: Path, sinks: Sequence[Sink]) -> None:
    """Write a file to the sinks, at its own sample rate. Raises AudioFileError."""
    info = probe(path)
    try:
        hear(read(path, info, info.rate), sinks)
    except NotFinite as error:
        raise AudioFileError(f"{path}: {error}") from None


def hear(parts: Iterable[Audio], sinks: Sequence[Sink]) -> None:
    """Write the parts to each sink, one after the other."""
    for x in parts:
        for sink in sinks:
            sink.write(x)


def _parts(x: Any) -> Iterator[Audio]:
    for first in range(0, x.shape[1], CHUNK):
        yield x[:, first : first + CHUNK].astype(np.float32) * SCALES[x.dtype]
