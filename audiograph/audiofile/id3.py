"""ID3 tags: written to MP3 files in UTF-8, as libsndfile only writes Latin-1; and read with all their values.

Reference: M. Nilsson, "ID3 tag version 2.4.0 - Main Structure" and "- Native
Frames", id3.org, 2000; the same for versions 2.3.0, 1999, and 2.2.0, 1998.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from audiograph.audiofile.atomic import COPY

FRAMES = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "date": b"TDRC",
    "genre": b"TCON",
    "tracknumber": b"TRCK",
    "copyright": b"TCOP",
}
HEADER = 10  # bytes
LARGEST = 1 << 24  # bytes of a tag that is read
_NAMES = {frame: name for name, frame in FRAMES.items()} | {
    b"TYER": "date", b"WCOP": "license",
    b"TT2": "title", b"TP1": "artist", b"TAL": "album", b"TYE": "date", b"TCO": "genre",
    b"TRK": "tracknumber", b"TCR": "copyright", b"WCP": "license",
}  # fmt: skip
_WITH_NAME = b"TXXX", b"TXX", b"COMM", b"COM"  # frames with a description before their text
_UTF8 = b"\x03"
_ENCODINGS = "latin-1", "utf-16", "utf-16-be", "utf-8"


def prepend(path: Path, tags: Iterable[tuple[str, str]]) -> None:
    """Put an ID3 tag before an MP3 file that has none."""
    copy = path.with_name(path.name + COPY)
    try:
        copy.touch(path.stat().st_mode & 0o777)  # no more people may read it than the file itself
        with path.open("rb") as sound, copy.open("wb") as tagged:
            tagged.write(tag(tags))
            shutil.copyfileobj(sound, tagged, 1 << 20)
        copy.replace(path)
    finally:
        copy.unlink(missing_ok=True)


def tag(tags: Iterable[tuple[str, str]]) -> bytes:
    """An ID3v2.4 tag with these (name, text) pairs."""
    body = b"".join(_frame(name, text.encode()) for name, text in tags)
    return b"ID3\x04\x00\x00" + _synchsafe(len(body)) + body


def read(file: BinaryIO) -> list[tuple[str, str]]:
    """The (name, text) pairs of an ID3v2 tag that begins here, one for each value; empty without a tag.

    The file is then at the first byte after the tag.
    """
    begun = file.tell()
    head = file.read(HEADER)
    if len(head) < HEADER or not head.startswith(b"ID3") or not 2 <= head[3] <= 4:
        file.seek(begun)
        return []
    version, flags, size = head[3], head[5], _number(head[6:])
    body = file.read(min(size, LARGEST))
    file.seek(begun + HEADER + size + (HEADER if version == 4 and flags & 0x10 else 0))
    if flags & 0x80 and version < 4:
        body = _synchronised(body)
    if flags & 0x40 and version > 2:
        body = body[_number(body[:4]) if version == 4 else 4 + int.from_bytes(body[:4], "big") :]
    return [pair for name, content in _frames(body, version) for pair in _texts(name, content)]


def _frames(body: bytes, version: int) -> Iterator[tuple[bytes, bytes]]:
    """The name and the content of each frame, as far as the tag is sound."""
    letters, head = (3, 6) if version == 2 else (4, 10)
    at = 0
    while at + head <= len(body) and body[at]:
        name, number = body[at : at + letters], body[at + letters : at + 2 * letters]
        size = _number(number) if version == 4 else int.from_bytes(number, "big")
        content = body[at + head : at + head + size]
        flags = body[at + 9] if version > 2 else 0
        at += head + size
        if version == 4 and flags & 0x01:  # it says its length
            content = content[4:]
        if version == 4 and flags & 0x02:
            content = _synchronised(content)
        if not flags & (0x0C if version == 4 else 0xC0):  # neither compressed nor encrypted
            yield name, content


def _texts(frame: bytes, content: bytes) -> Iterator[tuple[str, str]]:
    if frame.startswith(b"W"):
        if frame in _NAMES:
            yield _NAMES[frame], content.decode("latin-1").split("\0")[0]
        return
    if not content or content[0] >= len(_ENCODINGS) or frame not in (*_NAMES, *_WITH_NAME):
        return
    begin = 4 if frame.startswith(b"COM") else 1  # after the language
    text = _decoded(content[begin:], _ENCODINGS[content[0]])
    name, values = _NAMES.get(frame, ""), text.split("\0")
    if frame in _WITH_NAME:
        description, values = values[0], values[1:]
        is_comment = frame.startswith(b"COM")
        name = ("" if description else "comment") if is_comment else description.lower()
    yield from ((name, value) for value in values if name and value)


def _decoded(content: bytes, encoding: str) -> str:
    """The text of a frame, in which each part may have a byte order mark."""
    if encoding != "utf-16":
        return content.decode(encoding, "replace")
    swapped = content.startswith(b"\xfe\xff")
    return content.decode("utf-16-be" if swapped else "utf-16-le", "replace").replace("\ufeff", "")


def _frame(name: str, text: bytes) -> bytes:
    if name == "comment":
        return _framed(b"COMM", _UTF8 + b"und\0" + text)
    if name in FRAMES:
        return _framed(FRAMES[name], _UTF8 + text)
    return _framed(b"TXXX", _UTF8 + name.encode() + b"\0" + text)


def _framed(name: bytes, content: bytes) -> bytes:
    return name + _synchsafe(len(content)) + b"\0\0" + content


def _synchsafe(number: int) -> bytes:
    """28 bits in four bytes of 7, so that no byte looks like the start of an MPEG frame."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _number(synchsafe: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(synchsafe, (21, 14, 7, 0), strict=False))


def _synchronised(content: bytes) -> bytes:
    """Without the zeros that keep a tag from looking like MPEG frames."""
    return content.replace(b"\xff\0", b"\xff")
