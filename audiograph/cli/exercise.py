"""A walk past everything that runs a kernel, each for a blink, so that every kernel is compiled and kept."""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from audiograph import audiofile
from audiograph.audiofile.encodings import DITHERS, WORDS
from audiograph.errors import AudiographError
from audiograph.kernel import Kernel
from audiograph.node import NodeType
from audiograph.sound import Audio
from audiograph.testing.trial import Trial, Values, heard, run, streamed

RATE = 44_100
FRAMES = 300


def stops(types: Mapping[str, NodeType], folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Names, and what is to be done there. `folder` takes a few small files."""
    examples: dict[str, dict[str, Any]] = {
        "envelope": {"points": [{"at": 0}]},
        "source": {"file": folder / "1_16_none.wav"},
    }
    yield "sound files", partial(_files, folder)
    for name, node in types.items():
        yield name, partial(_played, node, examples.get(name, {}))


def kernels() -> list[Kernel]:
    """Every kernel of the modules that have been imported."""
    values = (value for module in list(sys.modules.values()) for value in list(vars(module).values()))
    return list({id(value): value for value in values if isinstance(value, Kernel)}.values())


def _files(folder: Path) -> None:
    """Write and read samples of every kind."""
    for channels, bits, dither in product((1, 2), WORDS, DITHERS):
        if bits < 32 or dither == DITHERS[0]:
            _written(folder / f"{channels}_{bits}_{dither}.wav", channels, bits, dither)


def _written(path: Path, channels: int, bits: int, dither: str) -> None:
    encoding = audiofile.encoding(path, bits=bits, dither=dither if bits < 32 else None)
    with audiofile.Writer(path, RATE, channels, encoding, FRAMES) as writer:
        writer.write(np.full((channels, FRAMES), 0.1, np.float32))
    for _ in audiofile.read(path, audiofile.probe(path), RATE):
        pass


def _played(node: NodeType, examples: Mapping[str, Any]) -> None:
    """Run a node in mono and stereo, with its defaults and with each of its choices."""
    trial = Trial(node, examples, RATE)
    for channels in (1, 2):
        inputs = trial.inputs(channels, FRAMES)
        for _, values in trial.settings():
            try:
                _run(trial, inputs, values)
            except AudiographError:  # not for so many channels, or not these values together
                continue


def _run(trial: Trial, inputs: list[Audio], values: Values) -> None:
    if trial.node.is_effect:
        run(trial.effect(inputs, values), inputs, (FRAMES,))
    else:
        heard(trial.stream([streamed(x, RATE) for x in inputs], values), FRAMES)
