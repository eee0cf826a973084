"""Seconds of work by node. Waiting for another node is not counted."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class Stopwatch:
    """`run` and `drawn` may be nested, and used in several threads."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._counters: list[Counter[str]] = []

    def seconds(self) -> dict[str, float]:
        """The seconds of each node so far."""
        total: Counter[str] = Counter()
        for counter in self._counters:
            total.update(counter)
        return dict(total)

    def run(self, node: str, call: Callable[[], T]) -> T:
        """Call, and charge the time to a node."""
        before = self._turn(node)
        try:
            return call()
        finally:
            self._turn(before)

    def drawn(self, node: str, chunks: Iterator[T]) -> Iterator[T]:
        """The same chunks; the time of making each is charged to a node."""
        while True:
            try:
                chunk = self.run(node, chunks.__next__)
            except StopIteration:
                return
            yield chunk

    def _turn(self, node: str) -> str:
        """Charge the time from now on to this node; returns who was charged before."""
        here = self._local
        if not hasattr(here, "seconds"):
            here.seconds, here.node, here.since = Counter(), "", 0.0
            self._counters.append(here.seconds)
        now, before = perf_counter(), here.node
        if before:
            here.seconds[before] += now - here.since
        here.node, here.since = node, now
        return str(before)
