"""Sounds in memory: written to temporary files, so that a graph reads every sound in the same way."""

import re
import shutil
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
from numpy.typing import ArrayLike, NDArray

from audiograph.audiofile.decoder import native
from audiograph.audiofile.encodings import RIFF_BYTES
from audiograph.audiofile.probing import MAX_CHANNELS, RATES
from audiograph.errors import GraphError, Problem

Sound = tuple[ArrayLike, int] | bytes | BinaryIO  # samples and rate; or a sound file, in memory or open
_INTEGERS = {np.dtype("int16"): "PCM_16", np.dtype("int32"): "PCM_32"}  # anything else becomes float32


def is_sound(value: Any) -> bool:
    """Whether this is meant as a Sound, and not as a path, text or number."""
    return isinstance(value, (bytes, bytearray, memoryview, tuple, np.ndarray)) or hasattr(value, "read")


def spooled(name: str, sound: Any, folder: Path) -> Path:
    """Write the sound of parameter `name` into a file in `folder`; returns its path.

    Samples have the shape (channels, frames), or (frames,) for mono; they are
    floats with full scale 1, or int16 or int32. An open file is copied from its
    current position to its end. Raises GraphError for anything else.
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
    """Samples as float32, int16 or int32 of shape (channels, frames), and their rate in Hz.

    Raises ValueError for a wrong shape, type or rate, and for samples that are not finite.
    """
    if len(sound) != 2:
        raise ValueError(f"is a tuple of {len(sound)}: give (array, rate)")
    x, rate = np.atleast_2d(np.asarray(sound[0])), sound[1]
    if x.dtype not in _INTEGERS:
        if x.dtype.kind != "f":
            raise ValueError(f"holds {x.dtype}: give floats, int16 or int32")
        x = x.astype(np.float32)
    if x.ndim != 2 or not x.size or len(x) > MAX_CHANNELS:
        raise ValueError(
            f"has the shape {x.shape}, not (channels, frames) with 1 to {MAX_CHANNELS} channels: "
            "give x.T of what soundfile reads"
        )
    if not isinstance(rate, (int, np.integer)) or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"has the rate {rate!r}, not a whole number from {RATES[0]} to {RATES[1]} Hz")
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise ValueError("holds a sample that is not a finite number")
    return x, int(rate)


def _write(path: Path, x: NDArray[Any], rate: int) -> None:
    kind = "WAV" if x.nbytes < RIFF_BYTES else "RF64"
    soundfile.write(native(path), x.T, rate, _INTEGERS.get(x.dtype, "FLOAT"), format=kind)


def _copy(path: Path, file: Any) -> None:
    if isinstance(file, (bytes, bytearray, memoryview)):
        path.write_bytes(file)
        return
    with path.open("wb") as copy:
        try:
            shutil.copyfileobj(file, copy)
        except TypeError:
            raise ValueError("is a file open as text: open it with 'rb'") from None
