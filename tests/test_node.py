"""What a node type declares, and what the engine makes of it."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from audiograph.errors import NodeError
from audiograph.node import Effect, NodeType, Setup, effect
from audiograph.nodes.duck import duck
from audiograph.sound import Sound
from audiograph.testing import played


def _first(x: Any, key: Any, y: Any, c: Any, s: Any) -> None:
    y[:] = x


def listening(side: tuple[str, ...] = (), key: str = "key") -> NodeType:
    @effect(inputs=("in", key), side=side)
    def first(setup: Setup) -> Effect:
        """Gives its first input."""
        return Effect(_first, memory=0)

    return first


def ones(frames: int) -> Any:
    return np.ones((1, frames), np.float32)


def test_every_required_input_decides_the_length_whatever_its_name():
    assert played(listening(), ones(100), ones(300)).shape == (1, 300)


@pytest.mark.parametrize("kind", [listening(side=("key",)), listening(key="key?"), duck])
def test_a_side_chain_and_an_input_that_may_be_left_out_never_decide_it(kind):
    assert played(kind, ones(100), ones(300)).shape == (1, 100)


@pytest.mark.parametrize("side", ["kee", "in"])
def test_a_side_chain_is_the_name_of_a_second_or_later_input(side):
    with pytest.raises(TypeError, match=f"^side: {side} is not the name of a second or later input$"):
        listening(side=(side,))


class ClockedState(NamedTuple):
    clock: Any


class UnclockedState(NamedTuple):
    time: Any


@pytest.mark.parametrize(
    ("state", "clocked", "why"),
    [
        (ClockedState, False, "has a field `clock`: declare it with Effect(..., clocked=True)"),
        (UnclockedState, True, "says clocked=True, but its state has no field `clock`"),
    ],
)
def test_a_clock_that_is_not_declared_is_refused_before_any_sound(state, clocked, why):
    @effect
    def counting(setup: Setup) -> Effect:
        """Counts frames."""
        return Effect(np.copyto, state=lambda: state(np.zeros(1, np.int64)), clocked=clocked)

    with pytest.raises(NodeError) as refusal:
        counting(Setup(1000, (Sound(1000, 1, 10),)))
    assert why in str(refusal.value)
