"""What a file to be written shall be, and all that its encoder cannot do, told before the render.

Kilobits a second: libsndfile takes one number from 0 to 1 for all encoders.
MP3 has it linear between the ends of its range, Opus from 256 to 6 a channel;
Vorbis has qualities, whose nominal bitrates at 44.1 kHz are listed here (the
bitrate of a file goes its own way, by half for quiet or simple sound).

Reference: libsndfile 1.2.2, mpeg_l3_encode.c and ogg_opus.c; libvorbis 1.3.7,
modes/setup_44.h (rate_mapping_44_stereo).
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from audiograph.errors import AudioFileError, nearest
from audiograph.language.quantity import shown

TAGS = ("title", "artist", "album", "date", "comment", "genre", "tracknumber", "copyright", "license")
LONGEST_TAG = 2000  # characters
PCM_SUBTYPES = {16: "PCM_16", 24: "PCM_24", 32: "FLOAT"}
DITHERS = ("none", "triangular", "triangular_highpass", "noise_shaped")
LOSSY_BITRATE = {"MP3": 96, "VORBIS": 80, "OPUS": 48}  # kbit/s a channel, where none is asked for
MP3_BITRATES = {  # kbit/s by the lowest of the rates that have them
    32_000: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    16_000: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    8_000: (8, 16, 24, 32, 40, 48, 56, 64),
}
VORBIS_BITRATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 250)  # kbit/s a channel, of qualities 0 to 1
MP3_LEVELS = {256: 1.0, 224: 0.98, 192: 0.97}  # what LAME makes of 1 from a bitrate on; of lower ones, 0.95
_BITRATE = r"(?i)\s*(\d+(?:\.\d+)?)\s*(k|kb|kbps|kb/s|kbit/s)?\s*$"


class Kind(NamedTuple):
    """A kind of file that can be written."""

    format: str  # libsndfile's name
    depths: tuple[int, ...] = (16, 24, 32)  # bits; 32 is float; none where it is lossy
    lossy: str = ""  # libsndfile's name of the encoder
    channels: int = 64  # most
    rates: tuple[int, ...] = ()  # Hz; any, where none are listed
    tags: tuple[str, ...] = TAGS
    octets: int = 2**62  # of sound, most


_MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
KINDS = {
    "wav": Kind("WAV"),  # becomes RF64 where it must
    "flac": Kind("FLAC", (16, 24), channels=8),
    "mp3": Kind("MP3", (), "MP3", 2, _MP3_RATES),
    "ogg": Kind("OGG", (), "VORBIS", 8),
    "opus": Kind("OGG", (), "OPUS", 8, (8000, 12_000, 16_000, 24_000, 48_000)),
    "aiff": Kind("AIFF", tags=("title", "artist", "comment", "copyright"), octets=2**32 - 2**16),
    "caf": Kind("CAF"),
    "rf64": Kind("RF64"),
    "w64": Kind("W64", tags=()),
}
_ALIASES = {"wave": "wav", "aif": "aiff", "oga": "ogg"}
_FOREIGN = ("aac", "m4a", "mp4", "wma", "webm")


class Encoding(NamedTuple):
    """What a file to be written shall be."""

    kind: str  # of KINDS
    bits: int = 0  # 16, 24 or 32 (float); 0 where it is lossy
    bitrate: float | None = None  # kbit/s; None is the encoder's default
    dither: str = "triangular"  # of DITHERS, for 16 and 24 bits
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def is_compressed(self) -> bool:
        """Whether to write it takes long."""
        return not self.bits or self.kind == "flac"

    @property
    def subtype(self) -> str:
        """libsndfile's name of it."""
        lossy = KINDS[self.kind].lossy
        return "MPEG_LAYER_III" if lossy == "MP3" else lossy or PCM_SUBTYPES[self.bits]


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
    """What a file at `path` shall be; its suffix says the kind, if not `format`.

    `bits` is 16 (the default), 24 or 32 (float, also "32f"). `bitrate` is in
    kbit/s: 192, "192k" or "192 kbit/s"; left out it is 96 a channel for MP3,
    80 for Vorbis, 48 for Opus. `dither` is one of DITHERS, triangular if left
    out; only 16 and 24 bits take it. Raises AudioFileError.
    """
    kind = _kind(path, format)
    if unknown:
        known = ("bits", "bitrate", "format", "dither", *TAGS)
        strange = next(iter(unknown))
        raise AudioFileError(f"{path}: {strange!r} is not one of {', '.join(known)}{nearest(strange, known)}")
    if KINDS[kind].lossy and bits is not None:
        raise AudioFileError(f"{path}: {kind} has no bits; it takes a bitrate, such as 192k")
    if not KINDS[kind].lossy and bitrate is not None:
        raise AudioFileError(f"{path}: {kind} has no bitrate; it takes bits: {_listed(KINDS[kind].depths)}")
    depth = 0 if KINDS[kind].lossy else _bits(path, kind, bits)
    return Encoding(
        kind,
        depth,
        None if bitrate is None else _kilobits(path, bitrate),
        "triangular" if dither is None else _dither(path, kind, depth, dither),
        tuple((name, _tag(path, name, value)) for name, value in (tags or {}).items()),
    )


def check(encoding: Encoding, rate: int, channels: int, frames: int) -> list[str]:
    """All that the encoder cannot do, each with what would do."""
    kind, name = KINDS[encoding.kind], encoding.kind.upper()
    found = []
    if not 1 <= channels <= kind.channels:
        found.append(f"{name} takes 1 to {kind.channels} channels, and this has {channels}")
    if kind.rates and rate not in kind.rates:
        near = min(kind.rates, key=lambda known: (abs(known - rate), -known))
        takes = _listed(shown(known, "Hz") for known in kind.rates)
        found.append(
            f"{name} takes {takes}, not {shown(rate, 'Hz')}: set rate: {shown(near, 'Hz')} (or --rate)"
        )
    elif kind.lossy and channels:
        found += _check_bitrate(encoding, rate, channels)
    if frames * channels * encoding.bits // 8 > kind.octets:
        found.append(f"{name} holds 4 GB, and this is more: write wav, w64 or caf")
    if lost := [tag for tag, _ in encoding.tags if tag not in kind.tags]:
        found.append(
            f"{name} has no room for {_listed(lost)}{': it takes ' + _listed(kind.tags) if kind.tags else ''}"
        )
    return found


def effort(encoding: Encoding, rate: int, channels: int) -> float | None:
    """libsndfile's number for the bitrate, from 0 (best) to 1; None where there is none."""
    encoder, wanted = KINDS[encoding.kind].lossy, bitrate(encoding, rate, channels)
    if not encoder:
        return None
    if encoder == "MP3":
        ladder = _mp3_bitrates(rate)
        found = (ladder[-1] - wanted - 0.5) / (ladder[-1] - ladder[0])  # it is rounded down
    elif encoder == "OPUS":
        found = 1 - (wanted / channels - 6) / 250
    else:
        nominal = wanted / channels * 44_100 / min(rate, 44_100)
        found = 1 - float(np.interp(nominal, VORBIS_BITRATES, np.linspace(0, 1, len(VORBIS_BITRATES))))
    return min(1.0, max(0.0, found))


def bitrate(encoding: Encoding, rate: int, channels: int) -> float:
    """kbit/s; 0 where it is not lossy."""
    encoder = KINDS[encoding.kind].lossy
    if encoding.bitrate is not None or not encoder:
        return encoding.bitrate or 0
    wanted = LOSSY_BITRATE[encoder] * channels
    return min(wanted, _mp3_bitrates(rate)[-1]) if encoder == "MP3" else wanted


def makeup(encoding: Encoding, rate: int, channels: int) -> float:
    """The factor that makes up for what an encoder takes off the level.

    Reference: LAME 3.100, libmp3lame/presets.c (abr_switch_map, scale); measured, 0.45 dB at 128 kbit/s.
    """
    if encoding.kind != "mp3":
        return 1.0
    wanted = bitrate(encoding, rate, channels)
    return 1 / next((level for least, level in MP3_LEVELS.items() if wanted >= least), 0.95)


def _check_bitrate(encoding: Encoding, rate: int, channels: int) -> list[str]:
    name, wanted = encoding.kind.upper(), bitrate(encoding, rate, channels)
    if encoding.kind == "mp3":
        if wanted in _mp3_bitrates(rate):
            return []
        takes = _listed(_mp3_bitrates(rate))
        return [f"{name} at {shown(rate, 'Hz')} takes bitrates of {takes} kbit/s, not {wanted:g}"]
    low, high = (6, 256) if encoding.kind == "opus" else (16, VORBIS_BITRATES[-1])
    if low * channels <= wanted <= high * channels:
        return []
    return [
        f"{name} takes {low * channels} to {high * channels} kbit/s for {channels} channels, not {wanted:g}"
    ]


def _kind(path: Path, format: str | None) -> str:
    word = (format or path.suffix.removeprefix(".")).lower()
    word = _ALIASES.get(word, word)
    if word in KINDS:
        return word
    if not word:
        raise AudioFileError(f"{path} has no suffix that says what to write: {_listed(KINDS)}")
    if word in _FOREIGN:
        raise AudioFileError(f"{path}: {word} is not written; write wav, and convert it with ffmpeg")
    raise AudioFileError(f"{path}: {word!r} is not one of {_listed(KINDS)}{nearest(word, list(KINDS))}")


def _bits(path: Path, kind: str, bits: int | str | None) -> int:
    words = {str(depth): depth for depth in KINDS[kind].depths} | (
        {"32f": 32} if 32 in KINDS[kind].depths else {}
    )
    word = "16" if bits is None else str(bits).lower().removesuffix("bit").strip()
    if word not in words:
        raise AudioFileError(f"{path}: {kind} takes bits: {_listed(KINDS[kind].depths)}, not {bits}")
    return words[word]


def _dither(path: Path, kind: str, bits: int, dither: str) -> str:
    if bits not in (16, 24):
        what = "32 bits are float, which is" if bits else f"{kind} is"
        raise AudioFileError(f"{path}: {what} not rounded: leave dither out")
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
    return number / 1000 if not match[2] and number >= 6000 else number  # 192000 is meant in bit/s


def _tag(path: Path, name: str, value: str) -> str:
    if name not in TAGS:
        raise AudioFileError(f"{path}: {name!r} is not one of {_listed(TAGS)}{nearest(name, TAGS)}")
    if "\0" in value or len(value) > LONGEST_TAG:
        raise AudioFileError(f"{path}: {name} is not a text of at most {LONGEST_TAG} characters")
    return value


def _mp3_bitrates(rate: int) -> tuple[int, ...]:
    return next(ladder for lowest, ladder in MP3_BITRATES.items() if rate >= lowest)


def _listed(words: Iterable[object]) -> str:
    *first, last = map(str, words)
    return f"{', '.join(first)} or {last}" if first else last
