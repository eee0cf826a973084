"""Blocks into a sound file, which appears whole or not at all."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np
import soundfile

from audiograph.audiofile import id3
from audiograph.audiofile.decoder import SoundFile, Words, said
from audiograph.audiofile.encodings import KINDS, Encoding, effort, makeup
from audiograph.audiofile.partial import partial
from audiograph.audiofile.probing import probe
from audiograph.audiofile.quantizing import quantizer
from audiograph.dsp.dither import INFINITE
from audiograph.errors import AudioFileError, NotFinite
from audiograph.sound import CHUNK, Audio
from audiograph.streams.buffers import allocate

WAV_OCTETS = 2**32 - 2**16  # of sound, most; the rest is for the header and tags
PIECE = 4096  # frames given to a lossy encoder at once; Vorbis keeps them all on its stack
_NO_PEAK_CHUNK = 0x1050  # SFC_SET_ADD_PEAK_CHUNK; that chunk holds the time, so no two files would be equal


class Writer:
    """Writes one sound file: ``with Writer(path, rate, channels, encoding, frames) as file: file.write(x)``.

    `frames` is how long it will be, where that is known; a WAV file that would
    pass 4 GB becomes RF64. Whatever was at `path` stays until the new file is
    complete, and for good if an error ends the block.

    `frames`, `peak` (the largest magnitude that was asked for, 1 is full scale)
    and `clipped` (samples beyond full scale; cut to it, but in float files) tell
    of what was written so far.
    """

    def __init__(self, path: Path, rate: int, channels: int, encoding: Encoding, frames: int = 0) -> None:
        self.path, self.rate, self.channels, self.encoding = path, rate, channels, encoding
        self._expected = frames
        self._quantizer = quantizer(encoding, rate, channels)
        self._tally = self._quantizer.tally
        self._makeup = np.float32(makeup(encoding, rate, channels))
        self._words: Words = np.empty((0, channels), self._quantizer.type)

    @property
    def frames(self) -> int:
        """Frames written so far."""
        return int(self._tally.clock[0])

    @property
    def peak(self) -> float:
        """Largest magnitude so far."""
        return float(self._tally.peak.view(np.float32)[0])

    @property
    def clipped(self) -> int:
        """Samples beyond full scale so far."""
        return int(self._tally.over[0])

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._hidden = stack.enter_context(partial(self.path))
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
        """No more is written; where the file is until, at the end of the block, it takes its place."""
        if not self._file.closed:
            self._file.close()
            self._finish()
        return self._hidden

    def write(self, x: Audio) -> None:
        """Append float32 `x` of shape (channels, frames). Raises NotFinite and AudioFileError."""
        if x.shape[1] > len(self._words):
            self._words = allocate((x.shape[1], self.channels), self._quantizer.type)
        words, before = self._words[: x.shape[1]], self.frames
        self._quantizer.kernel(np.ascontiguousarray(x), words, self._quantizer.coefs, self._tally)
        if self._tally.peak[0] >= INFINITE:
            frame, channel = np.argwhere(~np.isfinite(x.T))[0]
            raise NotFinite(int(channel), before + int(frame))
        if self._makeup != 1:
            words *= self._makeup
        piece = len(words) if self.encoding.bits else PIECE
        for first in range(0, len(words), piece):
            self._put(words[first : first + piece])

    def silence(self, frames: int) -> None:
        """Append silence, dithered like all else."""
        zeros = np.zeros((self.channels, CHUNK), np.float32)
        while frames > 0:
            self.write(zeros[:, :frames])
            frames -= zeros.shape[1]

    def _put(self, words: Words) -> None:
        done = self._file.put(words)
        if done < len(words) or self._file.fault:  # lossy encoders say that all was written
            raise AudioFileError(
                f"{self.path} cannot be written: {self._file.fault or 'the encoder gave up'}"
            )

    def _opened(self) -> SoundFile:
        level = effort(self.encoding, self.rate, self.channels)
        mode = "CONSTANT" if self.encoding.kind == "mp3" else None
        try:
            file = SoundFile(
                str(self._hidden), "w", self.rate, self.channels, self.encoding.subtype,
                format=self._format(), compression_level=level, bitrate_mode=mode,
            )  # fmt: skip
        except soundfile.LibsndfileError as error:
            raise AudioFileError(f"{self.path} cannot be written: {said(error.error_string)}") from None
        soundfile._snd.sf_command(file._file, _NO_PEAK_CHUNK, soundfile._ffi.NULL, 0)
        if self.encoding.kind != "mp3":
            for name, text in self.encoding.tags:
                setattr(file, name, text)
        return file

    def _format(self) -> str:
        """libsndfile's name of the kind."""
        if self.encoding.kind != "wav":
            return KINDS[self.encoding.kind].format
        if self._expected * self.channels * self.encoding.bits // 8 > WAV_OCTETS:
            return "RF64"
        return "WAV" if self.channels <= 2 else "WAVEX"

    def _finish(self) -> None:
        """Tag what is tagged last; see that all of it is there, as no encoder tells that its end was lost."""
        if self.encoding.kind == "mp3" and self.encoding.tags:
            id3.prepend(self._hidden, self.encoding.tags)
        try:
            found = probe(self._hidden).frames if self.frames else 0
        except AudioFileError:
            found = 0
        if found < self.frames:  # MP3 of low bitrates has no room to say that it is padded
            raise AudioFileError(f"{self.path} was not written whole: {found} of {self.frames} frames")
