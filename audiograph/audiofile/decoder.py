"""libsndfile, read and written straight on.

soundfile seeks after every read and write. For FLAC of unknown length that is
an error, for MP3 it changes what is decoded, and a read that ends in an error
loses what came before it. So this class moves samples itself, and says it cannot
be seeked, which stops soundfile from doing so; `seek` works all the same.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from audiograph.streams.buffers import allocate

Words = NDArray[Any]  # of shape (frames, channels): int16, int32 or float32
_C = {np.dtype("int16"): "short", np.dtype("int32"): "int", np.dtype("float32"): "float"}
_SMALL = ("PCM_S8", "PCM_U8", "PCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM")  # hold no more than 16 bits


class SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """An open sound file whose samples move in one direction, in the type that loses nothing."""

    def seekable(self) -> bool:
        """No: soundfile shall not seek by itself."""
        return False

    def flush(self) -> None:
        """Nothing: close() calls this, and libsndfile would fsync, which `partial` does, once, at the end."""

    @property
    def dtype(self) -> str:
        """The type of its samples in memory."""
        if self.subtype in _SMALL:
            return "int16"
        return "int32" if self.subtype in ("PCM_24", "PCM_32") else "float32"

    def take(self, x: Words) -> int:
        """Fill `x`; gives the number of frames read: fewer than asked at the end, or at a fault."""
        return self._move("sf_readf_", x)

    def put(self, x: Words) -> int:
        """Write `x`; gives the number of frames written: fewer than asked at a fault."""
        return self._move("sf_writef_", x)

    def _move(self, action: str, x: Words) -> int:
        kind = _C[x.dtype]
        move: Callable[[Any, Any, int], int] = getattr(soundfile._snd, action + kind)
        return move(self._file, soundfile._ffi.cast(kind + "*", x.ctypes.data), len(x))

    @property
    def fault(self) -> str:
        """What went wrong in the last call, or nothing."""
        if not soundfile._snd.sf_error(self._file):
            return ""
        return said(soundfile._ffi.string(soundfile._snd.sf_strerror(self._file)).decode(errors="replace"))

    def close(self) -> None:
        """Close it, and the Patched file it reads."""
        super().close()
        if isinstance(self._name, Patched):
            self._name.close()


def said(text: str) -> str:
    """libsndfile's words without its "Error :" and full stop."""
    text = text.removeprefix("System error : ").removeprefix("Error : ").removeprefix("Error in ").strip(" .")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


class Patch(NamedTuple):
    """How a file is to be shown to libsndfile, which trusts headers too much."""

    times: int = 1  # as long as this many of it, so that a guess from the length is too long, never too short
    at: int = 0  # where the patch lies
    data: bytes = b""  # bytes in the place of those of the file


class Patched(io.FileIO):
    """A file with a Patch."""

    def __init__(self, path: Path, patch: Patch) -> None:
        super().__init__(path)
        self._patch = patch
        self._size = super().seek(0, io.SEEK_END)
        super().seek(0)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As of any file, but the end is where the Patch says."""
        if whence == io.SEEK_END:
            return super().seek(self._size * self._patch.times + offset)
        return super().seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        """As of any file, patched; zeros from far beyond the end, where libmpg123 looks for a tag."""
        at, view = self.tell(), memoryview(buffer).cast("B")
        if at > self._size:
            view[:] = bytes(len(view))
            return len(view)
        some = super().readinto(view) or 0
        for place, byte in enumerate(self._patch.data, self._patch.at - at):
            if 0 <= place < some:
                view[place] = byte
        return some


def scratch(file: SoundFile, frames: int) -> Words:
    """Room for so many frames of a file."""
    return allocate((frames, file.channels), file.dtype)
