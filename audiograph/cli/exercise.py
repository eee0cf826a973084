"""Run everything that calls a kernel once, briefly, so that every kernel is compiled and stored.

`audiograph.testing.Trial` chooses the values: the node battery, too, needs each
node with its defaults and with each of its choices.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from audiograph import audiofile
from audiograph.audiofile.encodings import DITHERS, PCM_SUBTYPES
from audiograph.errors import AudiographError
from audiograph.node import NodeType
from audiograph.sound import Audio
from audiograph.testing.trial import Trial, Values, heard, run, streamed

RATE = 44_100  # Hz
FRAMES = 300


def exercises(types: Mapping[str, NodeType], folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Each exercise with its name: one for sound files, one per node type. `folder` takes small files."""
    examples: dict[str, dict[str, Any]] = {
        "envelope": {"points": [{"at": 0}]},
        "source": {"file": folder / "1_16_none.wav"},
    }
    yield "sound files", partial(_convert_samples, folder)
    for name, node in types.items():
        yield name, partial(_run_settings, node, examples.get(name, {}))


def _convert_samples(folder: Path) -> None:
    """Write and read a WAV file of every sample type and dither, mono and stereo."""
    for channels, bits, dither in product((1, 2), PCM_SUBTYPES, DITHERS):
        if bits < 32 or dither == DITHERS[0]:
            _write_and_read(folder / f"{channels}_{bits}_{dither}.wav", channels, bits, dither)


def _write_and_read(path: Path, channels: int, bits: int, dither: str) -> None:
    encoding = audiofile.encoding(path, bits=bits, dither=dither if bits < 32 else None)
    with audiofile.Writer(path, RATE, channels, encoding, FRAMES) as writer:
        writer.write(np.full((channels, FRAMES), 0.1, np.float32))
    for _ in audiofile.read(path, audiofile.probe(path), RATE):
        pass


def _run_settings(node: NodeType, examples: Mapping[str, Any]) -> None:
    """Run a node in mono and stereo, with its defaults and with each of its choices."""
    trial = Trial(node, examples, RATE)
    for channels in (1, 2):
        inputs = trial.inputs(channels, FRAMES)
        for _, values in trial.settings():
            try:
                _run(trial, inputs, values)
            except AudiographError:  # the node refuses this number of channels or these values
                continue


def _run(trial: Trial, inputs: list[Audio], values: Values) -> None:
    if trial.node.is_effect:
        run(trial.effect(inputs, values), inputs, (FRAMES,))
    else:
        heard(trial.stream([streamed(x, RATE) for x in inputs], values), FRAMES)
