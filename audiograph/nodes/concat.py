"""Concat: sounds one after another."""

from itertools import pairwise

from audiograph.errors import NodeError
from audiograph.language.quantity import roughly
from audiograph.node import Setup, timeline
from audiograph.sound import ENDLESS, Reader, Span, Stream
from audiograph.streams.splice import Take, spliced
from audiograph.units import choice, seconds


@timeline(inputs=("in*",))
def concat(
    setup: Setup,
    gap: float = seconds(0, 0, 3600, "silence between two sounds"),
    crossfade: float = seconds(0, 0, 60, "how long the end of each sound overlaps the next"),
    curve: str = choice("equal_power", "linear", help="equal_power for unlike sounds, linear for like ones"),
) -> Stream:
    """Plays sounds one after another. Mono becomes as wide as the widest.

    A crossfade takes at most half of the shorter of two neighbours; a note says
    where it is shortened.
    """
    if gap and crossfade:
        raise NodeError("cannot have both a gap and a crossfade: give one of them")
    counts = {sound.channels for sound in setup.inputs}
    if len(counts - {1}) > 1:
        raise NodeError(f"cannot join {' and '.join(map(str, sorted(counts - {1})))} channels")
    overlap = setup.frames(crossfade)
    takes = _takes(setup.inputs, setup.frames(gap), overlap)
    least = min((take.end - following.at for take, following in pairwise(takes)), default=overlap)
    if overlap and least < overlap:
        what = "is more than half of one of the sounds"
        setup.note(
            f"crossfade: {roughly(crossfade, 's')} {what}: there it is {roughly(least / setup.rate, 's')}"
        )
    channels, last = max(counts), takes[-1].end
    return Stream(
        setup.rate,
        channels,
        None if last >= ENDLESS else last,
        setup.inputs[0].start,
        spans=_spans(takes),
        chunks=lambda first: spliced(takes, curve, channels, Reader.sound, first),
    )


def _takes(sounds: tuple[Stream, ...], gap: int, crossfade: int) -> list[Take]:
    takes = [Take(0, sounds[0], 0, sounds[0].end)]
    for sound, following in pairwise(sounds):
        if sound.frames is None:
            raise NodeError("only its last sound may be endless: give the others a length")
        overlap = min(crossfade, sound.end // 2, following.end // 2)
        takes.append(Take(takes[-1].end + gap - overlap, following, 0, following.end))
    return takes


def _spans(takes: list[Take]) -> tuple[Span, ...]:
    """The spans of each take where it sounds alone, and each seam as a whole."""
    spans: list[Span] = []
    alone = 0  # where the seam before ends
    for take, following in pairwise([*takes, Take(ENDLESS, takes[-1].sound, 0, 0)]):
        seam = min(take.end, following.at)
        spans += take.spans(alone, seam)
        spans += [(seam, take.end)] * (seam < take.end)
        alone = take.end
    return tuple(spans)
