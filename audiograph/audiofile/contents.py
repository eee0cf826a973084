"""The sounds of a file that holds several, or is not as its header says; ordinary files are told quickly."""

from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from audiograph.audiofile import containers, flac, mp3, ogg_streams
from audiograph.audiofile.decoder import Patch
from audiograph.audiofile.parts import Contents, Part

SMALL = 1 << 17  # bytes of an MP3 file that is looked through at once, in less than a millisecond


def contents_of(path: Path, kind: str, raw: BinaryIO, size: int) -> Contents | None:
    """The sounds of a file of this kind; None for one whole sound that libsndfile reads as it is."""
    if kind == "WAV" and containers.is_closed(raw, size):
        return None
    with mmap(raw.fileno(), size, access=ACCESS_READ) as data:
        if kind in containers.KINDS:
            return containers.contents(data, kind)
        if kind == "OGG":
            return ogg_streams.contents(data)
        if kind == "FLAC":
            return flac.contents(data, path)
        if data[:3] == b"ID3" and (other := flac.contents(data, path)):
            return other._replace(kind="FLAC")
        if data[:3] == b"ID3" and (other := containers.behind_tag(data)):
            return other
        if mp3.is_ordinary(data, size <= SMALL):
            return None
        return mp3.contents(data) or Contents((Part(0, 0, 0, Patch(mp3.PLENTY)),))


def holds_mp3(raw: BinaryIO, size: int) -> bool:
    """Whether a file of no known kind has MP3 frames near its start, as one cut out of a stream."""
    with mmap(raw.fileno(), size, access=ACCESS_READ) as data:
        return mp3.begins(data)


def mended(path: Path, kind: str) -> Patch | None:
    """What is found to be damaged only when a file is read: a patch to read it with, else None."""
    if kind != "MP3":
        return None
    try:
        status = path.stat()
        return _mended(path, status.st_size, status.st_mtime_ns) if status.st_size > SMALL else None
    except (OSError, ValueError):  # it has changed, and whoever opens it will say so
        return None


@lru_cache(64)
def _mended(path: Path, size: int, version: int) -> Patch | None:
    del version  # only part of the cache key
    with path.open("rb") as raw, mmap(raw.fileno(), size, access=ACCESS_READ) as data:
        found = None if mp3.is_ordinary(data, True) else mp3.contents(data)
    return found.parts[0].patch if found and found.parts else None
