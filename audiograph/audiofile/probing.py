"""What a sound file holds, told before any of it is heard. No header is believed that cannot be true."""

import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import soundfile

from audiograph.audiofile import magic
from audiograph.audiofile.decoder import Patch, Patched, SoundFile, said, scratch
from audiograph.audiofile.headers import promised_end, unclosed_wav
from audiograph.errors import AudioFileError, nearest
from audiograph.language.quantity import shown
from audiograph.sound import CHUNK

CHANNELS = 64  # most
RATES = 4_000, 768_000  # Hz
FRAMES = 2**35  # most: nine days at 44.1 kHz
DENSEST = 8192  # frames in a byte; FLAC of pure silence has fewer
LONGER = 64  # times; the first MP3 frame may be at 320 kbit/s and all others at 8
LOST_SYNC = "flac decoder lost sync"  # what libsndfile says where a FLAC file is cut off
EXACT = ("PCM", "FLOAT", "DOUBLE", "ULAW", "ALAW")  # subtypes with exact seeks; those of MP3 and Vorbis miss


class Info(NamedTuple):
    """What a sound file holds."""

    rate: int  # Hz
    channels: int
    frames: int  # as many as can be decoded
    kind: str  # WAV, FLAC, MP3...
    subtype: str  # PCM_16, FLOAT, VORBIS...
    seeks: bool = True  # to the frame; otherwise it is decoded from its beginning
    patch: Patch | None = None  # how it has to be opened
    promised: int = 0  # frames by its header, where that promises more and seems to mean it

    @property
    def note(self) -> str:
        """What its user should know of it, or nothing."""
        if self.promised <= self.frames + self.rate // 20:  # encoders pad
            return ""
        return f"is cut short: {self.frames / self.rate:.1f} s of {self.promised / self.rate:.1f} s are there"


def probe(path: Path) -> Info:
    """What the file holds; remembered while it is not changed.

    Takes less than a millisecond where the header tells the truth, and one pass
    of decoding where it cannot be known to: MP3 without a Xing header, FLAC of
    unknown length, a FLAC or MP3 file cut short. Raises AudioFileError, which
    says what is wrong and what would do.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise AudioFileError(f"{path} does not exist{_alike(path)}") from None
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # a zero byte in the name
        raise AudioFileError(f"{path!r} is not the name of a file: {error}") from None
    if not stat.S_ISREG(found.st_mode):
        raise AudioFileError(
            f"{path} is {'a folder' if stat.S_ISDIR(found.st_mode) else 'not a regular file'}"
        )
    if not found.st_size:
        raise AudioFileError(f"{path} is empty")
    return _probed(path, found.st_size, (found.st_mtime_ns, found.st_dev, found.st_ino))


def opened(path: Path, patch: Patch | None = None) -> SoundFile:
    """The file, open at its first frame; AudioFileError where libsndfile cannot."""
    try:
        return SoundFile(Patched(path, patch) if patch else os.fspath(path))
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            f"{path} cannot be read: {said(error.error_string)}; perhaps {magic.conversion(path)} helps"
        ) from None
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None


def _alike(path: Path) -> str:
    try:
        return nearest(path.name, [other.name for other in path.parent.iterdir()])
    except OSError:
        return f": there is no folder {path.parent}"


@lru_cache(4096)
def _probed(path: Path, size: int, version: tuple[int, int, int]) -> Info:
    del version  # only part of the key
    kind, patch, known, there = _looked_at(path, size)
    with opened(path, patch) as file:
        _check(path, file)
        claimed = file.frames if kind == "FLAC" and 0 < file.frames <= FRAMES else 0
        known = known and _is_believable(file, size)
        exact = known and file.format != "OGG" and file.subtype.startswith(EXACT)
        info = Info(file.samplerate, file.channels, file.frames, kind, file.subtype, exact, patch)
    if not known:
        info = info._replace(frames=_count(path, patch))
    if not 0 < info.frames <= FRAMES:
        raise AudioFileError(f"{path} holds {'too much' if info.frames else 'no'} sound")
    return info._replace(promised=max(claimed, round(info.frames / there)))


def _looked_at(path: Path, size: int) -> tuple[str, Patch | None, bool, float]:
    """Kind, how to open it, whether its header may be relied on so far, and how much of it is there."""
    try:
        with path.open("rb") as raw:
            kind = magic.kind(path, raw.read(magic.HEAD))
            if kind == "MP3":
                end = promised_end(raw)
                return (
                    kind,
                    None if end else Patch(times=LONGER),
                    0 < end <= size,
                    min(1.0, size / (end or size)),
                )
            patch, there = unclosed_wav(raw, size) if kind == "WAV" else (None, 1.0)
            return kind, patch, True, max(there, 1 / size)
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None


def _check(path: Path, file: SoundFile) -> None:
    if not 1 <= file.channels <= CHANNELS:
        raise AudioFileError(f"{path} has {file.channels} channels; 1 to {CHANNELS} are read")
    if not RATES[0] <= file.samplerate <= RATES[1]:
        low, high = (shown(rate, "Hz") for rate in RATES)
        raise AudioFileError(f"{path} has a rate of {shown(file.samplerate, 'Hz')}; {low} to {high} are read")


def _is_believable(file: SoundFile, size: int) -> bool:
    """Whether so many frames fit in the file, and the last of them is there, where that is cheap to know."""
    if not 0 < file.frames <= min(FRAMES, size * DENSEST):
        return False
    if file.format != "FLAC" and file.subtype != "OPUS":
        return True  # from the length of the file, or the last page of Vorbis
    try:
        file.seek(file.frames - 1)
    except soundfile.LibsndfileError:
        return False
    return file.take(scratch(file, 1)) == 1


def _count(path: Path, patch: Patch | None) -> int:
    """The frames that can be decoded."""
    with opened(path, patch) as file:
        x, frames, some = scratch(file, CHUNK), 0, CHUNK
        while some == CHUNK and frames <= FRAMES:
            some = file.take(x)
            frames += some
        if (fault := file.fault) and not (frames and fault == LOST_SYNC):
            raise AudioFileError(broken(path, frames / file.samplerate, fault))
    return frames


def broken(path: Path, seconds: float, fault: str) -> str:
    """What to say of a file that stops in the middle."""
    return f"{path} breaks off at {seconds:.3f} s ({fault}); perhaps {magic.conversion(path)} helps"
