"""Node types: functions from a `Setup` and parameters to an `Effect` or a `Stream`.

An **effect** stays on its inputs' clock: each block in gives a block out.
A **timeline** node sets its own pace: it opens its inputs and reads them as it needs.

What the engine does with a node follows from its declaration here, not from the names of its parts.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, overload

from audiograph.errors import NodeError
from audiograph.language.parameter import Param
from audiograph.sound import Audio, Sound, Stream


def _ignore(_: Any) -> None:
    """Nobody takes notes or progress."""


class Setup(NamedTuple):
    """What a node knows before it runs, and where it sends notes and progress."""

    rate: int  # sample rate of the mix, frames per second
    inputs: tuple[Any, ...]  # in the order of the ports: Sounds for an effect, Streams for a timeline node
    note: Callable[[str], None] = _ignore  # call it with a remark for the user, also during playback
    progress: Callable[[float], None] = _ignore  # call it with 0 to 1: how much of the first pass is done
    hearers: frozenset[str] = frozenset()  # the types of the nodes it feeds; "" is an output of the graph

    def frames(self, seconds: float) -> int:
        """A time in seconds, rounded to whole frames."""
        return round(seconds * self.rate)


def nothing() -> tuple[()]:
    """The state of an effect that keeps nothing from block to block."""
    return ()


class Listener(Protocol):
    """Hears an input of an effect from its first frame to its last, and says what it found."""

    def write(self, x: Audio) -> None:
        """Hear the next frames, of shape (channels, frames)."""

    def silence(self, frames: int) -> None:
        """Hear so many frames of silence."""

    def found(self) -> Any:
        """What it found in all it heard."""


class Find(NamedTuple):
    """The first of the two parts of an effect that must hear an input before it acts.

    Before the effect first plays, the engine plays input number `input` from the
    beginning into a new `listener(sound)`: all of it, or the first minute of an
    endless one. The effect then has the coefs that `coefs(found)` returns. Effects
    that ask for the same listener of the same sound share what it found, and all
    that can be found at once is found in one pass.
    """

    input: int
    listener: Callable[[Sound], Listener]
    coefs: Callable[[Any], Any]


class Effect(NamedTuple):
    """A running effect: what the function of an effect node returns.

    The engine calls ``kernel(*inputs, *outputs, coefs, state)`` once a block.
    Every audio array is float32, C-contiguous and of shape (channels, frames);
    the kernel fills the outputs and must not write to the inputs.

    A node type declared with ``inputs=("in*",)`` takes any number of inputs, and
    its kernel has another signature: the engine sets y to zero and calls
    ``kernel(x, y, coefs[i], state)`` for each input i that is not silent. The
    kernel adds that input to y.

    The engine calls `state` when the sound begins, and again after a silence
    longer than `memory`. With ``clocked=True`` the state has a field `clock`, an
    int64 array of shape (1,): the time of the next input frame in the mix, in
    frames from time zero, which may be negative. The engine sets it whenever the
    effect starts or wakes; the kernel adds the frames of each block.
    """

    kernel: Callable[..., None]
    coefs: Any = ()  # NamedTuple of numbers and arrays, fixed during a block; for `in*`, one per input
    state: Callable[[], Any] = nothing  # returns a new NamedTuple of arrays, carried from block to block
    channels: tuple[int, ...] = ()  # of each output port; () means as the first input
    latency: int = 0  # frames by which the output is late
    tail: int = 0  # audible frames after the end of the input, as of an echo
    memory: int | None = None  # frames until an input has decayed by 200 dB, with latency; None: never
    ends: int | None = None  # frame at which the output ends; None: the longest finite input plus the tail
    clocked: bool = False  # the state has a field `clock`, which the engine sets
    find: Find | None = None  # what it must hear first; `coefs` are then only an example of them


class Input(NamedTuple):
    """An input port, written as 'in', 'in*' or 'key?' in the declaration of a node type.

    'in' takes one sound; the engine sums a list of them. 'in*' takes a list of
    sounds and keeps them apart, and changes how the kernel is called: see
    `Effect`. 'key?' may be left out and then gets the sound of the first input.
    """

    name: str
    optional: bool
    many: bool
    side: bool = False  # a side-chain: the effect listens to it, but its sound is not in the output

    @property
    def decides(self) -> bool:
        """Whether its length counts for that of an effect's output: it is required and no side-chain."""
        return not (self.optional or self.side)


@dataclass(frozen=True)
class NodeType:
    """A node type: call it with a Setup and parameter values for an Effect or a Stream."""

    name: str
    make: Callable[..., Any]
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    params: dict[str, Param]
    is_effect: bool

    def __call__(self, setup: Setup, **given: Any) -> Any:
        """Make one; parameters left out have their defaults. Raises NodeError for values it refuses."""
        values = {name: param.default for name, param in self.params.items()} | given
        made = self.make(setup, **values)
        if not isinstance(made, Effect):
            return made
        if hasattr(made.state(), "clock") != made.clocked:
            raise NodeError(NO_CLOCK if made.clocked else UNDECLARED_CLOCK)
        if not made.channels:
            return made._replace(channels=(setup.inputs[0].channels,) * len(self.outputs))
        return made

    @property
    def about(self) -> str:
        """Its docstring."""
        return inspect.getdoc(self.make) or ""

    @property
    def reference(self) -> str:
        """The sources of its formulas: the "Reference:" paragraph in the docstring of its module, or ""."""
        module = inspect.getmodule(self.make)
        _, _, sources = (inspect.getdoc(module) or "").partition("Reference: ") if module else ("", "", "")
        return " ".join(sources.split("\n\n")[0].split())


UNDECLARED_CLOCK = "its state has a field `clock`: declare it with Effect(..., clocked=True)"
NO_CLOCK = "says clocked=True, but its state has no field `clock`"
Make = Callable[..., Effect] | Callable[..., Stream]


@overload
def effect(make: Callable[..., Effect]) -> NodeType: ...
@overload
def effect(
    *, inputs: tuple[str, ...] = ..., outputs: tuple[str, ...] = ..., side: tuple[str, ...] = ...
) -> Callable[[Callable[..., Effect]], NodeType]: ...
def effect(
    make: Callable[..., Effect] | None = None,
    *,
    inputs: tuple[str, ...] = ("in",),
    outputs: tuple[str, ...] = ("out",),
    side: tuple[str, ...] = (),
) -> NodeType | Callable[[Callable[..., Effect]], NodeType]:
    """Declare an effect: a function from Setup and parameters to an Effect.

    `inputs` are ports as in `Input`. `side` names those that are side-chains:
    the effect listens to them, and they never decide how long its output is.
    """
    if make is None:
        return lambda make: _declare(make, _ports(inputs, side), outputs, is_effect=True)
    return _declare(make, _ports(inputs, side), outputs, is_effect=True)


@overload
def timeline(make: Callable[..., Stream]) -> NodeType: ...
@overload
def timeline(*, inputs: tuple[str, ...] = ...) -> Callable[[Callable[..., Stream]], NodeType]: ...
def timeline(
    make: Callable[..., Stream] | None = None, *, inputs: tuple[str, ...] = ("in",)
) -> NodeType | Callable[[Callable[..., Stream]], NodeType]:
    """Declare a timeline node: a function from Setup and parameters to a Stream. No inputs: a source."""
    if make is None:
        return lambda make: _declare(make, _ports(inputs), ("out",), is_effect=False)
    return _declare(make, _ports(inputs), ("out",), is_effect=False)


def _ports(texts: tuple[str, ...], side: tuple[str, ...] = ()) -> tuple[Input, ...]:
    ports = [Input(text.rstrip("?*"), text.endswith("?"), text.endswith("*")) for text in texts]
    if unknown := [name for name in side if name not in [port.name for port in ports[1:]]]:
        raise TypeError(f"side: {', '.join(unknown)} is not the name of a second or later input")
    return tuple(port._replace(side=port.name in side) for port in ports)


def _declare(make: Make, inputs: tuple[Input, ...], outputs: tuple[str, ...], is_effect: bool) -> NodeType:
    arguments = list(inspect.signature(make).parameters.values())[1:]
    undeclared = [a.name for a in arguments if not isinstance(a.default, Param)]
    if undeclared:
        names = ", ".join(undeclared)
        raise TypeError(f"node type {make.__name__!r}: give {names} a parameter such as db(...) as default")
    if is_effect and any(port.many for port in inputs) and len(inputs) > 1:
        raise TypeError(f"node type {make.__name__!r}: an effect with a port '*' has no other input")
    return NodeType(make.__name__, make, inputs, outputs, {a.name: a.default for a in arguments}, is_effect)
