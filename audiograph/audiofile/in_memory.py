"""Sounds in memory become files in a folder of their own, so that a graph reads every sound in one way."""

import re
import shutil
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
from numpy.typing import ArrayLike, NDArray

from audiograph.errors import GraphError, Problem

SMALL = 2**32 - 2**16  # octets that a WAV file holds; past it is RF64
RATES = 4_000, 768_000  # Hz
CHANNELS = 64  # most
Sound = tuple[ArrayLike, int] | bytes | BinaryIO  # samples and rate; or a sound file, in memory or open
_EXACT = {np.dtype("int16"): "PCM_16", np.dtype("int32"): "PCM_32"}  # anything else becomes float32


def is_sound(value: Any) -> bool:
    """Whether this is a Sound and no path, text or number."""
    return isinstance(value, (bytes, bytearray, memoryview, tuple, np.ndarray)) or hasattr(value, "read")


def spooled(name: str, sound: Any, folder: Path) -> Path:
    """The sound of a parameter as a file; GraphError says what is wrong with it.

    Samples are of shape (channels, frames), or (frames,) where it is mono:
    floats with 1 as full scale, or int16 or int32. A file is read from where it
    stands to its end, whatever its kind.
    """
    path = folder / re.sub(r"[^\w-]", "_", name)
    try:
        if isinstance(sound, tuple):
            _write(path, *checked(sound))
        elif isinstance(sound, np.ndarray):
            raise ValueError("an array needs its rate: give (array, rate)")
        else:
            _copy(path, sound)
    except ValueError as error:
        raise GraphError([Problem("", name, str(error))]) from None
    return path


def checked(sound: tuple[Any, ...]) -> tuple[NDArray[Any], int]:
    """Samples of a shape, a type and a rate that are read; ValueError says what is wrong with them."""
    if len(sound) != 2:
        raise ValueError(f"is a tuple of {len(sound)}: give (array, rate)")
    x, rate = np.atleast_2d(np.asarray(sound[0])), sound[1]
    if x.dtype not in _EXACT:
        if x.dtype.kind != "f":
            raise ValueError(f"holds {x.dtype}: give floats, int16 or int32")
        x = x.astype(np.float32)
    if x.ndim != 2 or not x.size or len(x) > CHANNELS:
        raise ValueError(
            f"has the shape {x.shape}, where (channels, frames) is meant, of 1 to {CHANNELS} channels: "
            "give x.T of what soundfile reads"
        )
    if not isinstance(rate, (int, np.integer)) or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(
            f"has the rate {rate!r}, where {RATES[0]} to {RATES[1]} Hz in whole numbers are read"
        )
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise ValueError("holds a sample that is not a number")
    return x, int(rate)


def _write(path: Path, x: NDArray[Any], rate: int) -> None:
    kind = "WAV" if x.nbytes < SMALL else "RF64"
    soundfile.write(path, x.T, rate, _EXACT.get(x.dtype, "FLOAT"), format=kind)


def _copy(path: Path, file: Any) -> None:
    if isinstance(file, (bytes, bytearray, memoryview)):
        path.write_bytes(file)
        return
    with path.open("wb") as copy:
        try:
            shutil.copyfileobj(file, copy)
        except TypeError:
            raise ValueError("is a file open as text: open it with 'rb'") from None
