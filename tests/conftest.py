"""What tests share: plans from YAML text, over sounds that are given as arrays."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from audiograph import graph
from audiograph.engine.run import planned as plan_of
from audiograph.graph.catalog import catalog
from audiograph.language import document
from audiograph.language.document import parsing
from audiograph.node import NodeType, Setup, timeline
from audiograph.plan import Plan
from audiograph.sound import Audio, Stream
from audiograph.units import text

RATE = 48_000


def noise(channels: int, frames: int, seed: int = 0) -> Audio:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def clip_type(sounds: dict[str, Audio], opened: list[tuple[str, int]] | None = None) -> NodeType:
    """A node type that plays an array, in uneven chunks; `opened` notes who was opened where."""

    @timeline(inputs=())
    def clip(setup: Setup, name: str = text("which of the given sounds")) -> Stream:
        """Plays a sound that a test gave."""
        sound = sounds[name]

        def chunks(first: int) -> Iterator[Audio]:
            if opened is not None:
                opened.append((name, first))
            size = 1777
            for begin in range(first, sound.shape[1], size):
                yield sound[:, begin : begin + size]

        return Stream(setup.rate, sound.shape[0], sound.shape[1], chunks=chunks)

    return clip


def planned(
    text: str,
    sounds: dict[str, Audio],
    *,
    block: int = 512,
    rate: int = RATE,
    settings: dict[str, str] | None = None,
    more: tuple[NodeType, ...] = (),
    opened: list[tuple[str, int]] | None = None,
    folder: Path = Path(),
    fold: bool = True,
) -> Plan:
    types = {**catalog(), "clip": clip_type(sounds, opened), **{kind.name: kind for kind in more}}
    built = graph.build(document.parse(text, "test.yaml"), types, settings, folder)
    return plan_of(built, rate=rate, block=block, fold=fold)


class Nowhere:
    """A sink that forgets everything."""

    def write(self, x: Audio) -> None:
        pass

    def silence(self, frames: int) -> None:
        pass


@pytest.fixture
def plan() -> Callable[..., Plan]:
    """A plan of YAML text; sounds given by name are what `clip` nodes play."""

    def make(text: str, block: int = 512, more: tuple[NodeType, ...] = (), **sounds: Any) -> Plan:
        return planned(text, sounds, block=block, more=more)

    return make


def heard(plan: Plan, name: str | None = None, first: int = 0) -> Audio:
    """All of the plan's first output, or of a node, from frame `first`."""
    out = plan.graph.targets[0].out if name is None else (name, "out")
    stream = plan.streams[out]
    assert stream.frames is not None
    return stream.open(first).take(stream.frames - first)


@pytest.fixture
def rounds() -> int:
    """How often what may fail by chance is tried: AUDIOGRAPH_ROUNDS says more than a few."""
    return int(os.environ.get("AUDIOGRAPH_ROUNDS", 3))


@pytest.fixture(params=["C", "Python"])
def both_parsers(request, monkeypatch):
    """The test reads with libyaml and without."""
    if request.param == "Python":
        monkeypatch.setattr(parsing, "_PARSER", yaml.SafeLoader)
