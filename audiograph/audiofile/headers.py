"""Headers that libsndfile trusts too much, read again to find out what can be relied on."""

import struct
from typing import BinaryIO

from audiograph.audiofile.decoder import Patch

UNKNOWN = 0x7FFF0000  # bytes; writers that do not know the length put this or more


def promised_end(raw: BinaryIO) -> int:
    """The end of an MP3 file in bytes by its Xing header; 0 without one, where the length is only a guess."""
    at = _after_tags(raw)
    raw.seek(at)
    first = raw.read(256)
    place = max(first.find(b"Xing"), first.find(b"Info"))
    if place < 0 or len(first) < place + 16:
        return 0
    flags, _, size = struct.unpack_from(">III", first, place + 4)
    return at + size if flags & 3 == 3 else 0


def unclosed_wav(raw: BinaryIO, size: int) -> tuple[Patch | None, float]:
    """For a WAV file of `size` bytes that its writer did not close: a patch, and the part that is there.

    The patch makes a file readable whose header still says "0 bytes". The part is
    that of the sound promised by the header, 0 to 1.
    """
    raw.seek(0)
    head = raw.read(4096)
    order = ">" if head.startswith(b"RIFX") else "<"
    if len(head) < 12 or struct.unpack_from(order + "I", head, 4)[0] + 8 == size:
        return None, 1.0  # closed
    at = 12
    while at + 8 < len(head):
        name, length = struct.unpack_from(order + "4sI", head, at)
        if name == b"data" and not length:
            return Patch(at=at + 4, data=b"\xff\xff\xff\xff"), 1.0
        if name == b"data":
            known = length < UNKNOWN and head.startswith(b"RIF")
            return None, min(1.0, (size - at - 8) / length) if known else 1.0
        at += 8 + length + length % 2
    return None, 1.0


def _after_tags(raw: BinaryIO) -> int:
    """The offset after all ID3v2 tags."""
    at = 0
    while True:
        raw.seek(at)
        head = raw.read(10)
        if len(head) < 10 or not head.startswith(b"ID3"):
            return at
        a, b, c, d = head[6:]
        at += 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)
