"""Side information of Layer III frames that cannot be right, over which libmpg123 would complain.

Reference: ISO/IEC 11172-3, 2.4.1.7 and 2.4.2.7; ISO/IEC 13818-3, 2.4.1.7.
"""

import numpy as np
from numpy.typing import NDArray

from audiograph.audiofile.mpeg import Chain, Kind
from audiograph.audiofile.parts import Data

_AT_ONCE = 4096  # frames
_MOST_VALUES = 288  # pairs of large values; a granule has 576 frequencies


def unsound(data: Data, chain: Chain) -> list[int]:
    """Which frames of a chain have impossible side information."""
    if chain.kind.layer != 3:
        return []
    found: list[int] = []
    buffer = np.frombuffer(data, np.uint8)
    edges = np.array([*chain.starts, chain.end], np.int64)
    for first in range(0, len(chain.starts), _AT_ONCE):
        part = edges[first : first + _AT_ONCE + 1]
        found += (np.flatnonzero(_unsound(buffer, part, chain.kind)) + first).tolist()
    del buffer  # before the file is unmapped
    return found


def _unsound(buffer: NDArray[np.uint8], edges: NDArray[np.int64], kind: Kind) -> NDArray[np.bool_]:
    starts, stops = edges[:-1], edges[1:]
    checksum = np.where(buffer[starts + 1] & 1, 0, 2)
    begin = starts + 4 + checksum
    places = np.minimum(begin + np.arange(kind.side)[:, None], len(buffer) - 1)
    side = buffer[places].astype(np.int32)  # (bytes, frames)

    def field(at: int, size: int) -> NDArray[np.int32]:
        byte, bit = divmod(at, 8)
        word: NDArray[np.int32] = side[byte] << 16 | side[byte + 1] << 8
        if bit + size > 16:
            word |= side[byte + 2]
        word >>= 24 - bit - size
        word &= (1 << size) - 1
        return word

    is_first = kind.version == 3  # MPEG 1
    reach = field(0, 9 if is_first else 8)
    at = (18 if kind.channels == 1 else 20) if is_first else (9 if kind.channels == 1 else 10)
    scale, step = (4, 59) if is_first else (9, 63)
    wrong = np.zeros(len(starts), np.bool_)
    total = np.zeros(len(starts), np.int64)
    for _ in range((2 if is_first else 1) * kind.channels):
        total += field(at, 12)
        wrong |= field(at + 12, 9) > _MOST_VALUES
        switching = at + 29 + scale
        wrong |= field(switching, 3) == 0b100  # it switches to the usual window
        at += step
    room = reach + stops - begin - kind.side
    return wrong | (total > 8 * room)
