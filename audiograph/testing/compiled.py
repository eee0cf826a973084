"""Machine code of kernels: it does what their plain Python does, and is compiled once."""

from typing import Any

import numpy as np

from audiograph.kernel import Kernel
from audiograph.machine_code.arguments import Kinds, packed
from audiograph.node import Effect
from audiograph.testing.trial import Trial, one_each, run

TOLERANCE = 2e-6  # of the highest sample: Python rounds some float32 values that machine code does not


def compiled_equals_its_plain_python(trial: Trial) -> None:
    """With the defaults, the examples and every extreme value."""
    for channels in trial.widths()[:2]:
        inputs = [np.ascontiguousarray(x[:, :260]) for x in trial.inputs(channels, 300)]
        for words, effect in trial.effects(inputs):
            if not isinstance(effect.kernel, Kernel):
                continue
            with np.errstate(all="ignore"):
                plain = run(effect, inputs, (200, 1), python=True)
            off = np.abs(run(effect, inputs, (200, 1)) - plain).max() / max(1e-3, np.abs(plain).max())
            assert off <= TOLERANCE, f"{words}, {channels} channels: {off:.1e} apart"


def one_signature_per_kernel(trial: Trial) -> None:
    """Whatever the values and the number of channels: other types of arguments would be compiled again."""
    kernels: dict[Any, dict[Any, str]] = {}
    for channels in trial.widths():
        inputs = trial.inputs(channels, 10)
        for words, effect in trial.effects(inputs):
            if isinstance(effect.kernel, Kernel):
                for types in _signatures(effect):
                    kernels.setdefault(effect.kernel, {})[types] = f"{words}, {channels} channels"
    for kernel, signatures in kernels.items():
        assert len(signatures) == 1, f"{kernel.__name__} is compiled {len(signatures)} times: {signatures}"


def _signatures(effect: Effect) -> set[Kinds]:
    parts = effect.coefs if one_each(effect) else [effect.coefs]
    return {packed((part, effect.state()))[0] for part in parts}
