"""What a node type that somebody wrote may say of its sound: anything absurd is refused, by its name.

The engine relies on these facts, and would otherwise fail far from the node, or never end.
"""

from collections.abc import Iterator
from operator import index
from typing import Any

import numpy as np

from audiograph.errors import NodeError
from audiograph.node import Effect, NodeType
from audiograph.sound import ENDLESS, Stream

LONGEST = 86_400  # seconds of latency, tail and memory, far beyond what any effect has
MAX_CHANNELS = 64
DEEPEST = 4  # of coefs within coefs


def check(made: Any, kind: NodeType, rate: int) -> None:
    """Raises NodeError for what no node may be made of; `kind` made it, at `rate` frames a second."""
    if isinstance(made, Effect) and kind.is_effect:
        _check_effect(made, kind, rate)
    elif isinstance(made, Stream) and not kind.is_effect:
        _check_stream(made, rate)
    else:
        what = "an Effect" if kind.is_effect else "a Stream"
        raise NodeError(f"{kind.name} gives {type(made).__name__}, not {what}")


def _check_effect(made: Effect, kind: NodeType, rate: int) -> None:
    most = LONGEST * rate
    for name, value in (("latency", made.latency), ("tail", made.tail)):
        _check_frames(name, value, most)
    if made.memory is not None:
        _check_frames("memory", made.memory, max(most, ENDLESS))
    if made.ends is not None:
        _check_frames("ends", made.ends, ENDLESS)
    if len(made.channels) != len(kind.outputs):
        raise NodeError(f"channels: has {len(made.channels)} for {len(kind.outputs)} outputs")
    for count in made.channels:
        _check_channels(count)
    if not callable(made.kernel):
        raise NodeError(f"kernel: {type(made.kernel).__name__} is not a function")
    if name := next(_nan(made.coefs, "coefs", DEEPEST), ""):
        raise NodeError(f"{name}: is not a number (NaN)")


def _check_stream(made: Stream, rate: int) -> None:
    if made.rate != rate:
        raise NodeError(f"rate: {made.rate} Hz is not that of the mix, {rate} Hz")
    _check_channels(made.channels)
    if made.frames is not None:
        _check_frames("frames", made.frames, ENDLESS)
    last = 0
    for span in made.spans:
        if not (len(span) == 2 and last <= span[0] <= span[1]):
            raise NodeError(f"spans: {span} is not a span after frame {last}")
        last = span[1]


def _check_channels(count: Any) -> None:
    if not (_is_whole(count) and 1 <= count <= MAX_CHANNELS):
        raise NodeError(f"channels: {count!r} is not a number from 1 to {MAX_CHANNELS}")


def _check_frames(name: str, value: Any, most: int) -> None:
    if not _is_whole(value):
        raise NodeError(f"{name}: {value!r} is not a whole number of frames")
    if not 0 <= value <= most:
        raise NodeError(f"{name}: {value} frames is {'below 0' if value < 0 else f'above {most}'}")


def _is_whole(value: Any) -> bool:
    try:
        index(value)
    except TypeError:
        return False
    return True


def _nan(coefs: Any, name: str, depth: int) -> Iterator[str]:
    """The names of coefs that are not a number."""
    if isinstance(coefs, (float, np.floating)):
        if coefs != coefs:
            yield name
    elif isinstance(coefs, np.ndarray):
        if coefs.dtype.kind in "fc" and np.isnan(coefs).any():
            yield name
    elif isinstance(coefs, (tuple, list)) and depth:
        fields = getattr(coefs, "_fields", range(len(coefs)))
        for field, part in zip(fields, coefs, strict=True):
            yield from _nan(part, f"{name}.{field}", depth - 1)
