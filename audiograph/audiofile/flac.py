"""FLAC files that are not one whole stream: joined, cut, of unknown length, with something behind them.

Reference: RFC 9639 (FLAC), sections 6 and 8.2 (streaminfo), 9.1 (frame header), 9.3 (frame footer).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import soundfile

from audiograph.audiofile.decoder import Patch, Patched, Piece, SoundFile, scratch
from audiograph.audiofile.parts import Contents, Data, Part, after_tags, behind

MOST_FRAMES = 8192  # for each byte; digital silence has fewer
THOROUGH = 1 << 18  # bytes of a file that is searched for more streams
SAMPLED = (0.09, 0.23, 0.37, 0.48, 0.61, 0.74, 0.87)  # where frames of a longer file are looked at
_STREAM = re.compile(rb"fLaC[\0\x80]\0\0\x22", re.DOTALL)
_INFO = 42  # bytes of the marker and the streaminfo block
_NEAR = 1 << 17  # bytes, more than nearly all frames have
_SIZES = {
    1: 192,
    **{code: 576 << code - 2 for code in range(2, 6)},
    **{code: 1 << code for code in range(8, 16)},
}


class _Info(NamedTuple):
    """What the streaminfo block says."""

    block: int  # frames of the largest block, which is that of all but the last if they are alike
    rate: int  # Hz
    channels: int
    total: int  # frames; 0 if unknown


class _Block(NamedTuple):
    """A FLAC frame: where it is, and its first and last frame of sound."""

    at: int
    first: int
    last: int


def contents(data: Data, path: Path) -> Contents | None:
    """The sounds of a FLAC file; None for one whole stream that libsndfile reads as it is."""
    size = len(data)
    start = 0 if data[:4] == b"fLaC" else after_tags(data, 0, size)
    info = _info(data, start)
    if info is None or (not start and _is_ordinary(data, path, info)):
        return None
    starts = [found.start() for found in _STREAM.finditer(data, start) if _info(data, found.start())]
    stops = [*starts[1:], size]
    parts: list[Part] = []
    remarks: tuple[str, ...] = ()
    for at, stop in zip(starts, stops, strict=True):
        part, end = _part(data, path, at, stop)
        parts.append(part)
        if stop == size and end and (left := size - after_tags(data, end, size)):
            remarks = (behind(left),)
    return Contents(tuple(parts), remarks)


def _info(data: Data, at: int) -> _Info | None:
    head = bytes(data[at : at + _INFO])
    if len(head) < _INFO or not _STREAM.match(head):
        return None
    packed = int.from_bytes(head[18:26], "big")
    block = int.from_bytes(head[10:12], "big")
    return _Info(block, packed >> 44, (packed >> 41 & 7) + 1, packed & (1 << 36) - 1)


def _is_ordinary(data: Data, path: Path, info: _Info) -> bool:
    """Whether the last frame is the one that the header promises, with nothing behind it or before it."""
    size = len(data)
    last = next(_blocks_backwards(data, info, max(_INFO, size - _NEAR), size), None)
    if not info.total or not last or last.last != info.total or not _ends_at(data, path, 0, last, size):
        return False
    if size <= THOROUGH:
        return _STREAM.search(data, 4) is None
    before = 0
    for place in SAMPLED:
        block = next(_blocks(data, info, int(place * size), size), None)
        if not block or not before <= block.first <= info.total:
            return False
        before = block.first
    return True


def _part(data: Data, path: Path, at: int, stop: int) -> tuple[Part, int]:
    """The stream from `at` to `stop`, and where its last frame ends; 0 if that is unknown."""
    info = _info(data, at)
    assert info is not None
    piece: tuple[Piece, ...] = (range(at, stop),)
    blocks = _blocks_backwards(data, info, at + _INFO, stop)
    if info.total and (last := next((block for block in blocks if block.last == info.total), None)):
        end = _end(data, path, at, last, stop)
        patch = Patch(pieces=(range(at, end or stop),))
        return Part(info.rate, info.channels, info.total, patch, info.total), end
    last = next(_blocks_backwards(data, info, at + _INFO, stop), None)
    if last and last.last > info.total:  # libsndfile would stop at the number of frames of the header
        piece = (_without_total(data, at), range(at + _INFO, stop))
    promised = info.total if info.total <= (stop - at) * MOST_FRAMES else 0
    return Part(info.rate, info.channels, 0, Patch(pieces=piece), promised), 0


def _without_total(data: Data, at: int) -> bytes:
    """Marker and streaminfo that do not tell the number of frames."""
    head = bytes(data[at : at + _INFO])
    return head[:21] + bytes([head[21] & 0xF0]) + bytes(4) + head[26:]


def _ends_at(data: Data, path: Path, start: int, block: _Block, stop: int) -> bool:
    """Whether a frame of the stream that begins at `start` can be decoded, and ends at `stop`."""
    head = _without_total(data, start)
    head = head[:4] + b"\x80" + head[5:]  # no other metadata follows
    try:
        with SoundFile(Patched(path, Patch(pieces=(head, range(block.at, stop))))) as file:
            wanted = block.last - block.first
            return file.take(scratch(file, wanted + 1)) == wanted and not file.fault
    except (soundfile.LibsndfileError, OSError):
        return False


def _end(data: Data, path: Path, start: int, block: _Block, stop: int) -> int:
    """Where a frame ends, by its checksum; 0 if that is nowhere."""
    if _ends_at(data, path, start, block, stop):
        return stop
    crc = 0
    for at in range(block.at, min(stop, block.at + _NEAR)):
        crc = (crc << 8 & 0xFFFF) ^ _CRC16[crc >> 8 ^ data[at]]
        if not crc and at > block.at + 8 and _ends_at(data, path, start, block, at + 1):
            return at + 1
    return 0


def _blocks(data: Data, info: _Info, at: int, stop: int) -> Iterator[_Block]:
    """The frames from `at` on."""
    while (at := data.find(b"\xff", at, stop)) >= 0:
        if found := _block(data, info, at):
            yield found
        at += 1


def _blocks_backwards(data: Data, info: _Info, at: int, stop: int) -> Iterator[_Block]:
    """The frames between `at` and `stop`, the last first."""
    signs = b"\xff\xf8", b"\xff\xf9"  # of blocks of one size and of several sizes
    places = [data.rfind(sign, at, stop) for sign in signs]
    while (place := max(places)) >= 0:
        if found := _block(data, info, place):
            yield found
        nth = places.index(place)
        places[nth] = data.rfind(signs[nth], at, place)


def _block(data: Data, info: _Info, at: int) -> _Block | None:
    """The frame that begins at `at`; None if none does."""
    head = bytes(data[at : at + 17])
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    is_variable, size_code, rate_code = head[1] & 1, head[2] >> 4, head[2] & 15
    if not size_code or rate_code == 15 or head[3] >> 4 > 10:
        return None
    ones = 8 - (head[4] ^ 0xFF).bit_length()
    count = ones or 1
    if ones == 1 or ones > 7 or len(head) < 4 + count + 5:
        return None
    number = head[4] & (0x7F >> ones)
    for byte in head[5 : 4 + count]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    place = 4 + count
    frames = _SIZES.get(size_code, 0)
    if size_code in (6, 7):
        frames = int.from_bytes(head[place : place + size_code - 5], "big") + 1
        place += size_code - 5
    place += {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if not frames or _crc8(head[:place]) != head[place]:
        return None
    first = number if is_variable else number * info.block
    return _Block(at, first, first + frames)


def _crc8(text: bytes) -> int:
    crc = 0
    for byte in text:
        crc = _CRC8[crc ^ byte]
    return crc


def _table(bits: int, polynomial: int) -> list[int]:
    """The checksums of single bytes."""
    table, top = [], 1 << bits - 1
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & top else crc << 1) & (2 * top - 1)
        table.append(crc)
    return table


_CRC8, _CRC16 = _table(8, 0x07), _table(16, 0x8005)
