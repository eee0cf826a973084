"""ID3 tags of MP3 files in UTF-8; libsndfile always writes Latin-1.

Reference: M. Nilsson, "ID3 tag version 2.4.0 - Main Structure" and "- Native
Frames", id3.org, 2000.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

FRAMES = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "date": b"TDRC",
    "genre": b"TCON",
    "tracknumber": b"TRCK",
    "copyright": b"TCOP",
}
_UTF8 = b"\x03"


def prepend(path: Path, tags: Iterable[tuple[str, str]]) -> None:
    """Put an ID3 tag before an MP3 file that has none."""
    copy = path.with_name(path.name + ".tagged")
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
