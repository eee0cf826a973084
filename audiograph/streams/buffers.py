"""Memory for arrays of sound.

New memory is slow: the system hands it out in pages of 4096 bytes, each by a
page fault of some 3 us, ten times what it takes to fill the page. So arrays are
cut from slabs of large pages (2 MB), and a few slabs are kept for reuse when
all their arrays are gone.
"""

import mmap
import weakref
from contextlib import suppress
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAGE = 4096  # bytes
SMALL = 2**16  # bytes; smaller arrays come from malloc, which reuses memory itself
SLAB = 2**23  # bytes
HUGE = 2**21  # bytes of a large page
SPARE = 4  # slabs kept for reuse, at most


class _Slab:
    """A block of memory that arrays are cut from, front to back. It lives as long as any of them."""

    def __init__(self) -> None:
        self._memory = np.empty(0, np.uint8)
        self._used = 0
        self._lock = Lock()

    def cut(self, size: int) -> NDArray[np.uint8]:
        """So many bytes, which begin in the middle of a page."""
        with self._lock:
            begin = self._begin()
            if begin + size > len(self._memory):
                self._memory, self._used = _fresh(max(SLAB, size + PAGE)), 0
                begin = self._begin()
            self._used = begin + size
            return self._memory[begin : begin + size]

    def _begin(self) -> int:
        return self._used + (PAGE // 2 - self._memory.ctypes.data - self._used) % PAGE


def _fresh(size: int) -> NDArray[np.uint8]:
    """At least so many bytes, in large pages where the system has them; a spare slab if there is one."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.empty(size, np.uint8)
    whole = -(-size // HUGE) * HUGE
    mapped = _spare.pop() if whole == SLAB and _spare else _mapped(whole)
    memory = np.frombuffer(mapped, np.uint8)
    if whole == SLAB:
        weakref.finalize(memory, _keep, mapped).atexit = False  # once its last array is gone
    begin = -memory.ctypes.data % HUGE
    return memory[begin : begin + whole]


def _mapped(size: int) -> mmap.mmap:
    mapped = mmap.mmap(-1, size + HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # the system has no large pages
        mapped.madvise(mmap.MADV_HUGEPAGE)
    return mapped


def _keep(mapped: mmap.mmap) -> None:
    if len(_spare) < SPARE:
        _spare.append(mapped)


_spare: list[mmap.mmap] = []  # slabs for reuse
_slab = _Slab()


def allocate(shape: tuple[int, ...], kind: Any = np.float32) -> NDArray[Any]:
    """An uninitialized array; unless it is small, it begins in the middle of a page.

    malloc places large arrays 16 bytes into a page, or one after another. When
    memcpy copies to an address that is 16 bytes later modulo a page, `rep movsb`
    on Zen 3 takes 30 times as long: 270 us in place of 9.
    """
    size = np.dtype(kind).itemsize * prod(shape)
    if size < SMALL:
        return np.empty(shape, kind)
    array: NDArray[Any] = _slab.cut(size).view(kind).reshape(shape)
    return array


def start_fresh() -> None:
    """Cut the next arrays from new slabs: a forked child would copy the old ones, page by page."""
    global _slab
    _slab = _Slab()
    _spare.clear()
