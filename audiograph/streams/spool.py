"""What has been heard once and is kept, to be heard again: in memory, past a limit on disk.

A node that must know all of its input before its first frame, such as one that
sets loudness, records it on a spool and plays that. So its input is rendered
once, however often the node is opened.
"""

import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import TypeVar

import numpy as np

from audiograph.errors import NodeError, RenderError
from audiograph.sound import CHUNK, Audio, Chunks, Stream, cut
from audiograph.streams.taps import Sink

LIMIT = 64 * 2**20  # octets kept in memory: three minutes of stereo at 44.1 kHz
T = TypeVar("T")


class Spool:
    """All of a sound that ends. `chunks` is what `Stream.chunks` is to be."""

    def __init__(self, sound: Stream) -> None:
        self.channels, self.spans = sound.channels, sound.spans
        self._file = tempfile.SpooledTemporaryFile(max_size=LIMIT)  # noqa: SIM115 - it lives as long as the spool
        self._lock = Lock()  # the file has one place to read at
        weakref.finalize(self, self._file.close)

    def chunks(self, first: int = 0) -> Iterator[Audio]:
        """What sounds from frame `first` on, span after span, each chunk an array of its own."""
        before = 0  # frames kept of the spans that went before
        for begin, end in self.spans:
            for start, stop in cut([(begin, end)], first, end):
                at, last = before + start - begin, before + stop - begin
                while at < last:
                    page = self._page(at // CHUNK)[:, at % CHUNK :][:, : last - at]
                    yield page
                    at += page.shape[1]
            before += end - begin

    def times(self, factor: float) -> Chunks:
        """`chunks`, times a factor; 1 changes no bit."""
        if factor == 1:
            return self.chunks
        return lambda first: (x * np.float32(factor) for x in self.chunks(first))

    def _page(self, number: int) -> Audio:
        page = np.empty((self.channels, CHUNK), np.float32)
        with self._lock:
            self._file.seek(number * page.nbytes)
            self._file.readinto(page.data)
        return page

    def keep(self, pages: Iterator[Audio]) -> None:
        """Put full pages on it, one after the other."""
        try:
            for page in pages:
                self._file.write(page.tobytes())
        except OSError as error:
            what = f"no room to keep a sound that must be heard twice: {error.strerror}"
            raise RenderError(f"{what} ({tempfile.gettempdir()}; TMPDIR moves it)") from None


def record(
    sound: Stream, sinks: Sequence[Sink] = (), progress: Callable[[float], None] | None = None
) -> Spool:
    """Hear all of a sound, and keep it. `progress` is told the part that is done, 0 to 1.

    Raises NodeError where it never ends, RenderError where there is no room for it.
    """
    if sound.frames is None:
        raise NodeError("must hear all of its input first, which never ends: give it a length")
    spool = Spool(sound)
    spool.keep(_pages(_heard(sound, sinks, progress), sound.channels))
    if progress:
        progress(1.0)
    return spool


def hear(sound: Stream, sinks: Sequence[Sink], progress: Callable[[float], None] | None = None) -> None:
    """Let sinks hear all of a sound that ends, and keep nothing."""
    for _ in _heard(sound, sinks, progress):
        pass


def _heard(sound: Stream, sinks: Sequence[Sink], progress: Callable[[float], None] | None) -> Iterator[Audio]:
    """What sounds, after the sinks have heard it."""
    at, reader = 0, sound.open()
    for first, last in sound.spans:
        for sink in sinks:
            sink.silence(first - at)
        reader.skip(first - at)
        for x in reader.sound(last - first):
            for sink in sinks:
                sink.write(np.ascontiguousarray(x))
            yield x
            at += x.shape[1]
            if progress:
                progress(at / max(1, sound.end))
        at = last
    for sink in sinks:
        sink.silence(sound.end - at)


def _pages(parts: Iterator[Audio], channels: int) -> Iterator[Audio]:
    """The same frames in pages of CHUNK, the last one filled up."""
    page, done = np.zeros((channels, CHUNK), np.float32), 0
    for x in parts:
        taken = 0
        while taken < x.shape[1]:
            some = min(x.shape[1] - taken, CHUNK - done)
            page[:, done : done + some] = x[:, taken : taken + some]
            taken, done = taken + some, done + some
            if done == CHUNK:
                yield page
                done = 0
    if done:
        yield page


def two_pass(sound: Stream, hear: Callable[[], Chunks]) -> Stream:
    """What a node gives that must hear all of `sound` first: `hear` does that, once, and gives its chunks.

    Raises NodeError where the sound never ends.
    """
    if sound.frames is None:
        raise NodeError("must hear all of its input first, which never ends: give it a length")
    heard = once(hear)
    return replace(sound, chunks=lambda first: heard()(first), note="", two_pass=True)


def once(make: Callable[[], T]) -> Callable[[], T]:
    """What `make` gives, made when it is first asked for; threads that ask meanwhile wait."""
    made: list[T] = []
    lock = Lock()

    def given() -> T:
        with lock:
            if not made:
                made.append(make())
        return made[0]

    return given
