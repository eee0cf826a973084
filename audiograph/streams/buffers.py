"""Memory for sound.

Fresh memory is dear: the system hands it out by pages of 4096 octets, each with
an interruption of some 3 us, which is ten times what it takes to fill it. So
arrays are cut from slabs that begin and end with large pages, of 2 MB, and some
slabs are kept when all their arrays are gone.
"""

import mmap
import weakref
from contextlib import suppress
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAGE = 4096  # octets
SMALL = 2**16  # octets; less is taken from what malloc has already
SLAB = 2**23  # octets
HUGE = 2**21  # octets of a large page
SPARE = 4  # slabs at most that are kept for later


class _Slab:
    """A piece of memory, given away from its begin on. It lives as long as any array cut from it."""

    def __init__(self) -> None:
        self._octets = np.empty(0, np.uint8)
        self._used = 0
        self._lock = Lock()

    def cut(self, size: int) -> NDArray[np.uint8]:
        """So many octets, which begin in the middle of a page."""
        with self._lock:
            begin = self._begin()
            if begin + size > len(self._octets):
                self._octets, self._used = _fresh(max(SLAB, size + PAGE)), 0
                begin = self._begin()
            self._used = begin + size
            return self._octets[begin : begin + size]

    def _begin(self) -> int:
        return self._used + (PAGE // 2 - self._octets.ctypes.data - self._used) % PAGE


def _fresh(size: int) -> NDArray[np.uint8]:
    """At least so many octets, in large pages where the system has them: used before, if there are such."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.empty(size, np.uint8)
    whole = -(-size // HUGE) * HUGE
    mapped = _spare.pop() if whole == SLAB and _spare else _mapped(whole)
    octets = np.frombuffer(mapped, np.uint8)
    if whole == SLAB:
        weakref.finalize(octets, _keep, mapped).atexit = False  # when no array is cut from it any more
    begin = -octets.ctypes.data % HUGE
    return octets[begin : begin + whole]


def _mapped(size: int) -> mmap.mmap:
    found = mmap.mmap(-1, size + HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # the system has no large pages
        found.madvise(mmap.MADV_HUGEPAGE)
    return found


def _keep(mapped: mmap.mmap) -> None:
    if len(_spare) < SPARE:
        _spare.append(mapped)


_spare: list[mmap.mmap] = []  # slabs that nobody uses
_slab = _Slab()


def allocate(shape: tuple[int, ...], kind: Any = np.float32) -> NDArray[Any]:
    """An array that begins in the middle of a page, if it is not small; what it holds is left to chance.

    malloc puts large arrays 16 octets into a page or after one another. Where
    memcpy goes from one place to another that is 16 octets later modulo a page,
    the `rep movsb` of Zen 3 takes 30 times as long: 270 us for what takes 9.
    """
    size = np.dtype(kind).itemsize * prod(shape)
    if size < SMALL:
        return np.empty(shape, kind)
    found: NDArray[Any] = _slab.cut(size).view(kind).reshape(shape)
    return found


def forget() -> None:
    """Cut what comes next from fresh slabs: a fork would have to copy the old ones, page by page."""
    global _slab
    _slab = _Slab()
    _spare.clear()
