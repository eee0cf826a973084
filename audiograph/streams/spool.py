"""Spools: sounds that are rendered once and kept to be read again, in memory or, where that is full, on disk.

A two-pass node must know its whole input before its first frame; loudness is
one. It records its input on a spool and plays that. So the input is rendered
once, however often the node is opened.
"""

import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Lock, RLock
from typing import IO, TypeVar

import numpy as np

from audiograph.errors import NodeError, RenderError
from audiograph.sound import CHUNK, Audio, Chunks, Stream, cut
from audiograph.streams.taps import STEP, Sink

LIMIT = 64 * 2**20  # bytes of one spool kept in memory: three minutes of stereo at 44.1 kHz
ROOM = 128 * 2**20  # bytes that all spools of the process keep in memory: what one `loudness` may need
T = TypeVar("T")


class _Room:
    """How many bytes all spools of the process keep in memory. Any thread may ask for some."""

    def __init__(self) -> None:
        self.taken, self._lock = 0, RLock()  # a finalizer may come while the thread it interrupts holds it

    def take(self, size: int) -> bool:
        """Take so many bytes, if they are there."""
        with self._lock:
            if self.taken + size > ROOM:
                return False
            self.taken += size
            return True

    def give_back(self, size: int) -> None:
        """They are free again."""
        with self._lock:
            self.taken -= size


room = _Room()


class _Pages:
    """Pages of one size that are in memory while there is room for them, and then in a temporary file."""

    def __init__(self) -> None:
        self.held: list[bytes] = []
        self._disk: IO[bytes] | None = None

    @property
    def on_disk(self) -> bool:
        """Whether they are in the file."""
        return self._disk is not None

    def write(self, page: bytes) -> None:
        """Append a page."""
        if not self._disk:
            if len(page) * (len(self.held) + 1) <= LIMIT and room.take(len(page)):
                self.held.append(page)
                return
            self._disk = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
            for each in self.held:
                self._disk.write(each)
            self._let_go()
        self._disk.write(page)

    def read(self, number: int, into: Audio) -> None:
        """Fill an array with a page."""
        if self._disk:
            self._disk.seek(number * into.nbytes)
            self._disk.readinto(into.data)  # type: ignore[attr-defined]
        else:
            into[:] = np.frombuffer(self.held[number], into.dtype).reshape(into.shape)

    def close(self) -> None:
        """Remove them."""
        if self._disk:
            self._disk.close()
        self._let_go()

    def _let_go(self) -> None:
        held, self.held = sum(map(len, self.held)), []
        room.give_back(held)


class Spool:
    """A whole sound that ends. Its `chunks` can be those of a `Stream`."""

    def __init__(self, sound: Stream) -> None:
        self.channels, self.spans = sound.channels, sound.spans
        self._file = _Pages()
        self._lock = Lock()  # the file has one position, and any thread may read
        weakref.finalize(self, self._file.close)

    def chunks(self, first: int = 0) -> Iterator[Audio]:
        """The sound from frame `first` on, span after span; each chunk is an array of its own."""
        before = 0  # frames of the earlier spans
        for begin, end in self.spans:
            for start, stop in cut([(begin, end)], first, end):
                at, last = before + start - begin, before + stop - begin
                while at < last:
                    page = self._page(at // CHUNK)[:, at % CHUNK :][:, : last - at]
                    yield page
                    at += page.shape[1]
            before += end - begin

    def times(self, factor: float) -> Chunks:
        """`chunks` multiplied by a factor; a factor of 1 changes no bit."""
        if factor == 1:
            return self.chunks
        return lambda first: (x * np.float32(factor) for x in self.chunks(first))

    def _page(self, number: int) -> Audio:
        page = np.empty((self.channels, CHUNK), np.float32)
        with self._lock:
            self._file.read(number, page)
        return page

    def keep(self, pages: Iterator[Audio]) -> None:
        """Append full pages."""
        try:
            for page in pages:
                self._file.write(page.tobytes())
        except OSError as error:
            what = f"no room to keep a sound that must be heard twice: {error.strerror}"
            raise RenderError(f"{what} ({tempfile.gettempdir()}; TMPDIR moves it)") from None


def record(
    sound: Stream, sinks: Sequence[Sink] = (), progress: Callable[[float], None] | None = None
) -> Spool:
    """Render a whole sound onto a spool, and into the sinks. `progress` takes the part that is done, 0 to 1.

    Raises NodeError where the sound never ends, RenderError where there is no room for it.
    """
    if sound.frames is None:
        raise NodeError("must hear all of its input first, which never ends: give it a length")
    spool = Spool(sound)
    spool.keep(_pages(_heard(sound, sinks, progress), sound.channels))
    if progress:
        progress(1.0)
    return spool


def hear(sound: Stream, sinks: Sequence[Sink], progress: Callable[[float], None] | None = None) -> None:
    """Render a whole sound that ends into the sinks, and keep nothing."""
    for _ in _heard(sound, sinks, progress):
        pass


def _heard(sound: Stream, sinks: Sequence[Sink], progress: Callable[[float], None] | None) -> Iterator[Audio]:
    """The chunks of a sound, each after the sinks have taken it."""

    def told(at: int) -> None:
        if progress:
            progress(at / max(1, sound.end))

    at, reader = 0, sound.open()
    for first, last in sound.spans:
        _quiet(sinks, at, first, told)
        reader.skip(first - at)
        at = first
        for x in reader.sound(last - first):
            for sink in sinks:
                sink.write(np.ascontiguousarray(x))
            yield x
            at += x.shape[1]
            told(at)
        at = last
    _quiet(sinks, at, sound.end, told)


def _quiet(sinks: Sequence[Sink], at: int, end: int, told: Callable[[int], None]) -> None:
    """Give the sinks silence up to a frame, in steps; whoever is told of one may end the work."""
    while at < end:
        step = min(STEP, end - at)
        for sink in sinks:
            sink.silence(step)
        at += step
        told(at)


def _pages(parts: Iterator[Audio], channels: int) -> Iterator[Audio]:
    """The same frames in pages of CHUNK frames; the rest of the last page is undefined."""
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
    """The stream of a two-pass node: `hear` reads all of `sound`, once, and returns the chunks to play.

    Raises NodeError where the sound never ends.
    """
    if sound.frames is None:
        raise NodeError("must hear all of its input first, which never ends: give it a length")
    chunks_of = once(hear)
    return replace(sound, chunks=lambda first: chunks_of()(first), note="", two_pass=True)


def once(make: Callable[[], T]) -> Callable[[], T]:
    """A function that calls `make` at its first call and returns that result ever after.

    Threads that call it meanwhile wait. If `make` raises, the next call tries again.
    """
    made: list[T] = []
    lock = Lock()

    def result() -> T:
        with lock:
            if not made:
                made.append(make())
        return made[0]

    return result
