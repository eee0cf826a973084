"""Write blocks to a sound file, which appears whole or not at all."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np
import soundfile

from audiograph.audiofile import channel_order
from audiograph.audiofile.atomic import AtomicFiles
from audiograph.audiofile.decoder import Samples, SoundFile, error_text, native
from audiograph.audiofile.encodings import KINDS, RIFF_BYTES, Encoding, compression_level, makeup
from audiograph.audiofile.probing import probe
from audiograph.audiofile.quantizing import quantizer
from audiograph.dsp.dither import INFINITE
from audiograph.errors import AudioFileError, NotFinite
from audiograph.sound import CHUNK, Audio
from audiograph.streams.buffers import allocate

LOSSY_BLOCK = 4096  # frames given to a lossy encoder at once; Vorbis keeps them all on its stack
_ADD_PEAK_CHUNK = 0x1050  # SFC_SET_ADD_PEAK_CHUNK; it holds the time of day, so no two files would be equal


class Writer:
    """Writes one sound file: ``with Writer(path, rate, channels, encoding, frames) as file: file.write(x)``.

    `frames` is the expected length, if known; a WAV file that would exceed 4 GB
    becomes RF64. A file that was at `path` stays until the new one is complete,
    and for good if the block ends in an error. A read-only one is replaced only
    with `force`. Given `files`, it appears together with those, at the end of their
    block.

    The properties `frames`, `peak` (largest magnitude before clipping, full scale
    is 1) and `clipped` (samples beyond full scale; float files keep them as they
    are) describe what was written so far.
    """

    def __init__(
        self,
        path: Path,
        rate: int,
        channels: int,
        encoding: Encoding,
        frames: int = 0,
        *,
        force: bool = False,
        files: AtomicFiles | None = None,
    ) -> None:
        self.path, self.rate, self.channels, self.encoding = path, rate, channels, encoding
        self._expected, self._force, self._files = frames, force, files
        self._quantizer = quantizer(encoding, rate, channels)
        self._tally = self._quantizer.tally
        self._makeup = np.float32(makeup(encoding, rate, channels))
        self._words: Samples = np.empty((0, channels), self._quantizer.type)
        self._block = np.empty((0 if encoding.bits else LOSSY_BLOCK, channels), np.float32)
        self._filled = 0  # frames of the block
        self._order = channel_order.outward(encoding.kind, channels)

    @property
    def frames(self) -> int:
        """Frames written so far."""
        return int(self._tally.clock[0])

    @property
    def peak(self) -> float:
        """Largest magnitude so far, before clipping; full scale is 1."""
        return float(self._tally.peak.view(np.float32)[0])

    @property
    def clipped(self) -> int:
        """Samples beyond full scale so far."""
        return int(self._tally.over[0])

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            files = self._files or stack.enter_context(AtomicFiles())
            self._staged = files.add(self.path, self._force)
            self._file = stack.enter_context(self._opened())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        with self._stack as stack:
            if error[0]:
                stack.__exit__(*error)
                return
            self.complete()

    def complete(self) -> Path:
        """Finish the file; returns where it is staged. It moves to `path` when the block ends."""
        if not self._file.closed:
            if self._filled:
                self._put(self._block[: self._filled])
            self._file.close()
            self._finish()
        return self._staged

    def write(self, x: Audio) -> None:
        """Append float32 `x` of shape (channels, frames).

        Raises NotFinite for a sample that is not finite, AudioFileError if the file cannot be written.
        """
        if x.shape[1] > len(self._words):
            self._words = allocate((x.shape[1], self.channels), self._quantizer.type)
        words, before = self._words[: x.shape[1]], self.frames
        self._quantizer.kernel(np.ascontiguousarray(x), words, self._quantizer.coefs, self._tally)
        if self._tally.peak[0] >= INFINITE:
            frame, channel = np.argwhere(~np.isfinite(x.T))[0]
            raise NotFinite(int(channel), before + int(frame))
        if self._makeup != 1:
            words *= self._makeup
        if self.encoding.bits:
            self._put(words)
        else:
            self._encode(words)

    def silence(self, frames: int) -> None:
        """Append silence, with dither like everything else."""
        zeros = np.zeros((self.channels, CHUNK), np.float32)
        while frames > 0:
            self.write(zeros[:, :frames])
            frames -= zeros.shape[1]

    def _encode(self, words: Samples) -> None:
        """Give a lossy encoder blocks of one size: what Vorbis makes of a sound depends on its blocks."""
        while len(words):
            part = words[: LOSSY_BLOCK - self._filled]
            self._block[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            words = words[len(part) :]
            if self._filled == LOSSY_BLOCK:
                self._filled = 0
                self._put(self._block)

    def _put(self, words: Samples) -> None:
        done = self._file.put(channel_order.ordered(words, self._order))
        if done < len(words) or self._file.fault:  # lossy encoders report that all was written
            raise AudioFileError(
                f"{self.path} cannot be written: {self._file.fault or 'the encoder gave up'}"
            )

    def _opened(self) -> SoundFile:
        level = compression_level(self.encoding, self.rate, self.channels)
        mode = "CONSTANT" if self.encoding.kind == "mp3" else None
        try:
            file = SoundFile(
                native(self._staged), "w", self.rate, self.channels, self.encoding.subtype,
                endian="LITTLE" if self.encoding.kind == "raw" else "FILE",
                format=self._format(), compression_level=level, bitrate_mode=mode,
            )  # fmt: skip
        except soundfile.LibsndfileError as error:
            raise AudioFileError(f"{self.path} cannot be written: {error_text(error.error_string)}") from None
        soundfile._snd.sf_command(file._file, _ADD_PEAK_CHUNK, soundfile._ffi.NULL, 0)
        channel_order.say(file, self.encoding.kind, self.channels)
        if self.encoding.kind != "mp3":
            for name, text in self.encoding.tags:
                setattr(file, name, text)
        return file

    def _format(self) -> str:
        """libsndfile's name of the format."""
        if self.encoding.kind != "wav":
            return KINDS[self.encoding.kind].format
        if self._expected * self.channels * self.encoding.bits // 8 > RIFF_BYTES:
            return "RF64"
        return "WAV" if self.channels <= 2 else "WAVEX"

    def _finish(self) -> None:
        """Make the file whole, and check its length: no encoder reports that the end was lost."""
        kind = self.encoding.kind
        try:
            if kind == "mp3" and self.encoding.tags:
                from audiograph.audiofile import id3  # most files do not need it

                id3.prepend(self._staged, self.encoding.tags)
            self._check_length()
            if KINDS[kind].format == "OGG":
                from audiograph.audiofile.ogg_serial import number_by_content

                number_by_content(self._staged)
        except OSError as error:  # the disk is full
            raise AudioFileError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def _check_length(self) -> None:
        try:
            frames = self._length() if self.frames else 0
        except AudioFileError:
            frames = 0
        if frames < self.frames:  # MP3 at low bitrates has no room for the header with its padding
            raise AudioFileError(f"{self.path} was not written whole: {frames} of {self.frames} frames")

    def _length(self) -> int:
        """Frames that are in the file."""
        if self.encoding.kind == "raw":
            return self._staged.stat().st_size // (self.channels * self.encoding.bits // 8)
        info = probe(self._staged)
        return info.frames * self.rate // info.rate  # Opus has a rate of its own
