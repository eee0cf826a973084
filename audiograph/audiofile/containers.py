"""WAV, RF64, W64, AIFF, AU and CAF files that are not one whole sound: joined, cut, never closed.

A writer that sends its file somewhere, such as the server of a voice, does not
know the length and puts 0, all ones or a large round number in its place.

Reference: Microsoft/IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991
(RIFF); EBU Tech 3306 (RF64); Sony, "Wave64 file format"; Apple, "Audio Interchange File
Format 1.3" and "Core Audio Format Specification 1.0"; au(4).
"""

import re
import struct
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from audiograph.audiofile.decoder import Patch, Piece
from audiograph.audiofile.parts import Contents, Data, Part, after_tags, behind
from audiograph.audiofile.wide_samples import SOFT, Wide, is_at_bottom, is_soft, wide

UNKNOWN = 0x7F000000  # bytes, in a field of 32 bits; writers that do not know the length put this or more
UNKNOWN_64 = 1 << 62
ROUND = 100_000_000  # bytes; a multiple of this is no length that was counted
HEADERS = 256  # bytes by which such a number may be off, as it counts headers or does not
UNFINISHED = "was never finished: its header tells no length"
_MOST_CHUNKS = 1000
_HEAD = 4096  # bytes in which an ordinary WAV file has all of its header
_TAIL = 1 << 20  # bytes at the end of a file that are searched for chunks
_TAIL_CHUNKS = re.compile(rb"LIST|id3 |ID3 |bext|iXML|cue |smpl|inst|PEAK|fact|_PMX|afsp|JUNK")
_W64_RIFF, _W64_DATA = b"riff\x2e\x91\xcf\x11", b"data\xf3\xac\xd3\x11"


class _Field(NamedTuple):
    """Where a header tells a size, and how."""

    at: int
    form: str  # of `struct`
    extra: int = 0  # bytes that it counts before those of the sound, or of the file


class _Layout(NamedTuple):
    """Where a file has its samples, by its header."""

    start: int  # of the samples
    size: int  # bytes of samples; 0 if unknown
    end: int  # of the file with all its chunks; 0 if unknown
    sizes: tuple[_Field, ...]  # of the samples
    ends: tuple[_Field, ...] = ()  # of the file; they count from `extra` on
    wide: Wide | None = None  # if its samples have 24 bits in 4 bytes

    @property
    def stop(self) -> int:
        """Where the samples end; 0 if unknown."""
        return self.start + self.size if self.size else 0


def contents(data: Data, kind: str, first: int = 0) -> Contents | None:
    """The sounds of a file of this kind that begins at `first`.

    None for one whole sound that libsndfile reads as it is.
    """
    size, at = len(data), first
    layout = _LAYOUTS[kind](data, at)
    if layout is None:
        return None
    as_told = bool(layout.size) and layout.end == size and layout.stop <= size
    if as_told and not layout.wide and not first:
        return None
    if not layout.size and _sound_end(data, layout, size, kind) == layout.start < size:
        return None  # it is empty
    is_zero = kind == "WAV" and not any(data[layout.start - 4 : layout.start])
    remarks: tuple[str, ...] = (UNFINISHED,) if is_zero and layout.end == size else ()
    if layout.wide and not layout.wide.is_told and is_soft(data, layout.start, layout.stop or size):
        remarks += (SOFT,)
    parts: list[Part] = []
    behind_it = size
    while layout:
        following = _following(data, kind, layout, bytes(data[at : at + 4]))
        behind_it = max(layout.stop, layout.end if layout.end <= size else 0) if layout.stop else size
        last = min(behind_it, size) if kind == "W64" else size  # libsndfile reads W64 to its end
        end = following or last
        parts.append(_part(data, at, end, layout, kind))
        at, layout = following, _LAYOUTS[kind](data, following) if following else None
    left = 0
    if behind_it < size:
        left = size - after_tags(data, _after_chunks(data, behind_it, kind), size)
    is_plain = len(parts) == 1 and not left and parts[0] == Part(0, 0, -1)
    remarks += (behind(left),) if left else ()
    return None if is_plain and not remarks else Contents(tuple(parts), remarks)


def behind_tag(data: Data) -> Contents | None:
    """The sounds of a WAV, RF64 or AIFF file behind an ID3 tag; None if there is no such file."""
    at = after_tags(data, 0, len(data))
    for kind in ("RF64", "WAV", "AIFF"):
        if _begins(data, at, kind) and (kind != "RF64" or data[at + 1 : at + 4] in (b"F64", b"W64")):
            return (found := contents(data, kind, at)) and found._replace(kind=kind)
    return None


def is_closed(raw: BinaryIO, size: int) -> bool:
    """Whether a WAV file ends where its header says, and libsndfile reads it as it is."""
    raw.seek(0)
    head = raw.read(_HEAD)
    if size - 8 not in (int.from_bytes(head[4:8], "little"), int.from_bytes(head[4:8], "big")):
        return False
    layout = _riff(head, 0)
    if layout is None or layout.wide:
        return False
    told: int = struct.unpack_from(layout.sizes[0].form, head, layout.sizes[0].at)[0]
    return 0 < told < UNKNOWN or UNKNOWN <= told <= size - layout.start


def _following(data: Data, kind: str, layout: _Layout, magic: bytes) -> int:
    """Where the next file of this kind begins, behind or inside what its header tells; 0 if nowhere."""
    if layout.stop:
        places = (layout.end, layout.stop, layout.stop + 1)
        return next((at for at in places if layout.stop <= at < len(data) and _begins(data, at, kind)), 0)
    at = layout.start
    while (at := data.find(magic, at)) >= 0:
        if _begins(data, at, kind):
            return at
        at += 1
    return 0


def _begins(data: Data, at: int, kind: str) -> bool:
    """Whether a file of this kind begins here."""
    head = data[at : at + 40]
    if kind in ("WAV", "RF64"):
        return head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE"
    if kind == "AIFF":
        return head[:4] == b"FORM" and head[8:11] == b"AIF"
    if kind == "W64":
        return head[:8] == _W64_RIFF
    if kind == "CAF":
        return head[:8] == b"caff\0\1\0\0"
    return head[:4] in (b".snd", b"dns.") and _au(data, at) is not None


def _part(data: Data, at: int, end: int, layout: _Layout, kind: str) -> Part:
    """The sound from `at` to `end`, with a header that tells the sizes that are there."""
    stop = _sound_end(data, layout, end, kind)
    there = stop - layout.start
    shifts = layout.wide is not None and is_at_bottom(data, layout.start, stop)
    fraction = there / layout.size if layout.size and layout.stop > end else 1.0
    name = {b"BW64": b"RF64"}.get(data[at : at + 4], b"")  # libsndfile does not know the newer name
    as_it_is = not layout.wide or (layout.wide.is_told and not shifts)
    whole = at == 0 and end == len(data) and not name and as_it_is
    as_told = layout.size and layout.stop <= end
    more_told = data[:4] == b"RIFF" and any(data[layout.start - 4 : layout.start])
    if whole and (as_told or (more_told and stop == end)):  # libsndfile reads it to its end
        return Part(0, 0, -1, fraction=fraction)
    fields = [(field, there + field.extra) for field in layout.sizes]
    fields += [(field, end - field.extra) for field in layout.ends]
    if layout.wide:
        fields.append((_Field(layout.wide.at + 22, "<H"), 32))
        if layout.wide.is_extensible:
            fields.append((_Field(layout.wide.at + 26, "<H"), 32))
    pieces: list[Piece] = [name]
    place = at + len(name)
    for field, value in sorted(fields):
        most = (1 << 8 * struct.calcsize(field.form)) - 1
        pieces += [range(place, field.at), struct.pack(field.form, min(value, most))]
        place = field.at + struct.calcsize(field.form)
    if shifts:  # by one byte, which makes the lower 24 bits of 32 the upper ones
        pieces += [range(place, layout.start), b"\0", range(layout.start, stop - 1)]
        place = stop
    return Part(0, 0, -1, Patch(pieces=(*pieces, range(place, end))), fraction=fraction)


def _sound_end(data: Data, layout: _Layout, end: int, kind: str) -> int:
    """Where the samples end that are there, up to `end`; in a WAV of unknown length, before other chunks."""
    if layout.size:
        return min(layout.stop, end)
    if kind == "WAV":
        for found in _TAIL_CHUNKS.finditer(data, max(layout.start, end - _TAIL), end):
            at = found.start()
            while at + 8 <= end and _is_name(data[at : at + 4]):
                length = struct.unpack_from("<I", data, at + 4)[0]
                at += 8 + length + length % 2
            if at in (end, end + 1):
                return found.start()
    return max(layout.start, end)


def _after_chunks(data: Data, at: int, kind: str) -> int:
    """The place behind all chunks that begin at `at`, though the file should end there."""
    order = ">" if kind == "AIFF" else "<"
    while kind in ("WAV", "RF64", "AIFF") and at + 8 <= len(data):
        name, length = struct.unpack_from(order + "4sI", data, at)
        stop = at + 8 + length + length % 2
        if not _is_name(name) or stop > len(data) + 1:
            break
        at = min(stop, len(data))
    return at


def _is_name(name: bytes) -> bool:
    return name.replace(b" ", b"x").replace(b"_", b"x").isalnum()


def _known(size: int, most: int) -> int:
    """A size, or 0 if it stands for one that its writer did not know."""
    is_round = size > ROUND - HEADERS and (size + HEADERS) % ROUND <= 2 * HEADERS
    return 0 if size >= most or is_round else size


def _riff(data: Data, at: int) -> _Layout | None:
    """WAV (also big-endian) and RF64."""
    order = ">" if data[at : at + 4] == b"RIFX" else "<"
    is_64 = data[at : at + 4] in (b"RF64", b"BW64")
    size, place, long = len(data), at + 12, 0
    ends = (_Field(at + 4, order + "I", at + 8),)
    sizes: tuple[_Field, ...] = ()
    form: Wide | None = None
    for _ in range(_MOST_CHUNKS):
        if place + 8 > size:
            return None
        name, length = struct.unpack_from(order + "4sI", data, place)
        if name == b"fmt " and order == "<":
            form = wide(data, place)
        if name == b"ds64" and is_64 and place + 24 <= size:
            riff, long = struct.unpack_from("<QQ", data, place + 8)
            ends, sizes = (_Field(place + 8, "<Q", at + 8),), (_Field(place + 16, "<Q"),)
        if name == b"data":
            if is_64 and sizes:
                end = _known(riff, UNKNOWN_64)
                return _Layout(place + 8, _known(long, UNKNOWN_64), end and at + 8 + end, sizes, ends, form)
            end = _known(struct.unpack_from(order + "I", data, at + 4)[0], UNKNOWN)
            sizes = (_Field(place + 4, order + "I"),)
            return _Layout(place + 8, _known(length, UNKNOWN), end and at + 8 + end, sizes, ends, form)
        place += 8 + length + length % 2
    return None


def _w64(data: Data, at: int) -> _Layout | None:
    size, place = len(data), at + 40
    if size < place:
        return None
    end = _known(struct.unpack_from("<Q", data, at + 16)[0], UNKNOWN_64)
    for _ in range(_MOST_CHUNKS):
        if place + 24 > size:
            return None
        length = struct.unpack_from("<Q", data, place + 16)[0]
        if data[place : place + 8] == _W64_DATA:
            known = max(0, _known(length, UNKNOWN_64) - 24)
            ends = (_Field(at + 16, "<Q", at),)
            return _Layout(place + 24, known, end and at + end, (_Field(place + 16, "<Q", 24),), ends)
        place += max(24, length + -length % 8)
    return None


def _aiff(data: Data, at: int) -> _Layout | None:
    size, place = len(data), at + 12
    for _ in range(_MOST_CHUNKS):
        if place + 16 > size:
            return None
        name, length = struct.unpack_from(">4sI", data, place)
        if name == b"SSND":
            offset = 8 + struct.unpack_from(">I", data, place + 8)[0]
            known = max(0, _known(length, UNKNOWN) - offset)
            end = _known(struct.unpack_from(">I", data, at + 4)[0], UNKNOWN)
            ends = (_Field(at + 4, ">I", at + 8),)
            start = place + 8 + offset
            return _Layout(start, known, end and at + 8 + end, (_Field(place + 4, ">I", offset),), ends)
        place += 8 + length + length % 2
    return None


def _au(data: Data, at: int) -> _Layout | None:
    if len(data) < at + 24:
        return None
    order = ">" if data[at : at + 4] == b".snd" else "<"
    offset, length, encoding, rate, channels = struct.unpack_from(order + "5I", data, at + 4)
    if not (24 <= offset <= 1 << 20 and 0 < encoding < 32 and 0 < rate < 1 << 20 and 0 < channels < 256):
        return None
    known = _known(length, UNKNOWN)
    start = at + offset
    return _Layout(start, known, start + known if known else 0, (_Field(at + 8, order + "I"),))


def _caf(data: Data, at: int) -> _Layout | None:
    size, place = len(data), at + 8
    for _ in range(_MOST_CHUNKS):
        if place + 16 > size:
            return None
        name, length = struct.unpack_from(">4sQ", data, place)
        if name == b"data":
            known = max(0, _known(length, UNKNOWN_64) - 4)
            return _Layout(place + 16, known, 0, (_Field(place + 4, ">Q", 4),))
        if length >= UNKNOWN_64:
            return None
        place += 12 + length
    return None


_LAYOUTS: dict[str, Callable[[Data, int], _Layout | None]] = {
    "WAV": _riff, "RF64": _riff, "W64": _w64, "AIFF": _aiff, "AU": _au, "CAF": _caf,
}  # fmt: skip
KINDS = tuple(_LAYOUTS)
