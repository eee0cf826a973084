"""What a sound file holds: one sound or several, one after another, and what is between and behind them."""

import re
from mmap import mmap
from typing import NamedTuple

from audiograph.audiofile.decoder import Patch

SHORT_PADDING = 512  # zero bytes; so many are no news
Data = bytes | mmap  # the bytes of a file
_LYRICS_ENDS = (b"LYRICS200", b"LYRICSEND")


class Part(NamedTuple):
    """One sound of a file, as libsndfile is to see it."""

    rate: int  # Hz
    channels: int
    frames: int  # at this rate; 0 if only decoding can tell, -1 if libsndfile can
    patch: Patch | None = None
    promised: int = 0  # frames by its header, where that promises more
    fraction: float = 1.0  # of the promised sound that is there


class Contents(NamedTuple):
    """What was found in a file that is not as its header says, or has more than one sound."""

    parts: tuple[Part, ...]
    remarks: tuple[str, ...] = ()  # each follows the name of the file: "is cut short: ..."
    kind: str = ""  # if it is not what the first bytes say


def after_tags(data: Data, at: int, end: int) -> int:
    """The place behind all tags and short zero padding at `at`: ID3, APE, Lyrics3.

    Reference: ID3v1 and v2.4.0 and Lyrics3 v2.00, id3.org; APEv2, wiki.hydrogenaud.io.
    """
    while at < end:
        size = tag_size(data, at, end) or _padding(data, at, end)
        if not size:
            break
        at = min(end, at + size)
    return at


def tag_size(data: Data, at: int, end: int) -> int:
    """Bytes of the tag at `at`; 0 if there is none."""
    head = bytes(data[at : min(end, at + 32)])
    if head.startswith(b"ID3") and len(head) >= 10 and max(head[6:10]) < 128:
        a, b, c, d = head[6:10]
        return 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)
    if head.startswith(b"TAG+"):
        return 227
    if head.startswith(b"TAG"):
        return 128
    if head.startswith(b"APETAGEX") and len(head) == 32:
        size, is_header = int.from_bytes(head[12:16], "little"), head[23] & 0x20
        return 32 + size if is_header else 32
    if head.startswith(b"LYRICSBEGIN"):
        places = [found for mark in _LYRICS_ENDS if (found := data.find(mark, at, end)) >= 0]
        return min(places) + 9 - at if places else 0
    return 0


def id3_size(data: Data) -> int:
    """Bytes of the ID3v2 tag with which a file begins, if it has one without a fault."""
    if data[:3] != b"ID3":
        return 0
    size, at, version = tag_size(data, 0, len(data)), 10, data[3]
    letters, head = (3, 6) if version == 2 else (4, 10)
    if version not in (2, 3, 4) or data[5] & 0x40:
        return size if version in (3, 4) else 0  # with an extended header
    while at + head <= size and data[at]:
        name = data[at : at + letters]
        flags = data[at + 8 : at + 10] if version > 2 else bytes(2)
        if not (name.isalnum() and name.isupper()) or flags[0] & 0x0F or flags[1] & 0xFC:
            return 0
        length = int.from_bytes(data[at + letters : at + 2 * letters], "big")
        if version == 4:
            length = length >> 3 & 0xFE00000 | length >> 2 & 0x1FC000 | length >> 1 & 0x3F80 | length & 0x7F
        at += head + length
    return size if at <= size else 0


def skip_zeros(data: Data, at: int, end: int) -> int:
    """The place of the next byte that is not zero."""
    found = re.compile(b"[^\0]").search(data, at, end)
    return found.start() if found else end


def _padding(data: Data, at: int, end: int) -> int:
    """The number of zero bytes at `at`, unless they are many."""
    head = bytes(data[at : min(end, at + SHORT_PADDING)])
    count = len(head) - len(head.lstrip(b"\0"))
    return count if count < SHORT_PADDING else 0


def counted(number: int, thing: str) -> str:
    """A number of things: "1 byte", "2 bytes"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def behind(size: int) -> str:
    """The remark about `size` bytes behind the sound."""
    return f"is read to the end of its sound: {counted(size, 'byte')} follow that are no part of it"
