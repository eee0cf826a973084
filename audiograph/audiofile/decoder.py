"""libsndfile, read and written strictly forwards.

soundfile seeks after every read and write. For FLAC of unknown length that is
an error, for MP3 it changes the decoded samples, and a read that ends in an
error loses the frames before it. So this class moves the samples itself and
claims not to be seekable, which stops soundfile from seeking; `seek` still works.
"""

import io
import os
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from audiograph.streams.buffers import allocate

Samples = NDArray[Any]  # of shape (frames, channels): int16, int32 or float32
_C = {np.dtype("int16"): "short", np.dtype("int32"): "int", np.dtype("float32"): "float"}
_PLAIN = {  # words for errors of libsndfile that speak of its insides
    "internal error : SF_INFO struct incomplete": "its header contradicts itself",
    "unspecified internal error": "its header is not understood",
}
_SMALL = ("PCM_S8", "PCM_U8", "PCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM")  # of 16 bits or fewer


class _Here(threading.local):
    check: Callable[[], None] | None = None


_here = _Here()


@contextmanager
def checking(check: Callable[[], None]) -> Iterator[None]:
    """Call `check` within, in this thread, before samples are read from a file. It may raise to end that."""
    before, _here.check = _here.check, check
    try:
        yield
    finally:
        _here.check = before


class SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """An open sound file that is read or written forwards, in the narrowest lossless sample type."""

    def __init__(self, file: Any, *args: Any, **options: Any) -> None:
        try:
            super().__init__(file, *args, **options)
        except BaseException:
            if isinstance(file, Patched):
                file.close()
            raise

    def seekable(self) -> bool:
        """False, so that soundfile does not seek by itself."""
        return False

    def flush(self) -> None:
        """Do nothing: close() calls this and would fsync; an atomic write does that once, at its end."""

    @property
    def dtype(self) -> str:
        """The type of its samples in memory: int16, int32 or float32."""
        if self.subtype in _SMALL:
            return "int16"
        return "int32" if self.subtype in ("PCM_24", "PCM_32") else "float32"

    def take(self, x: Samples) -> int:
        """Fill `x`; returns the number of frames read: fewer than asked for at the end or on an error."""
        if _here.check:
            _here.check()
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


def native(path: Path) -> str | bytes:
    """A path as soundfile takes it: bytes, which may be of no encoding, but text on Windows."""
    return str(path) if os.name == "nt" else os.fsencode(path)


def error_text(text: str) -> str:
    """A message of libsndfile without its "Error :" and full stop, in plain words."""
    text = text.removeprefix("System error : ").removeprefix("Error : ").removeprefix("Error in ").strip(" .")
    text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    return _PLAIN.get(text, text)


Piece = bytes | range  # bytes to put in, or a range of the bytes of the file


class Patch(NamedTuple):
    """How to present a file to libsndfile, which trusts headers too much."""

    times: int = 1  # multiply the file size, so that a length guessed from it is too long, never too short
    at: int = 0  # offset of `data`
    data: bytes = b""  # bytes that replace those of the file
    pieces: tuple[Piece, ...] = ()  # what is presented in place of the file, one piece after another

    def laid_out(self, size: int) -> tuple[Piece, ...]:
        """What a file of `size` bytes consists of with this patch."""
        return self.pieces or (range(self.at), self.data, range(self.at + len(self.data), size))


class Patched(io.RawIOBase):
    """A file as its Patch presents it, for reading."""

    def __init__(self, path: Path, patch: Patch) -> None:
        self._file = path.open("rb", buffering=0)
        pieces = patch.laid_out(self._file.seek(0, io.SEEK_END))
        self._pieces = [piece for piece in pieces if len(piece)]
        self._ends = list(accumulate(len(piece) for piece in self._pieces))
        self._size = self._ends[-1] if self._ends else 0
        self._times, self._at = patch.times, 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def readable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The place of the next byte among those that are presented."""
        return self._at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek as in any file, except that the end is where the Patch puts it."""
        start = (0, self._at, self._size * self._times)[whence]
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read patched bytes; zeros beyond their end if more are told, as libmpg123 looks for a tag there."""
        view = memoryview(buffer).cast("B")
        if self._at > self._size and self._times > 1:
            view[:] = bytes(len(view))
            return len(view)
        done, nth = 0, bisect_right(self._ends, self._at)
        while done < len(view) and nth < len(self._pieces):
            piece = self._pieces[nth]
            skip = self._at - (self._ends[nth] - len(piece))
            wanted = min(len(view) - done, len(piece) - skip)
            if isinstance(piece, bytes):
                view[done : done + wanted] = piece[skip : skip + wanted]
                count = wanted
            else:
                self._file.seek(piece.start + skip)
                count = self._file.readinto(view[done : done + wanted]) or 0
            done, self._at, nth = done + count, self._at + count, nth + 1
            if count < wanted:
                break  # the file has become shorter
        return done


def scratch(file: SoundFile, frames: int) -> Samples:
    """A buffer for this number of frames of a file; its content is undefined."""
    return allocate((frames, file.channels), file.dtype)
