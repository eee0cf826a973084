"""How much is made ahead of its reader. Every figure of that policy is here.

Which streams are made ahead is decided in `branches`; `workers` does the work.

| what                                     | how much                                              |
|------------------------------------------|-------------------------------------------------------|
| threads, where the caller names no count | one a processor; one alone for mixes under 20 s       |
| a block of the mix                       | twice as long with threads: each call waits for them  |
| handed over at once (a batch)            | 256 kB or 256 items, whichever comes first            |
| batches a queue runs ahead               | 3; with more than 3 queues, 9 shared out, at least 1  |
| batches all queues run ahead together    | 32                                                    |
| a lone feed, with 2 threads              | is not copied once more behind its branch             |
"""

BATCH_BYTES = 2**18  # a batch has at least so many, as handing one over costs some 50 us
BATCH_ITEMS = 256  # and at most so many items
QUEUE_BATCHES = 3  # that one queue runs ahead
SHARED_BATCHES = 9  # that a few queues run ahead together: more would overflow the caches
ALL_BATCHES = 32  # that all queues run ahead together; of stereo they take 32 MB
FEW_THREADS = 2  # up to so many, saving a copy beats one more task that could run in parallel
WORTH_THREADS = 20.0  # seconds of sound: threads take 30 ms to start
WIDER = 2  # a block is so many times as long with threads


def batches_ahead(queues: int) -> int:
    """How many batches each of so many queues may run ahead."""
    return max(1, min(QUEUE_BATCHES, SHARED_BATCHES // queues))


def threads_for(seconds: float, processors: int) -> int:
    """How many threads are worth their start for a mix of this length."""
    return processors if seconds >= WORTH_THREADS else 1


def block_size(block: int, threads: int) -> int:
    """Frames of a block when so many threads are at work."""
    return block * WIDER if threads > 1 else block
