"""Vorbis and Opus packets: how many frames each gives.

Reference: Vorbis I specification, sections 1.3.2, 4.2 and 4.3.8 (block sizes, modes);
RFC 6716 (Opus), section 3.1 and 3.2 (TOC byte); RFC 7845 (Opus in Ogg), section 5.1.
"""

import struct

OPUS_RATE = 48_000  # Hz, at which Opus is always decoded; its header's rate is that of the encoder's input
_OPUS_FRAMES = (
    *(480, 960, 1920, 2880) * 3,  # SILK
    *(480, 960) * 2,  # hybrid
    *(120, 240, 480, 960) * 4,  # CELT
)  # frames of one Opus frame, by configuration


class Opus:
    """An Opus stream, by its first header."""

    headers, rate = 2, OPUS_RATE  # packets before those with sound; Hz

    def __init__(self, head: bytes) -> None:
        self.channels, self.skip, self.input_rate = struct.unpack_from("<BHI", head, 9)

    def frames(self, head: bytes) -> int:
        """The frames that the next packet gives, by its first two bytes."""
        if not head:
            return 0
        code = head[0] & 3
        count = (1, 2, 2, head[1] & 63 if len(head) > 1 else 0)[code]
        return count * _OPUS_FRAMES[head[0] >> 3]


class Vorbis:
    """A Vorbis stream, by its first and third header."""

    headers, skip = 3, 0  # packets before those with sound; frames that are decoded before it

    def __init__(self, head: bytes, setup: bytes) -> None:
        self.channels, self.rate = struct.unpack_from("<BI", head, 11)
        self._sizes = 1 << (head[28] & 15), 1 << (head[28] >> 4)
        self._modes = _modes(setup)
        self._bits = (len(self._modes) - 1).bit_length()
        self._last = 0

    def frames(self, head: bytes) -> int:
        """The frames that the next packet adds, by its first two bytes."""
        if not head or head[0] & 1:
            return 0
        mode = head[0] >> 1 & (1 << self._bits) - 1
        if mode >= len(self._modes):
            return 0
        size = self._sizes[self._modes[mode]]
        given = (self._last + size) // 4 if self._last else 0
        self._last = size
        return given


Codec = Opus | Vorbis


def _modes(setup: bytes) -> list[int]:
    """Whether the blocks of each mode are long (1) or short (0).

    The modes are the last of the header, so they are read from its end: 41 bits
    each, of which 32 are zero, behind their number in 6 bits. All that comes
    before would have to be decoded to read it from the front.
    """
    bits = int.from_bytes(setup[-512:], "little")
    top = bits.bit_length() - 1  # of the framing flag
    modes: list[int] = []
    best: list[int] = []
    while top >= 41 + 6 and len(modes) < 64:
        top -= 41
        if bits >> top + 1 & 0xFFFFFFFF or bits >> top + 33 & 0xFF > 63:
            break
        modes.insert(0, bits >> top & 1)
        if (bits >> top - 6 & 63) + 1 == len(modes):
            best = [*modes]
    return best
