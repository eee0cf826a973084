"""Worker threads: what is wanted next is made ahead while the reader is at work.

A consumer takes the next ready batch of a queue. If none is ready and no worker
is producing one, it produces it itself. So no queue has a thread of its own:
workers produce where there is room, and a queue that nobody had time for costs
one copy. Each item is made after the one before it, by one thread at a time, so
it is the same whoever makes it.

A thread that produces for one queue may need batches of the queues that feed it.
While another thread makes one of those, it produces for other queues that feed
the same queue, and for nothing else. So threads only ever wait upstream, and no
two of them wait for each other.

When the `with` block of a pool ends, for whatever reason, every worker stops at
its next step: what it works at raises `Abandoned`, and waiting workers wake up
and leave.
"""

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial
from threading import Condition, RLock, Thread, current_thread, local
from types import TracebackType
from typing import Any, Self, TypeVar

from audiograph.engine.prefetch import ALL_BATCHES
from audiograph.engine.queue import Batch, Copy, PrefetchQueue
from audiograph.engine.stopwatch import Stopwatch
from audiograph.machine_code.process import compile_listener, short_turns

T = TypeVar("T")

PATIENCE = 0.1  # seconds that the thread which opened the pool waits before it calls `idle`


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Abandoned(BaseException):
    """Nobody wants what this thread makes any more. It is no Exception, so that nodes do not catch it."""


class _Reading(Iterator[T]):
    """Reads a queue. It is no generator, as one that has raised looks ended from then on."""

    def __init__(
        self, queue: PrefetchQueue[T], next_batch: Callable[[PrefetchQueue[T]], Batch[T] | None]
    ) -> None:
        self._queue, self._next_batch = queue, next_batch
        self._batch = Batch[T](queue.spare)
        self._at = 0  # in the batch

    def __next__(self) -> T:
        if self._at == len(self._batch.items):
            self._queue.spare.extend(self._batch.arrays)
            self._batch.arrays = []
            batch = self._next_batch(self._queue)
            if batch is None:
                raise StopIteration
            self._batch, self._at = batch, 0
        self._at += 1
        return self._batch.items[self._at - 1]


class WorkerPool:
    """`threads` threads that produce ahead: the one that calls, and others, started when there is work.

    They have ended when the `with` block ends. `idle` is called now and then while
    the calling thread waits. Each worker lives within a `context`.
    """

    def __init__(
        self,
        threads: int,
        idle: Callable[[], None] | None = None,
        watch: Stopwatch | None = None,
        context: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self.threads, self._idle, self._watch = threads, idle, watch or Stopwatch()
        self._context = context
        self._lock = RLock()  # the garbage collector may close a queue wherever memory is asked for
        self._work = Condition(self._lock)
        self._queues: dict[PrefetchQueue[Any], None] = {}  # as they were opened: upstream comes first
        self._making: dict[PrefetchQueue[Any], None] = {}  # those of them that have not come to their end
        self._ready = 0  # batches in all of them
        self._started = 0  # workers
        self._workers: list[Thread] = []  # those of them that have surely begun
        self._free = 0  # workers that wait for work
        self._caller, self._closed = current_thread(), False
        self._here = local()  # `queue`: that which this thread produces for
        self._switches = ExitStack()

    def __enter__(self) -> Self:
        self._switches.enter_context(short_turns())
        self._switches.enter_context(compile_listener(self._compiling))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._work.notify_all()
            for queue in self._queues:
                queue.arrived.notify_all()
        with self._switches:
            for worker in self._workers:
                worker.join()
        for queue in list(self._queues):  # a reading that nobody keeps any more closes its own queue
            queue.feeds = None  # or it would keep its own reading, and with it every open file
            if queue.error:
                queue.error = Abandoned()  # without a traceback, which would keep them, too

    def prefetch(self, items: Iterator[T], copied: Callable[[T, Copy], T]) -> Iterator[T]:
        """The same items, made ahead from now on. One may be overwritten when the next is asked for.

        `copied(item, copy)` returns the item with all of its arrays copied.
        """
        queue = PrefetchQueue(items, copied, self._queue, Condition(self._lock))
        with self._lock:
            self._queues[queue] = self._making[queue] = None
            self._wake_a_worker()
        reading = _Reading(queue, self._next)
        weakref.finalize(reading, WorkerPool._close, weakref.ref(self), weakref.ref(queue)).atexit = False
        return reading

    @staticmethod
    def _close(pool: "weakref.ref[WorkerPool]", queue_read: "weakref.ref[PrefetchQueue[Any]]") -> None:
        """The reading of a queue has gone. What is called then keeps neither the queue nor the pool."""
        self, queue = pool(), queue_read()
        if self is None or queue is None:
            return
        with self._lock:
            del self._queues[queue]
            self._making.pop(queue, None)
            self._ready -= len(queue.ready)
            queue.closed = True

    def stop_if_abandoned(self) -> None:
        """Raises Abandoned where nobody waits for this work any more. Long work calls it now and then."""
        if self._closed:
            raise Abandoned

    def _compiling(self, _: str) -> None:
        """A kernel is about to be compiled, which takes long; maybe by a worker of this pool."""
        if self._queue:
            self.stop_if_abandoned()

    def _next(self, queue: PrefetchQueue[T]) -> Batch[T] | None:
        """The next batch, produced here if nobody else does; None after the last.

        A queue that was not made to its end raises: it never looks like one that ended.
        """
        while True:
            with self._lock:
                if queue.ready:
                    self._wake_a_worker()
                    self._ready -= 1
                    return queue.ready.popleft()
                if queue.error:
                    raise queue.error
                if queue.ended:
                    return None
                self.stop_if_abandoned()
                todo = self._todo(queue)
            if todo:
                self._produce(todo)
            elif self._idle and current_thread() is self._caller:
                self._idle()

    def _todo(self, queue: PrefetchQueue[T]) -> PrefetchQueue[Any] | None:
        """What a consumer of this queue should produce for; None after waiting for another producer."""
        if not queue.busy:
            queue.busy = True
            return queue
        if other := self._other():
            return other
        self._watch.run("", partial(queue.arrived.wait, PATIENCE))
        return None

    @property
    def _queue(self) -> PrefetchQueue[Any] | None:
        """What this thread produces for."""
        return getattr(self._here, "queue", None)

    def _other(self) -> PrefetchQueue[Any] | None:
        """A queue with room, now marked as busy."""
        if self._ready < ALL_BATCHES:
            for queue in self._making:
                if queue.has_room(len(self._queues)) and (self._queue is None or queue.feeds is self._queue):
                    queue.busy = True
                    return queue
        return None

    def _wake_a_worker(self) -> None:
        """Let a free worker produce, or start one while there are fewer than allowed."""
        if self._free:
            self._work.notify()
        elif self._started < self.threads - 1 and not self._closed:
            self._started += 1
            worker = Thread(target=self._run, name="audiograph", daemon=True)
            worker.start()  # if Ctrl-C interrupts this, a worker that starts late sees that all is over
            self._workers.append(worker)

    def _run(self) -> None:
        """What a worker does."""
        with self._context():
            while queue := self._wait_for_work():
                with suppress(BaseException):  # the queue keeps it, for whoever reads it
                    self._produce(queue)

    def _wait_for_work(self) -> PrefetchQueue[Any] | None:
        """A queue with room; None when the pool closes."""
        with self._lock:
            while not self._closed:
                if queue := self._other():
                    return queue
                self._free += 1
                self._work.wait()
                self._free -= 1
        return None

    def _produce(self, queue: PrefetchQueue[Any]) -> None:
        """Make the next batch of a queue that is marked as busy for this."""
        before, self._here.queue = self._queue, queue
        batch = Batch[Any](queue.spare)
        error: BaseException | None = None
        ended = False
        try:
            error = batch.fill(queue.items, queue.copied)
            ended = not error and not batch.items
        except BaseException as stop:  # what asks this thread to stop: the queue has not ended
            error = stop
            raise
        finally:
            self._here.queue = before
            with self._lock:
                queue.busy, queue.ended, queue.error = False, ended, error
                if batch.items and not queue.closed:
                    queue.ready.append(batch)
                    self._ready += 1
                if ended or error:
                    self._making.pop(queue, None)
                queue.arrived.notify()
