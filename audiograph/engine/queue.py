"""A line: what runs ahead, and the pieces that are made of it."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from audiograph.streams.buffers import allocate

T = TypeVar("T")
Samples = NDArray[Any]
Copy = Callable[[Samples], Samples]

PIECE = 2**18  # octets handed over at once, at least: each time costs some 50 us
SMALL = 256  # items handed over at once, most
FEW = 9  # pieces that lines which are not many run ahead together
ROOM = 3  # pieces that a line runs ahead, most


class Piece(Generic[T]):
    """Some items that follow each other, as copies."""

    def __init__(self, spare: deque[Samples]) -> None:
        self.items: list[T] = []
        self.arrays: list[Samples] = []  # that the items are made of
        self._spare, self._octets = spare, 0

    def fill(self, items: Iterator[T], kept: Callable[[T, Copy], T]) -> Exception | None:
        """Take items until there are enough, none at the end; gives what was raised in place of one."""
        try:
            for item in items:
                self.items.append(kept(item, self._copy))
                if self._octets >= PIECE or len(self.items) == SMALL:
                    break
        except Exception as error:
            return error
        return None

    def _copy(self, x: Samples) -> Samples:
        y = self._room(x)
        y[:] = x
        self.arrays.append(y)
        self._octets += y.nbytes
        return y

    def _room(self, x: Samples) -> Samples:
        """An array of this shape, used before if there is one: new memory costs more to get than to fill."""
        while self._spare:
            y = self._spare.popleft()
            if y.shape == x.shape:
                return y
        return allocate(x.shape, x.dtype)


class Line(Generic[T]):
    """What runs ahead."""

    def __init__(
        self,
        items: Iterator[T],
        kept: Callable[[T, Copy], T],
        feeds: "Line[Any] | None",
        arrived: Condition,
    ) -> None:
        self.items, self.kept = items, kept
        self.feeds = feeds  # the line that reads it; None is the caller
        self.arrived = arrived  # told when a piece is made
        self.ready: deque[Piece[T]] = deque()
        self.spare: deque[Samples] = deque()  # arrays of pieces that have been read
        self.busy = False  # somebody makes the next piece
        self.over = False  # there is none
        self.left = False  # nobody wants it
        self.error: Exception | None = None  # what came in place of the next piece

    def has_room(self, lines: int) -> bool:
        """Whether somebody might run ahead. Of many lines each runs ahead less, or caches would overflow."""
        return not (self.busy or self.over or self.error) and len(self.ready) < max(
            1, min(ROOM, FEW // lines)
        )
