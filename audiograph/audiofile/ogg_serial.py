"""The serial number of an Ogg file, made from its content, so that one sound always gives one file.

Encoders draw it by chance, and it is in every page. Nothing depends on its value;
it only has to differ between streams that are joined or interleaved.

The checksum of a page is linear: what changes by XOR in the page changes it by the
checksum of that change, whatever the rest of the page is. So no page is summed again.

Reference: S. Pfeiffer, RFC 3533, "The Ogg Encapsulation Format Version 0", 2003,
section 6: CRC-32 with the polynomial 0x04c11db7, most significant bit first, from 0.
"""

import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.errors import AudioFileError

POLYNOMIAL = 0x04C11DB7
HEADER = 27  # bytes of a page before its table of segments
SERIAL = 14  # where the serial number is, in four bytes; after it come the page's number and its checksum
LONGEST = 1 << 17  # bytes, more than any page has

Words = NDArray[np.uint32]


class Pages(NamedTuple):
    """Where the pages of a file begin, how long they are, and what their headers say."""

    starts: NDArray[np.int64]  # bytes
    lengths: NDArray[np.int64]  # bytes
    serials: Words
    checksums: Words
    content: int  # a checksum of all that is in the pages


def number_by_content(path: Path) -> None:
    """Give a finished Ogg file with one stream the serial number that its content makes."""
    with path.open("r+b") as file:
        pages = _pages(file)
        sums = pages.checksums ^ change(pages.serials ^ np.uint32(pages.content), pages.lengths)
        for start, checksum in zip(pages.starts.tolist(), sums.tolist(), strict=True):
            file.seek(start + SERIAL)
            number = file.read(8)[4:]  # of the page
            file.seek(start + SERIAL)
            file.write(pages.content.to_bytes(4, "little") + number + checksum.to_bytes(4, "little"))


def change(difference: Words, lengths: NDArray[np.int64]) -> Words:
    """How the checksums of pages change whose serial numbers change by XOR with `difference`.

    `lengths` are those of the pages in bytes.
    """
    swapped: Words = difference.byteswap()  # the bytes of a page are summed in their order
    sums = _times(swapped, _powers()[2])  # over 4 bytes: x^32
    rest = lengths - SERIAL - 4
    for bit, power in enumerate(_powers()):
        along = rest >> bit & 1 == 1
        sums[along] = _times(sums[along], power)
    return sums


def _powers() -> list[int]:
    """x^8, x^16, x^32... modulo the polynomial: what 1, 2, 4... zero bytes multiply a checksum by."""
    powers = [1 << 8]
    while 1 << len(powers) < LONGEST:
        powers.append(int(_times(np.array([powers[-1]], np.uint32), powers[-1])[0]))
    return powers


def _times(a: Words, b: int) -> Words:
    """The products of polynomials over GF(2), modulo POLYNOMIAL."""
    products = np.zeros_like(a)
    for bit in range(31, -1, -1):
        high = products >> np.uint32(31)
        products = products << np.uint32(1) ^ high * np.uint32(POLYNOMIAL)
        if b >> bit & 1:
            products = products ^ a
    return products


def _pages(file: BinaryIO) -> Pages:
    starts, lengths, serials, checksums, content, at = [], [], [], [], 0, 0
    while header := file.read(HEADER):
        if len(header) < HEADER or not header.startswith(b"OggS"):
            raise AudioFileError(f"no Ogg page begins at byte {at}")
        table = file.read(header[-1])
        size = sum(table)
        starts.append(at)
        lengths.append(HEADER + len(table) + size)
        serials.append(int.from_bytes(header[SERIAL : SERIAL + 4], "little"))
        checksums.append(int.from_bytes(header[SERIAL + 8 : SERIAL + 12], "little"))
        content = zlib.crc32(file.read(size), content)
        at += lengths[-1]
    return Pages(
        np.array(starts, np.int64),
        np.array(lengths, np.int64),
        np.array(serials, np.uint32),
        np.array(checksums, np.uint32),
        content,
    )
