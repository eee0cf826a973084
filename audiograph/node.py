"""What a node type is: a function from parameters to a running effect or to a stream.

An **effect** stays on its inputs' clock: each block in is a block out.
A **timeline** node sets its own pace: it opens its inputs and reads them as it likes.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

from audiograph.language.parameter import Param
from audiograph.sound import Stream


def _unsaid(_: Any) -> None:
    """Nobody listens."""


class Setup(NamedTuple):
    """What a node is told before it runs, and whom it tells."""

    rate: int  # frames per second
    inputs: tuple[Any, ...]  # Sounds in the order of the ports; Streams, for a timeline node
    note: Callable[[str], None] = _unsaid  # takes what its user should know, also while it plays
    progress: Callable[[float], None] = _unsaid  # takes the part it has heard of what it must hear first

    def frames(self, seconds: float) -> int:
        """A time in whole frames, the nearest."""
        return round(seconds * self.rate)


def nothing() -> tuple[()]:
    """The state of an effect that keeps nothing from block to block."""
    return ()


class Effect(NamedTuple):
    """What an effect gives back.

    ``kernel(*inputs, *outputs, coefs, state)`` is called once a block; every
    audio array is float32, C-contiguous, of shape (channels, frames), and an
    input is never written to. Where the input port is ``in*`` the kernel is
    ``kernel(x, y, coefs[i], state)`` instead, called for each input i that
    sounds, and adds it to y, which is zero at first.

    The state is made when the sound begins and again after a silence longer
    than `memory`. A field of it named `clock`, an int64 array of one number, is
    the time of the next frame that comes in, counted from the mix's time zero as
    in the facts of `Setup.inputs`; it may be below zero. The kernel counts it
    on, the engine sets it where it starts deep in a sound.
    """

    kernel: Callable[..., None]
    coefs: Any = ()  # NamedTuple of numbers and arrays: fixed during a block; one an input for in*
    state: Callable[[], Any] = nothing  # makes the NamedTuple of arrays carried from block to block, at rest
    channels: tuple[int, ...] = ()  # of each output port; () means as the first input
    latency: int = 0  # frames its output is late
    tail: int = 0  # frames it sounds on after its input, enough to be missed
    memory: int | None = (
        None  # frames after which an input is forgotten (-200 dB), latency included; None: never
    )
    ends: int | None = None  # frame its output ends; None: with the longest input that ends, and the tail


class Input(NamedTuple):
    """An input port.

    'in' takes one sound (a list is summed), 'in*' a list kept apart. 'key?' may
    be left out and then hears what the first input hears; it never decides how
    long the output is.
    """

    name: str
    optional: bool
    many: bool

    @property
    def decides(self) -> bool:
        """Whether the length of what comes in here decides how long the output is."""
        return not self.optional and self.name != "key"


@dataclass(frozen=True)
class NodeType:
    """A node type: calling it with a Setup and values gives an Effect or a Stream."""

    name: str
    make: Callable[..., Any]
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    params: dict[str, Param]
    is_effect: bool

    def __call__(self, setup: Setup, **given: Any) -> Any:
        """Make one; parameters left out have their defaults."""
        values = {name: param.default for name, param in self.params.items()} | given
        made = self.make(setup, **values)
        if isinstance(made, Effect) and not made.channels:
            return made._replace(channels=(setup.inputs[0].channels,) * len(self.outputs))
        return made

    @property
    def about(self) -> str:
        """Its docstring."""
        return inspect.getdoc(self.make) or ""

    @property
    def reference(self) -> str:
        """The sources of its formulas, from the docstring of its module."""
        module = inspect.getmodule(self.make)
        _, _, found = (inspect.getdoc(module) or "").partition("Reference: ") if module else ("", "", "")
        return " ".join(found.split("\n\n")[0].split())


Make = Callable[..., Effect] | Callable[..., Stream]


@overload
def effect(make: Callable[..., Effect]) -> NodeType: ...
@overload
def effect(
    *, inputs: tuple[str, ...] = ..., outputs: tuple[str, ...] = ...
) -> Callable[[Callable[..., Effect]], NodeType]: ...
def effect(
    make: Callable[..., Effect] | None = None,
    *,
    inputs: tuple[str, ...] = ("in",),
    outputs: tuple[str, ...] = ("out",),
) -> NodeType | Callable[[Callable[..., Effect]], NodeType]:
    """Declare an effect: a function from Setup and parameters to an Effect."""
    if make is None:
        return lambda make: _declare(make, inputs, outputs, is_effect=True)
    return _declare(make, inputs, outputs, is_effect=True)


@overload
def timeline(make: Callable[..., Stream]) -> NodeType: ...
@overload
def timeline(*, inputs: tuple[str, ...] = ...) -> Callable[[Callable[..., Stream]], NodeType]: ...
def timeline(
    make: Callable[..., Stream] | None = None, *, inputs: tuple[str, ...] = ("in",)
) -> NodeType | Callable[[Callable[..., Stream]], NodeType]:
    """Declare a timeline node: a function from Setup and parameters to a Stream."""
    if make is None:
        return lambda make: _declare(make, inputs, ("out",), is_effect=False)
    return _declare(make, inputs, ("out",), is_effect=False)


def _declare(make: Make, inputs: tuple[str, ...], outputs: tuple[str, ...], is_effect: bool) -> NodeType:
    arguments = list(inspect.signature(make).parameters.values())[1:]
    strange = [a.name for a in arguments if not isinstance(a.default, Param)]
    if strange:
        raise TypeError(
            f"node type {make.__name__!r}: give {', '.join(strange)} a parameter such as db(...) as default"
        )
    ports = tuple(Input(text.rstrip("?*"), text.endswith("?"), text.endswith("*")) for text in inputs)
    if is_effect and any(port.many for port in ports) and len(ports) > 1:
        raise TypeError(f"node type {make.__name__!r}: a port '*' of an effect stands alone")
    return NodeType(make.__name__, make, ports, outputs, {a.name: a.default for a in arguments}, is_effect)
