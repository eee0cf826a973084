"""Vorbis comments of FLAC, Ogg Vorbis and Opus files, with all values of a name.

Reference: "Ogg Vorbis I format specification: comment field and header
specification", xiph.org; RFC 9639 (FLAC), section 8.6; RFC 7845 (Opus in Ogg),
section 5.2.
"""

from collections.abc import Iterator
from typing import BinaryIO

LARGEST = 1 << 24  # bytes of comments, pictures included, that are read
_COMMENTS, _LAST = 4, 0x80  # the type of a block of FLAC; the mark of its last block
_MAGICS = b"\x03vorbis", b"OpusTags"


def of_flac(file: BinaryIO) -> list[tuple[str, str]]:
    """The (name, text) pairs of a FLAC file that begins here; names are in small letters."""
    if file.read(4) != b"fLaC":
        return []
    kind = 0
    while not kind & _LAST:
        head = file.read(4)
        if len(head) < 4:
            break
        kind, size = head[0], int.from_bytes(head[1:], "big")
        if kind & ~_LAST == _COMMENTS:
            return list(_pairs(file.read(size)))
        file.seek(size, 1)
    return []


def of_ogg(file: BinaryIO) -> list[tuple[str, str]]:
    """The (name, text) pairs of the first stream in an Ogg file that begins here."""
    for packet in _packets(file):
        for magic in _MAGICS:
            if packet.startswith(magic):
                return list(_pairs(packet[len(magic) :]))
    return []


def _packets(file: BinaryIO) -> Iterator[bytes]:
    """The first two packets of the first stream."""
    serial, packet, found = b"", b"", 0
    while found < 2 and len(packet) < LARGEST:
        head = file.read(27)
        if len(head) < 27 or not head.startswith(b"OggS"):
            return
        sizes = file.read(head[26])
        body = file.read(sum(sizes))
        serial = serial or head[14:18]
        if head[14:18] != serial:
            continue
        at = 0
        for size in sizes:
            packet += body[at : at + size]
            at += size
            if size < 255:
                yield packet
                packet, found = b"", found + 1


def _pairs(block: bytes) -> Iterator[tuple[str, str]]:
    def number(at: int) -> int:
        return int.from_bytes(block[at : at + 4], "little")

    at = 4 + number(0)
    count, at = number(at), at + 4
    for _ in range(count):
        if at + 4 > len(block):
            return
        size, at = number(at), at + 4
        name, equals, text = block[at : at + size].decode("utf-8", "replace").partition("=")
        at += size
        if equals:
            yield name.lower(), text
