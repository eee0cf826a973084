"""Finding: effects that must hear an input before they act hear it, in as few passes as can be."""

from collections.abc import Callable, Iterator, Sequence

from audiograph.engine.progress import Progress
from audiograph.graph import Out
from audiograph.node import Effect
from audiograph.plan import Plan
from audiograph.plan.finding import Hearing, hearing, rounds, sources
from audiograph.sound import Audio, Chunks
from audiograph.streams.taps import Sink

LONGEST = 60  # seconds of an endless sound that are heard before an effect acts

Play = Callable[[Sequence[Out], Sequence[int], Sequence[Sink], Progress | None, int | None], None]


class Finder:
    """Finds what the effects of a plan need, once for all its runs. `play` plays some outputs into sinks."""

    def __init__(self, plan: Plan, play: Play) -> None:
        self.plan, self.play = plan, play
        self._is_needed = any(
            effect.find for effect in plan.effects.values()
        )  # once, as a run has many regions

    def find(self, outs: Sequence[Out], progress: Progress | None = None, threads: int | None = None) -> None:
        """Play what must be heard before `outs` can play, unless it has been."""
        if not self._is_needed:
            return
        passes = rounds(self.plan.graph, self.plan.effects, outs)
        for number, hearings in enumerate(passes):
            self._hear(hearings, progress and _part_of(progress, number, len(passes)), threads)
        if passes and progress:
            progress(1.0)

    def acting(self, node: str, effect: Effect) -> Effect:
        """The effect of a node with the coefs that follow from what it heard first."""
        first = hearing(self.plan.graph, node, effect)
        if not (effect.find and first):
            return effect
        self._hear([first], None, 1)
        return effect._replace(coefs=effect.find.coefs(self.plan.found[first]), find=None)

    def _hear(self, hearings: Sequence[Hearing], progress: Progress | None, threads: int | None) -> None:
        """Play some sounds into their listeners, in one pass."""
        missing = [each for each in hearings if each not in self.plan.found]
        if not missing:
            return
        streams = [self.plan.streams[each.out] for each in missing]
        listeners = [each.listener(stream) for each, stream in zip(missing, streams, strict=True)]
        lengths = [
            stream.start + LONGEST * stream.rate if stream.frames is None else stream.frames
            for stream in streams
        ]
        self._put_tapes([each.out for each in missing])
        self.play([each.out for each in missing], lengths, listeners, progress, threads)
        found = [listener.found() for listener in listeners]
        self.plan.found.update(zip(missing, found, strict=True))

    def _put_tapes(self, outs: Sequence[Out]) -> None:
        """Have the sources of some outputs recorded, when they are next read from their beginning."""
        from audiograph.streams.tape import Tape, fits

        for out in sources(self.plan.graph, outs):
            if fits(self.plan.streams[out]):
                self.plan.tapes.setdefault(out[0], Tape(self.plan.streams[out]))


def taped(plan: Plan, node: str, chunks: Chunks, first: int) -> Iterator[Audio]:
    """The chunks of a timeline node: from its tape, if that is whole; recorded on it, if that is new."""
    tape = plan.tapes.get(node)
    if tape is None:
        return chunks(first)
    if tape.whole:
        return tape.whole.chunks(first)
    return tape.recorded(chunks(0)) if not first and tape.begin() else chunks(first)


def _part_of(progress: Progress, number: int, of: int) -> Progress:
    """Progress in one of several passes."""
    return lambda part: progress((number + part) / of)
