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
from audiograph.errors import GraphError, Problem, warn

Sound = tuple[ArrayLike, int] | bytes | BinaryIO  # samples and rate; or a sound file, in memory or open
FAR_ABOVE = 256.0  # full scale is 1; no sound in floats reaches this, 48 dB above it
_SCALES = 2**15, 2**23, 2**31  # of 16, 24 and 32 bits
_INTEGERS = {np.dtype("int16"): "PCM_16", np.dtype("int32"): "PCM_32"}  # anything else becomes float32


def is_sound(value: Any) -> bool:
    """Whether this is meant as a Sound, and not as a path, text or number."""
    return isinstance(value, (bytes, bytearray, memoryview, tuple, np.ndarray)) or hasattr(value, "read")


def spooled(name: str, sound: Any, folder: Path) -> Path:
    """Write the sound of parameter `name` into a file in `folder`; returns its path.

    Samples have the shape (channels, frames), or (frames,) for mono; they are
    floats with full scale 1, or int16 or int32; (rate, samples) is understood, too.
    An open file is copied from its current position to its end. Raises GraphError
    for anything else, and logs a warning where samples seem to be of another scale.
    """
    path = folder / re.sub(r"[^\w-]", "_", name)
    try:
        if isinstance(sound, tuple):
            x, rate = checked(sound)
            if doubt := doubtful(x):
                warn("%s: %s", name, doubt)
            _write(path, x, rate)
        elif isinstance(sound, np.ndarray):
            raise ValueError("an array needs its rate: give (array, rate)")
        else:
            _copy(path, sound)
    except ValueError as error:
        raise GraphError([Problem("", name or "''", str(error))]) from None
    return path


def checked(sound: tuple[Any, ...]) -> tuple[NDArray[Any], int]:
    """Samples as float32, int16 or int32 of shape (channels, frames), and their rate in Hz.

    Raises ValueError for a wrong shape, type or rate, for samples that are not
    finite, and for floats on the scale of integers.
    """
    if len(sound) != 2:
        raise ValueError(f"is a tuple of {len(sound)}: give (array, rate)")
    samples, rate = map(_array, sound)
    if not samples.ndim:
        samples, rate = rate, samples  # (rate, array): so some text-to-speech programs give it
    if bool(samples.ndim) == bool(rate.ndim):
        raise ValueError(f"is a tuple of two {'arrays' if rate.ndim else 'numbers'}: give (array, rate)")
    x, rate = np.atleast_2d(samples), rate.item()
    if x.dtype not in _INTEGERS:
        if x.dtype.kind != "f":
            raise ValueError(f"holds {x.dtype}: give floats, int16 or int32")
        x = x.astype(np.float32)
    if not x.size:
        raise ValueError("is empty: it has no samples")
    if x.ndim != 2 or len(x) > MAX_CHANNELS:
        raise ValueError(
            f"has the shape {x.shape}, not (channels, frames) with 1 to {MAX_CHANNELS} channels: "
            "give x.T of what soundfile reads"
        )
    if not isinstance(rate, (int, np.integer)) or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(f"has the rate {rate!r}, not a whole number from {RATES[0]} to {RATES[1]} Hz")
    if x.dtype.kind == "f":
        if not np.isfinite(x).all():
            raise ValueError("holds a sample that is not a finite number")
        scale = next((full for full in _SCALES if FAR_ABOVE <= _peak(x) <= full), 0)
        if scale and (x == np.rint(x)).all():
            more = " or give int16" if scale == _SCALES[0] else ""
            what = f"holds whole numbers up to {_peak(x):.0f}, and floats have full scale 1"
            raise ValueError(f"{what}: divide by {scale}{more}")
    return x, int(rate)


def doubtful(x: NDArray[Any]) -> str:
    """Why samples, as `checked` returns them, seem to be of another scale; empty if they do not."""
    peak = _peak(x)
    if x.dtype == np.int32 and 0 < peak <= -np.iinfo(np.int16).min:
        return f"holds int32 of at most {peak:.0f}, which is next to silence: give 16-bit numbers as int16"
    if x.dtype.kind == "f" and peak >= FAR_ABOVE:
        return f"has a peak of {peak:.6g}, and floats have full scale 1"
    return ""


def _array(part: Any) -> NDArray[Any]:
    try:
        return np.asarray(part)
    except TypeError as error:  # a tensor on a graphics card
        raise ValueError(f"cannot be read as an array: {error}") from None


def _peak(x: NDArray[Any]) -> float:
    return max(float(x.max()), -float(x.min()))


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
