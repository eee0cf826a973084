"""The order of channels: here that of WAV files, whatever a sound file's own order is.

Vorbis and Opus have the centre second and the LFE last; CAF and AIFF may say any
order. WAV and FLAC have the order that is used here.

Reference: Vorbis I specification, section 4.3.9; RFC 7845 (Opus in Ogg), section 5.1.1;
RFC 9639 (FLAC), sections 8.6.2 and 9.1.3; Microsoft, "WAVEFORMATEXTENSIBLE".
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from audiograph.audiofile import core_audio
from audiograph.dsp.speakers import BITS, mask, speakers, usual

_XIPH = {  # the order of Vorbis and Opus where it is not the one used here, by the number of channels
    3: "FL FC FR", 5: "FL FC FR BL BR", 6: "FL FC FR BL BR LFE", 7: "FL FC FR SL SR BC LFE",
    8: "FL FC FR SL SR BL BR LFE",
}  # fmt: skip
_SET_CHANNEL_MAP = 0x1101  # SFC_SET_CHANNEL_MAP_INFO
_MAP = {  # libsndfile's numbers of the speakers: SF_CHANNEL_MAP_LEFT...
    "FL": 2, "FR": 3, "FC": 4, "BC": 8, "BL": 9, "BR": 10, "LFE": 11, "FLC": 12, "FRC": 13, "SL": 14,
    "SR": 15,
}  # fmt: skip
_APPLE_6_1 = (
    2,
    3,
    4,
    11,
    9,
    10,
    8,
)  # what libsndfile writes to CAF and AIFF as MPEG_6_1_A: its "BL BR" are Ls Rs
_EXTENSIBLE = 0xFFFE  # WAVE_FORMAT_EXTENSIBLE
_FLAC_MASK = b"WAVEFORMATEXTENSIBLE_CHANNEL_MASK="
_FIRST = 65_536  # bytes in which a FLAC file has its comments, before any picture
_MANY_CHUNKS = 64  # before the one that tells the layout


class Layout(NamedTuple):
    """Which speakers the channels of a file belong to, and where they are in it."""

    order: list[int] | None  # the place in the file of each channel here; None where it is the same
    mask: int  # of the speakers; 0 where nothing tells it, as for more than 8 channels
    said: bool  # by the file or its format; otherwise it is what so many channels usually are


def layout(path: Path, kind: str, subtype: str, channels: int) -> Layout:
    """The layout of a file of this kind (WAV, OGG...) and subtype (VORBIS...)."""
    if channels <= 2:
        return Layout(None, usual(channels), True)
    try:
        with path.open("rb") as raw:
            names = _names(raw, kind, subtype, channels)
    except (OSError, ValueError, struct.error):  # ValueError: an offset beyond any file
        names = None
    if names is not None and not names:
        return Layout(None, 0, True)  # channels that are no speakers
    if names is None or len(set(names)) != channels:
        return Layout(None, usual(channels), kind == "FLAC" and channels <= 8)
    bits = [BITS[name] for name in names]
    order = sorted(range(channels), key=bits.__getitem__)
    return Layout(None if order == list(range(channels)) else order, mask(names), True)


def ordered(x: Any, order: list[int] | None) -> Any:
    """Samples of shape (frames, channels) with their channels in this order; `x` itself for None."""
    return x if order is None else np.take(x, order, axis=1)


def outward(kind: str, channels: int) -> list[int] | None:
    """The channel here of each channel in a file of this kind, a key of KINDS; None where the same."""
    names = _XIPH.get(channels, "").split() if kind in ("ogg", "opus") else []
    if kind in ("caf", "aiff") and channels == 7:
        names = ["FL", "FR", "FC", "LFE", "SL", "SR", "BC"]
    here = speakers(usual(channels))
    return [here.index(name) for name in names] or None


def say(file: Any, kind: str, channels: int) -> None:
    """Have the header of a file that was just opened for writing tell the speakers of its channels."""
    places: tuple[int, ...] = tuple(_MAP[name] for name in speakers(usual(channels)))
    if channels <= 2 or not places or kind not in ("wav", "rf64", "caf", "aiff"):
        return
    if kind in ("caf", "aiff") and channels == 7:
        places = _APPLE_6_1
    import soundfile  # a source node asks for layouts, and it takes 20 ms to import

    numbers = soundfile._ffi.new("int[]", places)
    soundfile._snd.sf_command(file._file, _SET_CHANNEL_MAP, numbers, soundfile._ffi.sizeof(numbers))


def _names(raw: BinaryIO, kind: str, subtype: str, channels: int) -> list[str] | None:
    """The speakers in the order of the file. None: it does not say. Empty: they are no speakers."""
    if kind == "OGG":
        return _xiph(raw, subtype, channels)
    if kind == "FLAC":
        return _flac(raw)
    if kind in ("CAF", "AIFF"):
        found = _chunk(raw, kind, b"chan" if kind == "CAF" else b"CHAN")
        return (core_audio.layout(found) or None) if found else None
    if kind in ("WAV", "RF64", "W64"):
        found = _chunk(raw, kind, b"fmt ")
        return _wav(found, raw) if found else None
    return None


def _xiph(raw: BinaryIO, subtype: str, channels: int) -> list[str] | None:
    if channels > 8:
        return []
    if subtype not in ("VORBIS", "OPUS"):
        return None
    if subtype == "OPUS":
        first = raw.read(4096)  # a skeleton may come before it
        at = first.find(b"OpusHead")
        if at < 0 or len(first) < at + 19 or first[at + 18] != 1:  # a mapping family without speakers
            return []
    return _XIPH.get(channels, "").split() or speakers(usual(channels))


def _flac(raw: BinaryIO) -> list[str] | None:
    """The speakers that a comment tells: its length in bytes, little-endian, and NAME=number."""
    head = raw.read(_FIRST)
    at = head.upper().find(_FLAC_MASK)
    if at < 4:
        return None
    (length,) = struct.unpack_from("<I", head, at - 4)
    number = head[at + len(_FLAC_MASK) : at + min(length, len(_FLAC_MASK) + 10)]
    try:
        return speakers(int(number, 16)) or None
    except ValueError:
        return None


def _wav(chunk: bytes, raw: BinaryIO) -> list[str] | None:
    raw.seek(0)
    order = ">" if raw.read(4) == b"RIFX" else "<"
    if len(chunk) < 24 or struct.unpack_from(order + "H", chunk)[0] != _EXTENSIBLE:
        return None
    return speakers(struct.unpack_from(order + "I", chunk, 20)[0]) or None


def _chunk(raw: BinaryIO, kind: str, wanted: bytes) -> bytes:
    """The body of the first chunk of this name, at most 4096 bytes of it; empty where there is none."""
    for name, at, length in _chunks(raw, kind):
        if name == wanted:
            raw.seek(at)
            return raw.read(min(length, 4096))
    return b""


def _chunks(raw: BinaryIO, kind: str) -> Iterator[tuple[bytes, int, int]]:
    """Name, offset of the body and its length, of the first chunks."""
    magic = raw.read(4)
    at, head, form = 12, 8, ("<" if magic not in (b"RIFX", b"FORM") else ">") + "4sI"
    if kind == "CAF":
        at, head, form = 8, 12, ">4sq"
    elif kind == "W64":
        at, head, form = 40, 24, "<4s12xQ"
    for _ in range(_MANY_CHUNKS):
        raw.seek(at)
        read = raw.read(head)
        if len(read) < head:
            return
        name, length = struct.unpack(form, read)
        if kind == "W64":
            length -= head  # it counts the head too
        if length < 0:  # CAF: the sound to the end of the file
            return
        yield name, at + head, length
        at += head + length + (-length % {"CAF": 1, "W64": 8}.get(kind, 2))
