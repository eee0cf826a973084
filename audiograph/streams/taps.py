"""Who hears a sound as it passes: file writers, meters, spools."""

from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any, Protocol

import numpy as np

from audiograph.sound import CHUNK, Audio

STEP = 64 * CHUNK  # frames of silence that a sink takes at once: writing them takes some 30 ms


class Sink(Protocol):
    """Takes a sound from its first frame to its last."""

    def write(self, x: Audio) -> None:
        """Take the next frames, C-contiguous; NotFinite for a sample that is not a number."""

    def silence(self, frames: int) -> None:
        """Take so many frames of silence."""


class Tap:
    """Passes a sound that comes in blocks on to a sink: from frame 0 of the mix to `end`, whole.

    `check` is called in long silence, of which there are no blocks, and may end it.
    """

    def __init__(self, sink: Sink, end: int, check: Callable[[], None] = lambda: None) -> None:
        self.sink, self.end, self.check, self.heard = sink, end, check, 0

    def pass_on(self, at: int, x: Audio) -> None:
        """Take a block that begins at frame `at`, maybe before 0; what is missing before it is silence."""
        first, last = max(at, self.heard), min(at + x.shape[1], self.end)
        if first >= last:
            return
        if first > self.heard:
            self._silence(first - self.heard)
        self.sink.write(
            x if last - first == x.shape[1] else np.ascontiguousarray(x[:, first - at : last - at])
        )
        self.heard = last

    def finish(self) -> None:
        """The rest, up to `end`, is silence."""
        if self.heard < self.end:
            self._silence(self.end - self.heard)
        self.heard = max(self.heard, self.end)

    def _silence(self, frames: int) -> None:
        while frames > STEP:
            self.check()
            self.sink.silence(STEP)
            frames -= STEP
        self.sink.silence(frames)


def taps_of(
    outs: Sequence[tuple[str, str]], sinks: Sequence[Sink], ends: Sequence[int], check: Callable[[str], None]
) -> list[Tap]:
    """A tap into a sink for each output; `check` takes the name of its node."""
    return [Tap(sink, end, partial(check, out[0])) for out, sink, end in zip(outs, sinks, ends, strict=True)]


class Taps:
    """The taps of one run by what they tap. Each goes to the first pass from frame 0 that computes it.

    Any of the run's threads may claim them. `check` takes the name of the node that a tap hears.
    """

    def __init__(self, taps: Mapping[Any, Tap], check: Callable[[str], None] = lambda _: None) -> None:
        for (node, _), tap in taps.items():
            tap.check = partial(check, node)
        self._waiting, self._lock = dict(taps), Lock()

    def waiting(self) -> list[Any]:
        """What is tapped and has not been claimed."""
        return list(self._waiting)

    def claim(self, computed: Container[Any]) -> dict[Any, Tap]:
        """The waiting taps of what a pass computes, which from now on are that pass's alone."""
        with self._lock:
            claimed = {key: tap for key, tap in self._waiting.items() if key in computed}
            self._waiting = {key: tap for key, tap in self._waiting.items() if key not in computed}
            return claimed
