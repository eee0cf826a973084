"""The kind of a file by its first bytes, so that a decoder sees only sound files."""

from pathlib import Path
from shlex import quote

from audiograph.errors import AudioFileError

HEAD = 16  # bytes that are enough to tell every kind

Pattern = tuple[tuple[int, bytes], ...]  # offset, bytes

_READ: tuple[tuple[str, Pattern], ...] = (
    ("WAV", ((0, b"RIFF"), (8, b"WAVE"))),
    ("WAV", ((0, b"RIFX"), (8, b"WAVE"))),
    ("RF64", ((0, b"RF64"), (8, b"WAVE"))),
    ("W64", ((0, b"riff\x2e\x91\xcf\x11"),)),
    ("AIFF", ((0, b"FORM"), (8, b"AIF"))),
    ("AU", ((0, b".snd"),)),
    ("AU", ((0, b"dns."),)),
    ("CAF", ((0, b"caff"),)),
    ("FLAC", ((0, b"fLaC"),)),
    ("OGG", ((0, b"OggS"),)),
    ("MP3", ((0, b"ID3"),)),
)
_NAMES = "WAV, RF64, W64, AIFF, AU, CAF, FLAC, OGG, OPUS and MP3"  # Opus comes in OGG
_NOT_READ: tuple[tuple[str, Pattern], ...] = (
    ("AAC (M4A)", ((4, b"ftyp"),)),
    ("AAC", ((0, b"\xff\xf1"),)),
    ("AAC", ((0, b"\xff\xf9"),)),
    ("WMA", ((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),)),
    ("Matroska or WebM", ((0, b"\x1a\x45\xdf\xa3"),)),
    ("AMR", ((0, b"#!AMR"),)),
    ("AVI", ((0, b"RIFF"), (8, b"AVI "))),
)


def kind(path: Path, head: bytes) -> str:
    """The kind of a sound file by its first HEAD bytes; AudioFileError for a kind that is not read."""
    if found := _match(_READ, head):
        return found
    if found := _match(_NOT_READ, head):
        raise AudioFileError(f"{path}: {found} is not read: convert it with {conversion(path)}")
    if _is_mpeg_frame(head):
        return "MP3"
    raise AudioFileError(f"{path} is not a sound file that audiograph reads ({_NAMES})")


def conversion(path: Path) -> str:
    """The ffmpeg command that converts a sound file to WAV."""
    target = path.with_suffix(".wav" if path.suffix.lower() != ".wav" else ".new.wav")
    return f"ffmpeg -i {quote(path.name)} {quote(target.name)}"


def _match(table: tuple[tuple[str, Pattern], ...], head: bytes) -> str:
    for name, pattern in table:
        if all(head.startswith(part, at) for at, part in pattern):
            return name
    return ""


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether a header of MPEG 1, 2 or 2.5, layer I to III begins here, without reserved values."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, bitrate, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bitrate != 15 and rate != 3
