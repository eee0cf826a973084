"""Who hears a sound as it passes: writers of files, meters, spools."""

from typing import Protocol

import numpy as np

from audiograph.sound import Audio


class Sink(Protocol):
    """What hears a sound from its first frame to its last."""

    def write(self, x: Audio) -> None:
        """Hear the frames that come next, C-contiguous; NotFinite for a sample that is no number."""

    def silence(self, frames: int) -> None:
        """Hear so much silence."""


class Tap:
    """Where a sink hears a sound that passes in blocks: from frame 0 of the mix to `end`, whole."""

    def __init__(self, sink: Sink, end: int) -> None:
        self.sink, self.end, self.heard = sink, end, 0

    def pass_on(self, at: int, x: Audio) -> None:
        """A block that begins at frame `at`, maybe before 0; what was left out before it is silence."""
        first, last = max(at, self.heard), min(at + x.shape[1], self.end)
        if first >= last:
            return
        if first > self.heard:
            self.sink.silence(first - self.heard)
        self.sink.write(
            x if last - first == x.shape[1] else np.ascontiguousarray(x[:, first - at : last - at])
        )
        self.heard = last

    def finish(self) -> None:
        """What is left is silence."""
        if self.heard < self.end:
            self.sink.silence(self.end - self.heard)
        self.heard = max(self.heard, self.end)
