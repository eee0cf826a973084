"""Rate, channels and length of a sound file before it is decoded; implausible headers are not trusted."""

import stat
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import soundfile

from audiograph.audiofile import magic
from audiograph.audiofile.contents import contents_of, holds_mp3
from audiograph.audiofile.decoder import Patch, Patched, SoundFile, error_text, native, scratch
from audiograph.audiofile.parts import Contents, Part, counted
from audiograph.errors import AudioFileError, nearest
from audiograph.language.quantity import shown
from audiograph.sound import CHUNK

MAX_CHANNELS = 64
RATES = 4_000, 768_000  # Hz, lowest and highest
MAX_FRAMES = 2**35  # nine days at 44.1 kHz
MAX_FRAMES_PER_BYTE = 8192  # FLAC of digital silence has fewer
LOST_SYNC = "flac decoder lost sync"  # libsndfile's error where a FLAC file is cut off
EXACT_SEEKS = ("PCM", "FLOAT", "DOUBLE", "ULAW", "ALAW")  # subtypes; seeks in MP3 and Vorbis are not exact


class Info(NamedTuple):
    """Properties of a sound file."""

    rate: int  # Hz
    channels: int
    frames: int  # that can be decoded
    kind: str  # WAV, FLAC, MP3...
    subtype: str  # PCM_16, FLOAT, VORBIS...
    seeks: bool = True  # exactly; otherwise it is decoded from its start
    patch: Patch | None = None  # with which it must be opened
    promised: int = 0  # frames by its header, if that plausibly promises more
    parts: tuple["Info", ...] = ()  # the sounds of the file, each by itself, if they are several
    remarks: tuple[str, ...] = ()  # what else is to be said about it, each to follow its name

    @property
    def note(self) -> str:
        """A warning for the user if the file is cut short or not read in full, else an empty text."""
        remarks = self.remarks
        if self.promised > self.frames + self.rate // 20:  # encoders pad
            there, all_of_it = self.frames / self.rate, self.promised / self.rate
            others = (remark for remark in remarks if not remark.startswith("is cut short"))
            remarks = (f"is cut short: {there:.1f} s of {all_of_it:.1f} s are there", *others)
        return "; ".join(remarks)


def probe(path: Path) -> Info:
    """Properties of the file, cached until the file changes.

    Takes less than a millisecond if the header can be trusted. Otherwise the bytes
    of the file are searched for its sounds, and decoded once where only that tells
    their length: FLAC of unknown length, a FLAC file cut short. Raises AudioFileError,
    which says what is wrong and what would help.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise AudioFileError(f"{path} does not exist{_similar_name(path)}") from None
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # a zero byte in the name
        raise AudioFileError(f"{str(path)!r} is not a file name: {error}") from None
    if not stat.S_ISREG(status.st_mode):
        raise AudioFileError(
            f"{path} is {'a folder' if stat.S_ISDIR(status.st_mode) else 'not a regular file'}"
        )
    if not status.st_size:
        raise AudioFileError(f"{path} is empty")
    return _probed(path, status.st_size, (status.st_mtime_ns, status.st_dev, status.st_ino))


def opened(path: Path, patch: Patch | None = None) -> SoundFile:
    """The file, opened at its first frame; AudioFileError if libsndfile cannot open it."""
    try:
        return SoundFile(Patched(path, patch) if patch else native(path))
    except soundfile.LibsndfileError as error:
        raise AudioFileError(
            f"{path} cannot be read: {error_text(error.error_string)}; perhaps {magic.conversion(path)} helps"
        ) from None
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None


def _similar_name(path: Path) -> str:
    try:
        return nearest(path.name, [other.name for other in path.parent.iterdir()])
    except OSError:
        return f": there is no folder {path.parent}"


@lru_cache(4096)
def _probed(path: Path, size: int, version: tuple[int, int, int]) -> Info:
    del version  # only part of the cache key
    kind, patch, contents = _inspected(path, size)
    if contents is not None:
        return _of_contents(path, contents.kind or kind, contents)
    with opened(path, patch) as file:
        _check(path, file)
        claimed = file.frames if kind == "FLAC" and 0 < file.frames <= MAX_FRAMES else 0
        known = _is_believable(file, size)
        exact = known and file.format != "OGG" and file.subtype.startswith(EXACT_SEEKS)
        info = Info(file.samplerate, file.channels, file.frames, kind, file.subtype, exact, patch)
    if not known:
        info = info._replace(frames=_count(path, patch))
    if not 0 < info.frames <= MAX_FRAMES:
        raise AudioFileError(f"{path} holds {'too much' if info.frames else 'no'} sound")
    return info._replace(promised=max(claimed, info.frames))


def _of_contents(path: Path, kind: str, contents: Contents) -> Info:
    """Properties of a file whose sounds were found one by one; those that cannot be read are told."""
    parts, errors = [], []
    for part in contents.parts:
        try:
            parts.append(_of_part(path, kind, part))
        except AudioFileError as error:
            errors.append(error)
    if not parts:
        raise errors[0] if errors else AudioFileError(f"{path} holds no sound")
    remarks = list(contents.remarks)
    if errors:
        remarks.append(f"has {counted(len(errors), 'more sound')} that cannot be read")
    first = parts[0]
    frames = sum(resampled(part.frames, part.rate, first.rate) for part in parts)
    promised = sum(resampled(max(part.frames, part.promised), part.rate, first.rate) for part in parts)
    remarks += _changes(parts)
    several = tuple(parts) if parts[1:] else ()
    seeks = first.seeks and not several
    if frames > MAX_FRAMES:
        raise AudioFileError(f"{path} holds too much sound")
    return first._replace(
        frames=frames, promised=promised, parts=several, remarks=tuple(remarks), seeks=seeks
    )


def _of_part(path: Path, kind: str, part: Part) -> Info:
    with opened(path, part.patch) as file:
        _check(path, file)
        frames = part.frames if part.frames >= 0 else file.frames
        known = frames > 0 and (kind != "FLAC" or _is_believable(file, path.stat().st_size))
        exact = known and file.format != "OGG" and file.subtype.startswith(EXACT_SEEKS)
        info = Info(file.samplerate, file.channels, frames, kind, file.subtype, exact, part.patch)
    if not known:
        info = info._replace(frames=_count(path, part.patch))
    if not info.frames:
        raise AudioFileError(f"{path} holds no sound")
    return info._replace(promised=max(round(info.frames / part.fraction), part.promised))


def _changes(parts: list[Info]) -> list[str]:
    """What is to be said of sounds that are not as the first."""
    others = {(part.rate, part.channels): part for part in reversed(parts)}
    if len(others) == 1:
        return []
    shapes = (
        f"{shown(part.rate, 'Hz')} with {counted(part.channels, 'channel')}" for part in others.values()
    )
    return [f"joins sounds of {', '.join(reversed([*shapes]))}: all become like the first"]


def resampled(frames: int, rate: int, to: int) -> int:
    """The number of frames of a sound at another rate, rounded."""
    return (2 * frames * to + rate) // (2 * rate)


def _inspected(path: Path, size: int) -> tuple[str, Patch | None, Contents | None]:
    """Kind, patch to open it with, and its sounds, unless it is one sound and as its header says."""
    try:
        with path.open("rb") as raw:
            head = raw.read(magic.HEAD)
            try:
                kind = magic.kind(path, head)
            except magic.UnknownKind:
                if not holds_mp3(raw, size):
                    raise
                kind = "MP3"
            return kind, magic.patch(head), contents_of(path, kind, raw, size)
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:  # it has become shorter
        raise AudioFileError(f"{path} has changed while it was read") from None


def _check(path: Path, file: SoundFile) -> None:
    if not 1 <= file.channels <= MAX_CHANNELS:
        raise AudioFileError(f"{path} has {file.channels} channels; 1 to {MAX_CHANNELS} are read")
    if not RATES[0] <= file.samplerate <= RATES[1]:
        low, high = (shown(rate, "Hz") for rate in RATES)
        raise AudioFileError(f"{path} has a rate of {shown(file.samplerate, 'Hz')}; {low} to {high} are read")


def _is_believable(file: SoundFile, size: int) -> bool:
    """Whether this number of frames fits into the file, and, if cheap to check, the last one is there."""
    if not 0 < file.frames <= min(MAX_FRAMES, size * MAX_FRAMES_PER_BYTE):
        return False
    if file.format != "FLAC":
        return True  # libsndfile took it from the file size, or from the last page of an Ogg file
    try:
        file.seek(file.frames - 1)
    except soundfile.LibsndfileError:
        return False
    return file.take(scratch(file, 1)) == 1


def _count(path: Path, patch: Patch | None) -> int:
    """The number of frames that can be decoded."""
    with opened(path, patch) as file:
        x, frames, count = scratch(file, CHUNK), 0, CHUNK
        while count == CHUNK and frames <= MAX_FRAMES:
            count = file.take(x)
            frames += count
        if (fault := file.fault) and not (frames and fault == LOST_SYNC):
            raise AudioFileError(broken(path, frames / file.samplerate, fault))
    return frames


def broken(path: Path, seconds: float, fault: str) -> str:
    """The message for a file that cannot be decoded beyond `seconds`."""
    return f"{path} breaks off at {seconds:.3f} s ({fault}); perhaps {magic.conversion(path)} helps"
