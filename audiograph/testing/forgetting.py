"""Checks of what an effect remembers: silence leaves no trace, and sound is forgotten after `memory` frames.

Only then may the engine let it sleep through silence.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from audiograph.node import Effect
from audiograph.sound import Audio, Span
from audiograph.testing.graphs import plan_of
from audiograph.testing.trial import Trial, heard, run, streamed, swelling

FORGOTTEN = 1e-9  # -180 dB
ROUNDING = 3e-7  # two steps of float32 at full scale
LOW_RATE = 8000  # Hz; at a low rate memories are short in frames


def silence_stays_silence_and_leaves_no_trace(trial: Trial) -> None:
    """From rest, silence gives silence and leaves the state as it was, but for its clock."""
    for channels in trial.widths():
        inputs = trial.inputs(channels, 4000)
        silence = [np.zeros((channels, 5000), np.float32)] * len(inputs)
        for words, effect in trial.effects(inputs):
            state = effect.state()
            out = run(effect, silence, (1, 7, 491, 2000), state)
            assert not out.any(), f"{words}: turns silence into sound"
            _set_back(state, effect)
            same = run(effect, inputs, state=state).tobytes() == run(effect, inputs).tobytes()
            assert same, f"{words}: sounds different after silence than from rest"


def memory_is_as_claimed(trial: Trial) -> None:
    """After a burst and `memory` frames of silence it is silent, and then sounds as from rest."""
    trial = trial.at(LOW_RATE)
    channels = trial.widths()[-1]
    burst, inputs = trial.inputs(channels, 3000, level=3.0), trial.inputs(channels, 3000)
    for words, effect in trial.effects(burst):
        if effect.memory is None:
            continue
        state = effect.state()
        run(effect, burst, state=state)
        if effect.memory:
            run(effect, [np.zeros((channels, effect.memory), np.float32)] * len(burst), (65_536,), state)
        _set_back(state, effect)
        copy = _copied(state)
        after = run(effect, [np.zeros((channels, 3000), np.float32)] * len(burst), state=state)
        loudest = np.abs(after).max() / 3
        assert loudest <= FORGOTTEN, f"{words}: {loudest:.1e} still sounds after {effect.memory} frames"
        again, fresh = run(effect, inputs, state=copy), run(effect, inputs)
        off = np.abs(again - fresh).max() / max(1.0, np.abs(fresh).max())
        assert off <= ROUNDING, f"{words}: {off:.1e} off a start from rest after {effect.memory} frames"


def sleep_is_not_heard(trial: Trial) -> None:
    """The output is the same whether silence is slept through, as spans allow, or read as zeros."""
    channels, frames, spans = trial.widths()[-1], 90_000, ((5000, 15_000), (70_000, 76_000))
    inputs = []
    for seed in range(trial.ports()):
        x = np.zeros((channels, frames), np.float32)
        for first, last in spans:
            x[:, first:last] = swelling(channels, last - first, seed=seed)
        inputs.append(x)
    slept, read = _out(trial, inputs, spans), _out(trial, inputs, ((0, frames),))
    off = np.abs(slept - read).max() / max(1.0, np.abs(read).max())
    assert off <= ROUNDING, f"{off:.1e} apart"
    late = 30_001
    tail = _out(trial, inputs, spans, late)
    assert np.array_equal(tail, slept[:, late:]), "opened within the silence, it differs from the whole"


def _set_back(state: Any, effect: Effect) -> None:
    """Set the clock to where it was at first."""
    if effect.clocked:
        state.clock[:] = effect.state().clock


def _copied(state: Any) -> Any:
    return type(state)(*(part.copy() for part in state)) if hasattr(state, "_fields") else state


def _out(trial: Trial, inputs: Sequence[Audio], spans: tuple[Span, ...], first: int = 0) -> Audio:
    """The output of the node in a graph, from frame `first` on."""
    plan = plan_of(trial, [streamed(x, trial.rate, spans) for x in inputs], 1000)
    return heard(plan.streams[plan.graph.targets[0].out], inputs[0].shape[1], first)
