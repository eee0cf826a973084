"""libsndfile, read and written strictly forwards.

soundfile seeks after every read and write. For FLAC of unknown length that is
an error, for MP3 it changes the decoded samples, and a read that ends in an
error loses the frames before it. So this class moves the samples itself and
claims not to be seekable, which stops soundfile from seeking; `seek` still works.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from audiograph.streams.buffers import allocate

Samples = NDArray[Any]  # of shape (frames, channels): int16, int32 or float32
_C = {np.dtype("int16"): "short", np.dtype("int32"): "int", np.dtype("float32"): "float"}
_SMALL = ("PCM_S8", "PCM_U8", "PCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM")  # of 16 bits or fewer


class SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """An open sound file that is read or written forwards, in the narrowest lossless sample type."""

    def seekable(self) -> bool:
        """False, so that soundfile does not seek by itself."""
        return False

    def flush(self) -> None:
        """Do nothing: close() calls this and would fsync; `partial` does that once, at the end."""

    @property
    def dtype(self) -> str:
        """The type of its samples in memory: int16, int32 or float32."""
        if self.subtype in _SMALL:
            return "int16"
        return "int32" if self.subtype in ("PCM_24", "PCM_32") else "float32"

    def take(self, x: Samples) -> int:
        """Fill `x`; returns the number of frames read: fewer than asked for at the end or on an error."""
        return self._move("sf_readf_", x)

    def put(self, x: Samples) -> int:
        """Write `x`; returns the number of frames written: fewer than given on an error."""
        return self._move("sf_writef_", x)

    def _move(self, action: str, x: Samples) -> int:
        kind = _C[x.dtype]
        move: Callable[[Any, Any, int], int] = getattr(soundfile._snd, action + kind)
        return move(self._file, soundfile._ffi.cast(kind + "*", x.ctypes.data), len(x))

    @property
    def fault(self) -> str:
        """The error of the last call, or an empty text."""
        if not soundfile._snd.sf_error(self._file):
            return ""
        text: bytes = soundfile._ffi.string(soundfile._snd.sf_strerror(self._file))
        return error_text(text.decode(errors="replace"))

    def close(self) -> None:
        """Close it and the Patched file it reads."""
        super().close()
        if isinstance(self._name, Patched):
            self._name.close()


def error_text(text: str) -> str:
    """A message of libsndfile without its "Error :" and full stop."""
    text = text.removeprefix("System error : ").removeprefix("Error : ").removeprefix("Error in ").strip(" .")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


class Patch(NamedTuple):
    """How to present a file to libsndfile, which trusts headers too much."""

    times: int = 1  # multiply the file size, so that a length guessed from it is too long, never too short
    at: int = 0  # offset of `data`
    data: bytes = b""  # bytes that replace those of the file


class Patched(io.FileIO):
    """A file as its Patch presents it."""

    def __init__(self, path: Path, patch: Patch) -> None:
        super().__init__(path)
        self._patch = patch
        self._size = super().seek(0, io.SEEK_END)
        super().seek(0)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek as in any file, except that the end is where the Patch puts it."""
        if whence == io.SEEK_END:
            return super().seek(self._size * self._patch.times + offset)
        return super().seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        """Read patched bytes; zeros beyond the real end, where libmpg123 looks for a tag."""
        at, view = self.tell(), memoryview(buffer).cast("B")
        if at > self._size:
            view[:] = bytes(len(view))
            return len(view)
        count = super().readinto(view) or 0
        for place, byte in enumerate(self._patch.data, self._patch.at - at):
            if 0 <= place < count:
                view[place] = byte
        return count


def scratch(file: SoundFile, frames: int) -> Samples:
    """A buffer for this number of frames of a file; its content is undefined."""
    return allocate((frames, file.channels), file.dtype)
