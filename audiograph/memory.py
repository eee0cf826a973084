"""Memory for sound."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PAGE = 4096  # octets


def room(shape: tuple[int, ...], kind: Any = np.float32) -> NDArray[Any]:
    """An array that begins in the middle of a page; what it holds is left to chance.

    malloc puts large arrays 16 octets into a page or after one another. Where
    memcpy goes from one place to another that is 16 octets later modulo a page,
    the `rep movsb` of Zen 3 takes 30 times as long: 270 us for what takes 9.
    """
    size = np.dtype(kind).itemsize * int(np.prod(shape))
    octets = np.empty(size + PAGE, np.uint8)
    begin = (PAGE // 2 - octets.ctypes.data) % PAGE
    found: NDArray[Any] = octets[begin : begin + size].view(kind).reshape(shape)
    return found
