"""Tags of a sound file."""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from audiograph.audiofile import id3, vorbis_comments
from audiograph.audiofile.decoder import Patched
from audiograph.audiofile.encodings import MAX_TAG_LENGTH, TAGS
from audiograph.audiofile.probing import Info, opened, probe

_RIFF_INFO = {b"INAM": "title", b"IART": "artist", b"ICOP": "copyright", b"ICMT": "comment"}
_AIFF = {b"NAME": "title", b"AUTH": "artist", b"(c) ": "copyright", b"ANNO": "comment"}
LARGEST = 1 << 24  # bytes in which the tags of a part are looked for
_SMALL = 1 << 20  # bytes of a chunk of text


def tags(path: Path) -> dict[str, str]:
    """The tags of a file, by name: title, artist, license...

    A tag that is there several times has all its values: artists with a comma
    between them. libsndfile reads one value of each; the others are read here, from
    Vorbis comments, ID3v2 tags and the chunks of WAV and AIFF files. Raises
    AudioFileError if the file cannot be read.
    """
    info = probe(path)
    with opened(path, info.patch) as file:
        texts: dict[str, str] = file.copy_metadata()
    values: dict[str, list[str]] = {name: [text] for name, text in texts.items()}
    own: dict[str, list[str]] = {}
    for raw in _beginnings(path, info):
        with raw:
            for name, text in _pairs(raw, info.kind):
                if name in TAGS and text.strip():
                    own.setdefault(name, []).append(text)
    return {name: joined for name, found in {**values, **own}.items() if (joined := _joined(name, found))}


def _beginnings(path: Path, info: Info) -> Iterator[BinaryIO]:
    """A file, or each part of one that is several joined end to end, at the place where its tags may be."""
    if info.kind == "MP3" or not info.parts:
        for begin in (0, *map(_end, info.parts[:-1])):
            raw = path.open("rb")
            raw.seek(begin)
            yield raw
        return
    for part in info.parts:
        if part.patch:
            with io.BufferedReader(Patched(path, part.patch)) as patched:
                yield io.BytesIO(patched.read(LARGEST))


def _end(part: Info) -> int:
    """The first byte after a part of an MP3 file."""
    pieces = part.patch.pieces if part.patch else ()
    return max((piece.stop for piece in pieces if isinstance(piece, range)), default=0)


def _joined(name: str, values: list[str]) -> str:
    stripped = dict.fromkeys(filter(None, map(str.strip, values)))
    return (", " if name == "artist" else "; ").join(stripped)[:MAX_TAG_LENGTH]


def _pairs(raw: BinaryIO, kind: str) -> Iterator[tuple[str, str]]:
    """(name, text) of every value, as far as the file is sound."""
    if kind in ("WAV", "RF64"):
        yield from _riff(raw)
        return
    if kind == "AIFF":
        yield from _chunked(raw, ">", _AIFF)
        return
    yield from id3.read(raw)  # before MP3, and some programs put one before FLAC
    if kind == "FLAC":
        yield from vorbis_comments.of_flac(raw)
    elif kind == "OGG":
        yield from vorbis_comments.of_ogg(raw)


def _riff(raw: BinaryIO) -> Iterator[tuple[str, str]]:
    order = ">" if raw.read(4) == b"RIFX" else "<"
    raw.seek(0)
    yield from _chunked(raw, order, _RIFF_INFO)


def _chunked(raw: BinaryIO, order: str, names: dict[bytes, str]) -> Iterator[tuple[str, str]]:
    """The texts in the chunks of a WAV or AIFF file, and in the lists and ID3 tags among them."""
    raw.seek(12)
    while len(head := raw.read(8)) == 8:
        name, size = struct.unpack(order + "4sI", head)
        begun = raw.tell()
        if name in (b"id3 ", b"ID3 "):
            yield from id3.read(raw)
        elif name == b"LIST" and raw.read(4) == b"INFO":
            raw.seek(begun + 4)
            yield from _texts(raw.read(min(size - 4, _SMALL)), order, names)
        elif name in names:
            raw.seek(begun)
            yield names[name], _text(raw.read(min(size, _SMALL)))
        raw.seek(begun + size + size % 2)


def _texts(chunks: bytes, order: str, names: dict[bytes, str]) -> Iterator[tuple[str, str]]:
    at = 0
    while at + 8 <= len(chunks):
        name, size = struct.unpack_from(order + "4sI", chunks, at)
        if name in names:
            yield names[name], _text(chunks[at + 8 : at + 8 + size])
        at += 8 + size + size % 2


def _text(content: bytes) -> str:
    text = content.split(b"\0")[0]
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
