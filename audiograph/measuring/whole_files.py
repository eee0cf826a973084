"""Measuring whole files, and sounds in memory."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from audiograph.audiofile import probe, read
from audiograph.audiofile.in_memory import checked, doubtful
from audiograph.dsp.planes import SCALES
from audiograph.errors import AudioFileError, NotFinite, WrongArgument, warn
from audiograph.sound import CHUNK, Audio
from audiograph.streams.taps import Sink

if TYPE_CHECKING:
    from audiograph.measuring import Levels, Meter


def measure(sound: Path | str | tuple[ArrayLike, int]) -> "Levels":
    """Measure loudness, range, peaks and more of a sound file, or of (array, rate).

    The array has the shape (channels, frames), or (frames,) for mono, and contains
    floats with 1 as full scale, int16 or int32. Raises AudioFileError if a file
    cannot be read, and WrongArgument, a ValueError, if an array is no sound.

    >>> import numpy as np
    >>> sine = np.sin(np.arange(48_000) * (2 * np.pi * 997 / 48_000))
    >>> round(measure((sine, 48_000)).integrated_lufs, 2)
    -3.01
    """
    from audiograph.measuring import Meter

    if isinstance(sound, tuple):
        try:
            x, rate = checked(sound)
        except (ValueError, OverflowError) as error:
            raise WrongArgument(f"a measured sound {error}") from None
        if doubt := doubtful(x):
            warn("a measured sound %s", doubt)
        meter = Meter(rate, len(x))
        hear(_parts(x), [meter])
    elif not isinstance(sound, (str, Path)):
        kind = type(sound).__name__
        raise WrongArgument(f"a measured sound is {kind}: give the path of a file, or (array, rate)")
    else:
        meter = meter_of(Path(sound))
        hear_file(Path(sound), [meter])
    return meter.levels()


def meter_of(path: Path) -> "Meter":
    """A meter for a file, which knows the speakers of its channels. Raises AudioFileError."""
    from audiograph.audiofile.channel_order import layout
    from audiograph.measuring import Meter

    info = probe(path)
    return Meter(info.rate, info.channels, layout(path, info.kind, info.subtype, info.channels).mask)


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
