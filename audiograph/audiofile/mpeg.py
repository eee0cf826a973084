"""MPEG audio as bytes: frame headers, chains of frames, Xing headers, and frames that stand in for others.

Reference: ISO/IEC 11172-3 and 13818-3, 2.4.1 and 2.4.2 (headers, side information,
main_data_begin); G. Bouvigne, "MP3 Info Tag revision 1 specifications", gabriel.mp3-tech.org.
"""

import re
import struct
from functools import cache
from typing import NamedTuple

from audiograph.audiofile.parts import Data

_V1, _V2 = 3, 2  # MPEG 1 and 2 in a header; 0 is MPEG 2.5
_BITRATES = {  # kbit/s, by whether it is MPEG 1, and layer
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_RATES = {_V1: (44_100, 48_000, 32_000), _V2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8000)}
SURE = 4  # frames in a row that are no coincidence
ROOM = 200  # bytes of a frame that has room for a Xing header with LAME's extension
_HEADER = re.compile(  # without the values that are reserved
    b"\xff[%s][%s]"
    % tuple(
        b"".join(re.escape(bytes([byte])) for byte in values)
        for values in (
            [byte for byte in range(0xE0, 0x100) if byte >> 3 & 3 != 1 and byte >> 1 & 3],
            [byte for byte in range(0x10, 0xF0) if byte >> 2 & 3 != 3],
        )
    ),
    re.DOTALL,
)
DECODER_DELAY = 529  # frames; of every Layer III decoder, not counted in LAME's delay
MOST_FREE = 6000  # bytes, more than a frame of Layer III has at any bitrate
RESERVOIR = 511  # bytes, the most that a frame can reach back


class Kind(NamedTuple):
    """What all frames of a stream have in common."""

    version: int  # as in a header
    layer: int
    rate: int  # Hz
    channels: int

    @property
    def samples(self) -> int:
        """Samples of each channel in a frame."""
        if self.layer == 1:
            return 384
        return 1152 if self.layer == 2 or self.version == _V1 else 576

    @property
    def side(self) -> int:
        """Bytes of side information in a frame of Layer III."""
        if self.version == _V1:
            return 17 if self.channels == 1 else 32
        return 9 if self.channels == 1 else 17


class Chain(NamedTuple):
    """Frames of one kind without a gap."""

    kind: Kind
    starts: list[int]  # where each frame begins
    end: int  # of the last frame

    def shortened(self) -> "Chain":
        """Without the last frame."""
        return Chain(self.kind, self.starts[:-1], self.starts[-1])

    def stop(self, nth: int) -> int:
        """Where frame `nth` ends."""
        return self.starts[nth + 1] if nth + 1 < len(self.starts) else self.end


class Xing(NamedTuple):
    """What a Xing or Info header says; 0 where it says nothing."""

    frames: int
    size: int  # bytes, with the header's own frame
    delay: int = 0  # samples that an encoder put before the sound
    padding: int = 0  # and behind it


def kind(data: Data, at: int) -> Kind | None:
    """The kind of the frame at `at`; None if none begins there."""
    head = bytes(data[at : at + 4])
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0:
        return None
    version, layer, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 2 & 3
    if version == 1 or layer == 4 or rate == 3:
        return None
    return Kind(version, layer, _RATES[version][rate], 1 if head[3] >= 0xC0 else 2)


def is_free(data: Data, at: int) -> bool:
    """Whether frames begin at `at` that have a bitrate of their own, which no header tells."""
    if kind(data, at) is None or data[at + 2] >= 0x10:
        return False
    sign, following = bytes(data[at : at + 2]), at + 4
    while (following := data.find(sign, following, at + MOST_FREE)) >= 0:
        third = 2 * following - at
        if any(data[place : place + 2] == sign for place in range(third - 1, third + 2)):
            return True
        following += 1
    return False


@cache
def _lengths(kind: Kind) -> dict[int, int]:
    """Bytes of a frame by the second and third byte of its header, which are valid for this kind."""
    lengths = {}
    place = _RATES[kind.version].index(kind.rate)
    for index, bitrate in enumerate(_BITRATES[kind.version == _V1, kind.layer]):
        for padding in (0, 1) if bitrate else ():
            size = 1000 * bitrate * kind.samples // 8 // kind.rate + padding
            if kind.layer == 1:
                size = (12_000 * bitrate // kind.rate + padding) * 4
            for protected in (0, 1):
                second = 0xE0 | kind.version << 3 | (4 - kind.layer) << 1 | protected
                for private in (0, 1):
                    lengths[second << 8 | index << 4 | place << 2 | padding << 1 | private] = size
    return lengths


def chain(data: Data, at: int, end: int, most: int = 2**62) -> Chain | None:
    """The frames from `at` on that follow one another, at most `most`; None if none begins there."""
    found = kind(data, at)
    if not found:
        return None
    lengths, is_mono = _lengths(found), found.channels == 1
    starts: list[int] = []
    while at + 4 <= end and data[at] == 0xFF and len(starts) < most:
        size = lengths.get(data[at + 1] << 8 | data[at + 2], 0)
        if not size or at + size > end or (data[at + 3] >= 0xC0) != is_mono:
            break
        starts.append(at)
        at += size
    return Chain(found, starts, at) if starts else None


def resync(data: Data, at: int, end: int) -> int:
    """The next place where frames begin that are no coincidence; `end` if there is none."""
    while found_header := _HEADER.search(data, at, end):
        at = found_header.start()
        found = chain(data, at, end, SURE)
        if found and (len(found.starts) == SURE or (len(found.starts) > 1 and found.end == end)):
            return at
        at += 1
    return end


def is_cut(data: Data, at: int, wanted: Kind, end: int) -> bool:
    """Whether a frame of this kind begins at `at` that does not end before `end`."""
    return kind(data, at) == wanted and at + _lengths(wanted).get(data[at + 1] << 8 | data[at + 2], 0) > end


def xing(data: Data, at: int, found: Kind) -> Xing | None:
    """The header in the frame at `at`, None if there is none; that of Fraunhofer (VBRI) says nothing."""
    place = at + 4 + found.side
    if data[at + 36 : at + 40] == b"VBRI":
        return Xing(0, 0)
    if found.layer != 3 or data[place : place + 4] not in (b"Xing", b"Info"):
        return None
    head = bytes(data[place : place + 160])
    if len(head) < 8:
        return None
    flags = int.from_bytes(head[4:8], "big")
    frames = int.from_bytes(head[8:12], "big") if flags & 1 else 0
    place = 12 if flags & 1 else 8
    size = int.from_bytes(head[place : place + 4], "big") if flags & 2 else 0
    place += 4 if flags & 2 else 0
    place += (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
    if len(head) < place + 24 or not any(head[place : place + 4]):
        return Xing(frames, size)
    gaps = int.from_bytes(head[place + 21 : place + 24], "big")
    return Xing(frames, size, gaps >> 12, gaps & 4095)


def needed(data: Data, at: int, found: Kind) -> int:
    """Bytes of earlier frames that the frame of Layer III at `at` needs."""
    place = at + (4 if data[at + 1] & 1 else 6)
    if found.version == _V1:
        return data[place] << 1 | data[place + 1] >> 7
    return data[place]


def main_size(data: Data, at: int, stop: int, found: Kind) -> int:
    """Bytes of main data in the frame from `at` to `stop`."""
    return stop - at - (4 if data[at + 1] & 1 else 6) - found.side


def muted(frame: bytes, found: Kind) -> bytes:
    """A frame of Layer III that is silent, with the same main data for those that follow it."""
    checked = not frame[1] & 1
    rest = frame[4 + 2 * checked + found.side :]
    return bytes([frame[0], frame[1] | 1, *frame[2:4]]) + bytes(found.side + 2 * checked) + rest


def info_frame(found: Kind, frames: int, size: int, delay: int, padding: int) -> bytes:
    """A frame that tells a decoder the number of frames and bytes behind it, and what is no sound of them."""
    head, length = _plain(found)
    tag = struct.pack(">4sIII", b"Info", 3, frames, size + length)
    tag += b"LAME3.100".ljust(21, b"\0") + (delay << 12 | padding).to_bytes(3, "big")
    return (head + bytes(found.side) + tag).ljust(length, b"\0")


def silent_frame(found: Kind) -> bytes:
    """A frame of Layer III that is silent."""
    head, length = _plain(found)
    return head.ljust(length, b"\0")


def _plain(found: Kind) -> tuple[bytes, int]:
    """The header of a frame without a checksum that has room for a Xing header, and its size in bytes."""
    second = 0xE0 | found.version << 3 | 3
    sizes = ((size, key) for key, size in _lengths(found).items() if key >> 8 == second and size >= ROOM)
    size, key = min(sizes)
    return bytes([0xFF, second, key & 0xFF, 0xC0 if found.channels == 1 else 0]), size
