"""WAV files with samples of 24 bits in 4 bytes, which libsndfile takes for packed ones, or for soft ones.

Microsoft's specification puts the bits at the top and a zero byte below them.
Some writers put them at the bottom, below a byte of the sign or of nothing.

Reference: Microsoft, "Multiple Channel Audio Data and WAVE Files", 2007: wValidBitsPerSample.
"""

import struct
from typing import NamedTuple

import numpy as np

from audiograph.audiofile.parts import Data

PCM, EXTENSIBLE = 1, 0xFFFE
_PCM_GUID = b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
SOFT = "has 24 bits in 4 bytes, and is very soft unless they are the lower ones: if so, amplify it by 48 dB"
_BLOCK = 1 << 20  # bytes that are looked at together; the first ones with a sound decide


class Wide(NamedTuple):
    """Samples of 24 bits in 4 bytes."""

    at: int  # of the `fmt ` chunk
    is_extensible: bool
    is_told: bool  # that a sample has 4 bytes: 32 bits, of which 24 are valid


def wide(head: Data, at: int) -> Wide | None:
    """What the `fmt ` chunk (little-endian) at `at` says, if it is of 24 bits in 4 bytes; else None."""
    if len(head) < at + 24:
        return None
    length, code, channels, _, _, align, bits = struct.unpack_from("<IHHIIHH", head, at + 4)
    is_extensible = code == EXTENSIBLE and length >= 40 and head[at + 32 : at + 48] == _PCM_GUID
    if align != 4 * channels or not (is_extensible or code == PCM):
        return None
    valid = struct.unpack_from("<H", head, at + 26)[0] if is_extensible else bits
    if bits == 24 or (bits == 32 and valid == 24):
        return Wide(at, is_extensible, bits == 32)
    return None


def is_at_bottom(data: Data, start: int, stop: int) -> bool:
    """Whether the 24 bits are the lower ones: the low byte is used, and the high one is but a sign."""
    for at in range(start, stop - 3, _BLOCK):
        count = (min(at + _BLOCK, stop) - at) // 4
        samples = np.frombuffer(data[at : at + 4 * count], np.uint8).reshape(count, 4)
        if samples.any():
            return bool(samples[:, 0].any() and np.isin(samples[:, 3], (0, 255)).all())
    return False


def is_soft(data: Data, start: int, stop: int) -> bool:
    """Whether the low byte is zero and the high one but a sign: a very soft sound, or 16 bits below."""
    is_silent = True
    for at in range(start, stop - 3, _BLOCK):
        count = (min(at + _BLOCK, stop) - at) // 4
        samples = np.frombuffer(data[at : at + 4 * count], np.uint8).reshape(count, 4)
        if samples[:, 0].any() or not np.isin(samples[:, 3], (0, 255)).all():
            return False
        is_silent = is_silent and not samples.any()
    return not is_silent
