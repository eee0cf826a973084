"""Output encodings: the formats that can be written, and validation before rendering.

Bitrates: libsndfile takes one number from 0 to 1 for every lossy encoder. For
MP3 it is linear over the bitrates of the rate, for Opus from 256 to 6 kbit/s a
channel. Vorbis has qualities; their nominal bitrates at 44.1 kHz are listed
here (the real bitrate can be half of that for quiet or simple sound).

Reference: libsndfile 1.2.2, mpeg_l3_encode.c and ogg_opus.c; libvorbis 1.3.7,
modes/setup_44.h (rate_mapping_44_stereo).
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from audiograph.errors import AudioFileError, nearest, visible
from audiograph.language.quantity import shown

TAGS = ("title", "artist", "album", "date", "comment", "genre", "tracknumber", "copyright", "license")
MAX_TAG_LENGTH = 2000  # characters
RIFF_BYTES = 2**32 - 2**16  # of sound that fit into WAV or AIFF; the rest is for the header and tags
PCM_SUBTYPES = {16: "PCM_16", 24: "PCM_24", 32: "FLOAT"}  # libsndfile's names, by bits
DITHERS = ("none", "triangular", "triangular_highpass", "noise_shaped")
MP3_BITRATES = {  # kbit/s, by the lowest sample rate that has them
    32_000: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    16_000: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    8_000: (8, 16, 24, 32, 40, 48, 56, 64),
}
VORBIS_BITRATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 250)  # kbit/s a channel, of qualities 0 to 1
MP3_LEVELS = {256: 1.0, 224: 0.98, 192: 0.97}  # LAME's gain from a bitrate (kbit/s) on; below, it is 0.95
FLAC_ANY_RATE = 65_535  # Hz; up to here FLAC takes any whole number
_BITRATE = r"(?i)\s*(\d+(?:\.\d+)?)\s*(k|kb|kbps|kb/s|kbit/s)?\s*$"


class Kind(NamedTuple):
    """A file format that can be written, and its limits."""

    format: str  # libsndfile's name of the container
    suffixes: tuple[str, ...]  # of file names, without the dot
    depths: tuple[int, ...] = (16, 24, 32)  # bits per sample, 32 is float; none for a lossy format
    encoder: str = ""  # libsndfile's name of the lossy encoder
    bitrate: int = 0  # default, kbit/s a channel
    bitrates: tuple[int, int] = (0, 0)  # lowest and highest, kbit/s a channel; MP3 has MP3_BITRATES
    channels: int = 64  # at most
    rates: tuple[int, ...] = ()  # Hz; empty for any up to max_rate
    max_rate: int = 768_000  # Hz
    tags: tuple[str, ...] = TAGS
    max_bytes: int = 2**62  # of sound

    @property
    def is_lossy(self) -> bool:
        """Whether it takes a bitrate in place of bits."""
        return bool(self.encoder)


_MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
_HIGH_RATES = (48_000, 96_000, 192_000, 384_000)  # Hz, to propose where a rate is not taken
_AIFF_TAGS = ("title", "artist", "comment", "copyright")
KINDS = {
    "wav": Kind("WAV", ("wav", "wave")),  # becomes RF64 past RIFF_BYTES
    "flac": Kind("FLAC", ("flac",), (16, 24), channels=8, max_rate=655_350),
    "mp3": Kind("MP3", ("mp3",), (), "MPEG_LAYER_III", 96, channels=2, rates=_MP3_RATES),
    "ogg": Kind("OGG", ("ogg", "oga"), (), "VORBIS", 80, (16, VORBIS_BITRATES[-1]), 8, max_rate=200_000),
    "opus": Kind("OGG", ("opus",), (), "OPUS", 48, (6, 256), channels=8, rates=_OPUS_RATES),
    "aiff": Kind("AIFF", ("aiff", "aif"), tags=_AIFF_TAGS, max_bytes=RIFF_BYTES),
    "caf": Kind("CAF", ("caf",)),
    "rf64": Kind("RF64", ("rf64",)),
    "w64": Kind("W64", ("w64",), tags=()),
    "raw": Kind("RAW", ("raw", "pcm"), tags=()),  # samples alone, little-endian
}
_BY_SUFFIX = {suffix: name for name, kind in KINDS.items() for suffix in kind.suffixes}
_NOT_WRITTEN = ("aac", "m4a", "mp4", "wma", "webm")


class Encoding(NamedTuple):
    """How to write a file: format, resolution or bitrate, and tags."""

    kind: str  # a key of KINDS
    bits: int = 0  # 16, 24 or 32 (float); 0 for a lossy format
    bitrate: float | None = None  # kbit/s; None is the encoder's default
    dither: str = "triangular"  # one of DITHERS, for 16 and 24 bits
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def is_compressed(self) -> bool:
        """Whether encoding takes considerable time: lossy formats and FLAC."""
        return not self.bits or self.kind == "flac"

    @property
    def subtype(self) -> str:
        """libsndfile's name of the sample type or encoder."""
        return KINDS[self.kind].encoder or PCM_SUBTYPES[self.bits]


def has_sound_suffix(path: Path) -> bool:
    """Whether the suffix of this path is that of a format that can be written."""
    return path.suffix.removeprefix(".").lower() in _BY_SUFFIX


def encoding(
    path: Path,
    *,
    bits: int | str | None = None,
    bitrate: float | str | None = None,
    format: str | None = None,
    tags: Mapping[str, str] | None = None,
    dither: str | None = None,
    **unknown: Any,
) -> Encoding:
    """The encoding of a file at `path`, in the given format, or else in the one its suffix names.

    `bits` is 16 (the default), 24 or 32 (float, also "32f"). `bitrate` is in
    kbit/s: 192, "192k" or "192 kbit/s"; the default is 96 a channel for MP3, 80
    for Vorbis, 48 for Opus. `dither` is one of DITHERS (default: triangular);
    only 16 and 24 bits take it. Raises AudioFileError for options that are
    unknown or do not fit the format.
    """
    kind = _kind(path, format)
    if unknown:
        known = ("bits", "bitrate", "format", "dither", *TAGS)
        option = next(iter(unknown))
        raise AudioFileError(f"{path}: {option!r} is not one of {', '.join(known)}{nearest(option, known)}")
    if KINDS[kind].is_lossy and bits is not None:
        raise AudioFileError(f"{path}: {kind} has no bits; it takes a bitrate, such as 192k")
    if not KINDS[kind].is_lossy and bitrate is not None:
        raise AudioFileError(f"{path}: {kind} has no bitrate; it takes bits: {_listed(KINDS[kind].depths)}")
    depth = 0 if KINDS[kind].is_lossy else _bits(path, kind, bits)
    return Encoding(
        kind,
        depth,
        None if bitrate is None else _kilobits(path, bitrate),
        "triangular" if dither is None else _dither(path, kind, depth, dither),
        tuple((name, _tag(path, name, value)) for name, value in (tags or {}).items()),
    )


def check(encoding: Encoding, rate: int, channels: int, frames: int) -> list[str]:
    """Everything that the encoder cannot do, each problem with what would work. `rate` is in Hz."""
    kind, name = KINDS[encoding.kind], encoding.kind.upper()
    problems = []
    if not 1 <= channels <= kind.channels:
        problems.append(f"{name} takes 1 to {kind.channels} channels, and this has {channels}")
    if wrong := _check_rate(encoding.kind, rate):
        problems.append(wrong)
    elif kind.is_lossy and channels:
        problems += _check_bitrate(encoding, rate, channels)
    if frames * channels * encoding.bits // 8 > kind.max_bytes:
        problems.append(f"{name} holds 4 GB, and this is more: write wav, w64 or caf")
    if lost := [tag for tag, _ in encoding.tags if tag not in kind.tags]:
        takes = f": it takes {_listed(kind.tags)}" if kind.tags else ""
        problems.append(f"{name} has no room for {_listed(lost)}{takes}")
    return problems


def compression_level(encoding: Encoding, rate: int, channels: int) -> float | None:
    """libsndfile's number for the bitrate, from 0 (highest) to 1 (lowest); None for a lossless format."""
    if not KINDS[encoding.kind].is_lossy:
        return None
    wanted = bitrate(encoding, rate, channels)
    if encoding.kind == "mp3":
        bitrates = _mp3_bitrates(rate)
        level = (bitrates[-1] - wanted - 0.5) / (bitrates[-1] - bitrates[0])  # libsndfile rounds down
    elif encoding.kind == "opus":
        level = 1 - (wanted / channels - 6) / 250
    else:
        nominal = wanted / channels * 44_100 / min(rate, 44_100)
        level = 1 - float(np.interp(nominal, VORBIS_BITRATES, np.linspace(0, 1, len(VORBIS_BITRATES))))
    return min(1.0, max(0.0, level))


def bitrate(encoding: Encoding, rate: int, channels: int) -> float:
    """The bitrate of the whole file in kbit/s; 0 for a lossless format."""
    if encoding.bitrate is not None:
        return encoding.bitrate
    default = KINDS[encoding.kind].bitrate * channels
    return min(default, _mp3_bitrates(rate)[-1]) if encoding.kind == "mp3" else default


def makeup(encoding: Encoding, rate: int, channels: int) -> float:
    """The factor that compensates for an encoder that lowers the level.

    Reference: LAME 3.100, libmp3lame/presets.c (abr_switch_map, scale); measured, 0.45 dB at 128 kbit/s.
    """
    if encoding.kind != "mp3":
        return 1.0
    wanted = bitrate(encoding, rate, channels)
    return 1 / next((level for least, level in MP3_LEVELS.items() if wanted >= least), 0.95)


def _check_rate(name: str, rate: int) -> str:
    """Why the encoder does not take a rate, and which one it would; empty if it does.

    Vorbis crashes above its highest rate. A frame of FLAC has 16 bits for its rate,
    in Hz or in tens of Hz; and libsndfile writes no other.

    Reference: RFC 9639, section 9.1.2; libvorbis 1.3.7, setup_X.h; each was tried, see
    tests/audiofile/test_encoders.py.
    """
    kind = KINDS[name]
    if kind.rates:
        fits, takes, rates = rate in kind.rates, _listed(shown(each, "Hz") for each in kind.rates), kind.rates
    else:
        fits, takes, rates = rate <= kind.max_rate, f"up to {shown(kind.max_rate, 'Hz')}", _HIGH_RATES
    if name == "flac" and rate > FLAC_ANY_RATE:
        fits = fits and not rate % 10
        takes += f", and above {shown(FLAC_ANY_RATE, 'Hz')} multiples of 10 Hz"
    if fits:
        return ""
    closest = min(
        (each for each in rates if each <= kind.max_rate), key=lambda each: (abs(each - rate), -each)
    )
    return (
        f"{name.upper()} takes {takes}, not {shown(rate, 'Hz')}: set rate: {shown(closest, 'Hz')} (or --rate)"
    )


def _check_bitrate(encoding: Encoding, rate: int, channels: int) -> list[str]:
    name, wanted = encoding.kind.upper(), bitrate(encoding, rate, channels)
    if encoding.kind == "mp3":
        if wanted in _mp3_bitrates(rate):
            return []
        takes = _listed(_mp3_bitrates(rate))
        return [f"{name} at {shown(rate, 'Hz')} takes bitrates of {takes} kbit/s, not {wanted:g}"]
    low, high = KINDS[encoding.kind].bitrates
    if low * channels <= wanted <= high * channels:
        return []
    return [
        f"{name} takes {low * channels} to {high * channels} kbit/s for {channels} channels, not {wanted:g}"
    ]


def _kind(path: Path, format: str | None) -> str:
    suffix = (format or path.suffix.removeprefix(".")).lower()
    if kind := _BY_SUFFIX.get(suffix):
        return kind
    if not suffix:
        raise AudioFileError(f"{path} has no suffix that says what to write: {_listed(KINDS)}")
    if suffix in _NOT_WRITTEN:
        raise AudioFileError(f"{path}: {suffix} is not written; write wav, and convert it with ffmpeg")
    raise AudioFileError(f"{path}: {suffix!r} is not one of {_listed(KINDS)}{nearest(suffix, list(KINDS))}")


def _bits(path: Path, kind: str, bits: int | str | None) -> int:
    depths = {str(depth): depth for depth in KINDS[kind].depths}
    if 32 in KINDS[kind].depths:
        depths["32f"] = 32
    text = "16" if bits is None else str(bits).lower().removesuffix("bit").strip()
    if text not in depths:
        raise AudioFileError(f"{path}: {kind} takes bits: {_listed(KINDS[kind].depths)}, not {bits}")
    return depths[text]


def _dither(path: Path, kind: str, bits: int, dither: str) -> str:
    if bits not in (16, 24):
        what = "32 bits are float, which takes" if bits else f"{kind} takes"
        raise AudioFileError(f"{path}: {what} no dither: leave it out")
    if dither not in DITHERS:
        raise AudioFileError(
            f"{path}: dither {dither!r} is not one of {_listed(DITHERS)}{nearest(dither, DITHERS)}"
        )
    return dither


def _kilobits(path: Path, bitrate: float | str) -> float:
    match = re.match(_BITRATE, str(bitrate))
    if not match or float(match[1]) <= 0:
        raise AudioFileError(f"{path}: {bitrate!r} is not a bitrate such as 192k")
    number = float(match[1])
    return number / 1000 if not match[2] and number >= 6000 else number  # 192000 is in bit/s


def _tag(path: Path, name: str, value: str) -> str:
    if name not in TAGS:
        raise AudioFileError(f"{path}: {name!r} is not one of {_listed(TAGS)}{nearest(name, TAGS)}")
    if "\0" in value or len(value) > MAX_TAG_LENGTH or visible(value) != value:
        raise AudioFileError(f"{path}: {name} is not a text of at most {MAX_TAG_LENGTH} characters")
    return value


def _mp3_bitrates(rate: int) -> tuple[int, ...]:
    return next(bitrates for lowest, bitrates in MP3_BITRATES.items() if rate >= lowest)


def _listed(items: Iterable[object]) -> str:
    *first, last = map(str, items)
    return f"{', '.join(first)} or {last}" if first else last
