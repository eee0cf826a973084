"""What an effect remembers: nothing of silence, nothing longer than its memory, so that it may sleep."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from audiograph.node import Effect
from audiograph.sound import Audio, Span
from audiograph.testing.graphs import plan_of
from audiograph.testing.trial import Trial, heard, run, streamed, swelling

FORGOTTEN = 1e-9  # -180 dB
ROUNDING = 3e-7  # two steps of float32 at full scale
FAST = 8000  # Hz, where memories are short in frames


def silence_stays_silence_and_leaves_no_trace(trial: Trial) -> None:
    """From rest; only a clock may go on."""
    for channels in trial.widths():
        inputs = trial.inputs(channels, 4000)
        silence = [np.zeros((channels, 5000), np.float32)] * len(inputs)
        for words, effect in trial.effects(inputs):
            state = effect.state()
            out = run(effect, silence, (1, 7, 491, 2000), state)
            assert not out.any(), f"{words}: something comes of silence"
            _set_back(state, effect)
            same = run(effect, inputs, state=state).tobytes() == run(effect, inputs).tobytes()
            assert same, f"{words}: after silence it sounds unlike from rest"


def memory_is_as_claimed(trial: Trial) -> None:
    """After a burst and `memory` frames of silence nothing more comes, and it sounds as from rest."""
    trial = trial.at(FAST)
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
        kept = _copied(state)
        after = run(effect, [np.zeros((channels, 3000), np.float32)] * len(burst), state=state)
        loudest = np.abs(after).max() / 3
        assert loudest <= FORGOTTEN, f"{words}: {loudest:.1e} still sounds after {effect.memory} frames"
        again, fresh = run(effect, inputs, state=kept), run(effect, inputs)
        off = np.abs(again - fresh).max() / max(1.0, np.abs(fresh).max())
        assert off <= ROUNDING, f"{words}: {off:.1e} unlike from rest after {effect.memory} frames"


def sleep_is_not_heard(trial: Trial) -> None:
    """Whether silence is known as such, and slept through, or read as zeros."""
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
    assert np.array_equal(tail, slept[:, late:]), "from a frame in the silence on it sounds unlike the whole"


def _set_back(state: Any, effect: Effect) -> None:
    if effect.clocked:
        state.clock[:] = effect.state().clock


def _copied(state: Any) -> Any:
    return type(state)(*(part.copy() for part in state)) if hasattr(state, "_fields") else state


def _out(trial: Trial, inputs: Sequence[Audio], spans: tuple[Span, ...], first: int = 0) -> Audio:
    """What the node makes, in a graph, of these sounds."""
    plan = plan_of(trial, [streamed(x, trial.rate, spans) for x in inputs], 1000)
    return heard(plan.streams[plan.graph.targets[0].out], inputs[0].shape[1], first)
