"""Ogg pages: found one after another, also behind damage, and written anew with other numbers.

Reference: S. Pfeiffer, RFC 3533, "The Ogg Encapsulation Format Version 0", 2003, section 6.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from audiograph.audiofile.parts import Data

CONTINUED, BEGINS, ENDS = 1, 2, 4  # flags of a page
HEADER = 27  # bytes before the table of segments
LONGEST = HEADER + 255 + 255 * 255  # bytes of a page
NO_PACKET_ENDS = -1  # the granule position of a page on which none ends
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_HEADER = struct.Struct("<4sBBqIIIB")


class Page(NamedTuple):
    """A page: where it is, and what its header says."""

    start: int
    end: int
    flags: int
    granule: int
    serial: int
    number: int
    body: int  # where its first segment begins
    lacing: bytes  # sizes of its segments

    def packets(self) -> Iterator[tuple[int, int, bool]]:
        """Where each packet on it begins and ends, and whether it is finished there."""
        at = stop = self.body
        for size in self.lacing:
            stop += size
            if size < 255:
                yield at, stop, True
                at = stop
        if at < stop:
            yield at, stop, False


def page(data: Data, at: int) -> Page | None:
    """The page at `at`, perhaps longer than the data; None if none begins there."""
    head = data[at : at + HEADER]
    if len(head) < HEADER or head[:5] != b"OggS\0":
        return None
    _, _, flags, granule, serial, number, _, count = _HEADER.unpack(head)
    lacing = bytes(data[at + HEADER : at + HEADER + count])
    body = at + HEADER + count
    return Page(at, body + sum(lacing), flags, granule, serial, number, body, lacing)


def pages(data: Data, most: int = 2**62) -> tuple[list[Page], list[range]]:
    """The whole pages of a file with a right checksum, at most `most`, and the bytes that are in none."""
    found: list[Page] = []
    gaps: list[range] = []
    at, size = 0, len(data)
    while at < size and len(found) < most:
        next_page = page(data, at)
        if next_page and _is_right(data, next_page, size):
            found.append(next_page)
            at = next_page.end
            continue
        stop = _resync(data, at + 1, size)
        gaps.append(range(at, stop))
        at = stop
    return found, gaps


def last_page(data: Data) -> Page | None:
    """The page with which the file ends; None if it does not end with one."""
    size = len(data)
    at = size
    while (at := data.rfind(b"OggS", max(0, size - LONGEST), at)) >= 0:
        if (found := page(data, at)) and found.end == size:
            return found
    return None


def near(data: Data, at: int) -> Page | None:
    """The first page that begins at or behind `at`."""
    while (at := data.find(b"OggS", at, at + 2 * LONGEST)) >= 0:
        if found := page(data, at):
            return found
        at += 1
    return None


def rewritten(data: Data, old: Page, number: int, granule: int, flags: int, packets: int = 255) -> bytes:
    """The page with another number, granule position and flags; only its first `packets`, if it is cut."""
    stops = [nth + 1 for nth, size in enumerate(old.lacing) if size < 255]
    lacing = old.lacing if packets >= len(stops) else old.lacing[: stops[packets - 1]]
    head = _HEADER.pack(b"OggS", 0, flags, granule, old.serial, number, 0, len(lacing)) + lacing
    return summed(head + data[old.body : old.body + sum(lacing)])


def summed(text: bytes) -> bytes:
    """A page with its right checksum: CRC-32 as in zlib, with the bits of each byte the other way round."""
    blank = text[:22] + bytes(4) + text[26:]
    crc = zlib.crc32(blank.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return blank[:22] + int(f"{crc:032b}"[::-1], 2).to_bytes(4, "little") + blank[26:]


def _resync(data: Data, at: int, size: int) -> int:
    """The next place where a whole page with a right checksum begins; `size` if there is none."""
    while (at := data.find(b"OggS", at, size)) >= 0:
        found = page(data, at)
        if found and _is_right(data, found, size):
            return at
        at += 1
    return size


def _is_right(data: Data, found: Page, size: int) -> bool:
    """Whether a page is whole, and its checksum is that of its bytes."""
    return found.end <= size and summed(text := bytes(data[found.start : found.end])) == text
