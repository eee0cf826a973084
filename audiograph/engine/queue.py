"""A prefetch queue: items made ahead of their reader, handed over in batches of copies."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from audiograph.engine.prefetch import BATCH_BYTES, BATCH_ITEMS, batches_ahead
from audiograph.streams.buffers import allocate

T = TypeVar("T")
Samples = NDArray[Any]
Copy = Callable[[Samples], Samples]


class Batch(Generic[T]):
    """Consecutive items, as copies."""

    def __init__(self, spare: deque[Samples]) -> None:
        self.items: list[T] = []
        self.arrays: list[Samples] = []  # that the items are made of
        self._spare, self._bytes = spare, 0

    def fill(self, items: Iterator[T], copied: Callable[[T, Copy], T]) -> Exception | None:
        """Take items until there are enough, none at the end; returns what was raised instead of an item."""
        try:
            for item in items:
                self.items.append(copied(item, self._copy))
                if self._bytes >= BATCH_BYTES or len(self.items) == BATCH_ITEMS:
                    break
        except Exception as error:
            return error
        return None

    def _copy(self, x: Samples) -> Samples:
        y = self._array_like(x)
        y[:] = x
        self.arrays.append(y)
        self._bytes += y.nbytes
        return y

    def _array_like(self, x: Samples) -> Samples:
        """An array of this shape, a used one if possible: new memory costs more to get than to fill."""
        while self._spare:
            y = self._spare.popleft()
            if y.shape == x.shape:
                return y
        return allocate(x.shape, x.dtype)


class PrefetchQueue(Generic[T]):
    """What was made ahead and has not been read. `items` are made by one thread at a time."""

    def __init__(
        self,
        items: Iterator[T],
        copied: Callable[[T, Copy], T],
        feeds: "PrefetchQueue[Any] | None",
        arrived: Condition,
    ) -> None:
        self.items, self.copied = items, copied
        self.feeds = feeds  # the queue whose items are made of this one's; None if the caller reads it
        self.arrived = arrived  # notified when a batch is made
        self.ready: deque[Batch[T]] = deque()
        self.spare: deque[Samples] = deque()  # arrays of batches that have been read
        self.busy = False  # a thread makes the next batch
        self.ended = False  # there is no next batch: `items` came to their own end
        self.closed = False  # nobody reads it any more
        self.error: BaseException | None = None  # raised instead of the next batch

    def has_room(self, queues: int) -> bool:
        """Whether another batch may be made ahead; `queues` is how many there are."""
        if self.busy or self.ended or self.error:
            return False
        return len(self.ready) < batches_ahead(queues)
