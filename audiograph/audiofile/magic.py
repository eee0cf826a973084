"""The kind of a file by its first bytes, so that a decoder sees only sound files."""

import os
from pathlib import Path
from shlex import quote

from audiograph.audiofile.decoder import Patch
from audiograph.errors import AudioFileError

HEAD = 400  # bytes that are enough to tell every kind; MPEG-TS repeats its sign every 188 or 192 bytes

Pattern = tuple[tuple[int, bytes], ...]  # offset, bytes

_READ: tuple[tuple[str, Pattern], ...] = (
    ("WAV", ((0, b"RIFF"), (8, b"WAVE"))),
    ("WAV", ((0, b"RIFX"), (8, b"WAVE"))),
    ("RF64", ((0, b"RF64"), (8, b"WAVE"))),
    ("RF64", ((0, b"BW64"), (8, b"WAVE"))),  # the same, with more chunks: see `patch`
    ("W64", ((0, b"riff\x2e\x91\xcf\x11"),)),
    ("AIFF", ((0, b"FORM"), (8, b"AIF"))),
    ("AU", ((0, b".snd"),)),
    ("AU", ((0, b"dns."),)),
    ("CAF", ((0, b"caff"),)),
    ("FLAC", ((0, b"fLaC"),)),
    ("OGG", ((0, b"OggS"),)),
    ("MP3", ((0, b"ID3"),)),
)
_NAMES = "WAV, RF64, BW64, W64, AIFF, AU, CAF, FLAC, OGG, OPUS and MP3"  # Opus comes in OGG
_NOT_READ: tuple[tuple[str, Pattern], ...] = (
    ("Ogg FLAC", ((0, b"OggS"), (28, b"\x7fFLAC"))),
    ("Ogg Speex", ((0, b"OggS"), (28, b"Speex   "))),
    ("Ogg video", ((0, b"OggS"), (28, b"\x80theora"))),
    ("Ogg video", ((0, b"OggS"), (28, b"fishead\0"))),
    ("AAC (M4A)", ((4, b"ftyp"),)),
    ("QuickTime", ((4, b"moov"),)),
    ("QuickTime", ((4, b"mdat"),)),
    ("QuickTime", ((4, b"wide"),)),
    ("AAC", ((0, b"\xff\xf0"),)),  # layer 0 is ADTS: MPEG-4 or MPEG-2, with and without a checksum
    ("AAC", ((0, b"\xff\xf1"),)),
    ("AAC", ((0, b"\xff\xf8"),)),
    ("AAC", ((0, b"\xff\xf9"),)),
    ("AAC", ((0, b"ADIF"),)),
    ("WMA", ((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),)),
    ("Matroska or WebM", ((0, b"\x1a\x45\xdf\xa3"),)),
    ("AMR", ((0, b"#!AMR"),)),
    ("AVI", ((0, b"RIFF"), (8, b"AVI "))),
    ("WavPack", ((0, b"wvpk"),)),
    ("True Audio", ((0, b"TTA1"),)),
    ("True Audio", ((0, b"TTA2"),)),
    ("Musepack", ((0, b"MPCK"),)),
    ("Musepack", ((0, b"MP+"),)),
    ("Monkey's Audio", ((0, b"MAC "),)),
    ("TAK", ((0, b"tBaK"),)),
    ("OptimFROG", ((0, b"OFR "),)),
    ("Shorten", ((0, b"ajkg"),)),
    ("DSD (DSF)", ((0, b"DSD "),)),
    ("DSD (DFF)", ((0, b"FRM8"), (12, b"DSD "))),
    ("RealAudio", ((0, b".ra\xfd"),)),
    ("RealMedia", ((0, b".RMF"),)),
    ("Flash video", ((0, b"FLV\x01"),)),
    ("AC-3", ((0, b"\x0b\x77"),)),
    ("DTS", ((0, b"\x7f\xfe\x80\x01"),)),
    ("Creative Voice", ((0, b"Creative Voice File\x1a"),)),
    ("8SVX", ((0, b"FORM"), (8, b"8SVX"))),
    ("MPEG-PS", ((0, b"\0\0\1\xba"),)),
    ("MPEG-TS", ((0, b"G"), (188, b"G"), (376, b"G"))),
    ("MPEG-TS", ((4, b"G"), (196, b"G"), (388, b"G"))),  # of a Blu-ray or a camera: with a time before each
)
_MIDI: tuple[tuple[str, Pattern], ...] = (
    ("MIDI", ((0, b"MThd"),)),
    ("MIDI", ((0, b"RIFF"), (8, b"RMID"))),
)


class UnknownKind(AudioFileError):  # noqa: N818 - describes the file
    """The first bytes of a file are those of no known kind."""


def kind(path: Path, head: bytes) -> str:
    """The kind of a sound file by its first HEAD bytes; AudioFileError for a kind that is not read."""
    if found := _match(_NOT_READ, head):
        raise AudioFileError(f"{path}: {found} is not read: convert it with {conversion(path)}")
    if found := _match(_READ, head):
        return found
    if _match(_MIDI, head):
        raise AudioFileError(
            f"{path}: MIDI holds notes and no sound: play it into a WAV file with a synthesizer"
        )
    if _is_mpeg_frame(head):
        return "MP3"
    raise UnknownKind(f"{path} is not a sound file that audiograph reads ({_NAMES})")


def patch(head: bytes) -> Patch | None:
    """What makes a file readable for libsndfile that knows its content, but not its name; else None.

    Reference: Recommendation ITU-R BS.2088-1, 2019: BW64 is RF64 with the chunks
    `axml`, `bxml`, `sxml` and `chna`, which say nothing about the samples.
    """
    if not head.startswith(b"BW64"):
        return None
    return Patch(data=b"RF64" if head.startswith(b"ds64", 12) else b"RIFF")


def conversion(path: Path) -> str:
    """The ffmpeg command that converts a sound file to WAV, for a shell in any folder."""
    source = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links to other names
    target = source.with_suffix(".wav" if path.suffix.lower() != ".wav" else ".new.wav")
    return f"ffmpeg -i {_quoted(source)} {_quoted(target)}"


def _quoted(path: Path) -> str:
    """A path as the shell of this system takes it; bytes without a meaning as escapes of bash and zsh."""
    text = str(path)
    if os.name == "nt":
        return f'"{text}"'
    if text.isprintable():
        return quote(text)
    parts = (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in os.fsencode(text))
    return "$'" + "".join("\\" + part if part in ("\\", "'") else part for part in parts) + "'"


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
