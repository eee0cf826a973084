"""Checks of parameter changes during playback."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from audiograph.engine.run import Run
from audiograph.errors import NodeError
from audiograph.language.parameter import Quantity
from audiograph.language.rows import Rows
from audiograph.testing.graphs import plan_of
from audiograph.testing.trial import Trial, extremes, streamed

BLOCK = 1000
CHANGE, END = 10 * BLOCK, 30 * BLOCK  # frames
CLICK = 0.06  # audible step between two frames, beyond the steps of the sound itself; 1 is full scale


def a_live_change_does_not_click(trial: Trial) -> None:
    """A low tone continues without a step when a parameter changes, or the change is refused."""
    for name, value in _changes(trial):
        step, usual = _steps(trial, name, value)
        assert step <= usual + CLICK, f"{name} to {value!r}: a step of {step:.2f}, usual {usual:.2f}"


def _changes(trial: Trial) -> Iterator[tuple[str, Any]]:
    """Every number, set to either end of its range, as a slider would set it."""
    for name, param in trial.node.params.items():
        if isinstance(param, Quantity):
            yield from ((name, value) for value in extremes(param, trial.lively[name]))
        elif isinstance(param, Rows) and trial.lively[name]:
            for column, inner in param.columns.items():
                if isinstance(inner, Quantity):
                    for value in extremes(inner, None):
                        yield (
                            name,
                            _written({**trial.lively[name][0], column: value}, *trial.lively[name][1:]),
                        )


def _written(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _steps(trial: Trial, name: str, value: Any) -> tuple[float, float]:
    """The largest step between two frames after a change; and well before it or long after it."""
    wave = (0.25 * np.sin(2 * np.pi * 100 / trial.rate * np.arange(END))).astype(np.float32)
    inputs = [np.tile(wave, (trial.widths()[0], 1)) for _ in range(trial.ports())]
    plan = plan_of(trial, [streamed(x, trial.rate) for x in inputs], BLOCK)
    run = Run(plan)
    reader = run.stream(plan.graph.targets[0].out).open()
    before = reader.take(CHANGE)
    try:
        run.change("node", name, value)
    except NodeError as error:
        assert str(error), f"{name} to {value!r}: refused without a message"
        return 0.0, 0.0
    heard = np.concatenate([before, reader.take(END - CHANGE)], axis=1)
    steps = np.abs(np.diff(heard)).max(0)
    return steps[CHANGE - BLOCK :].max(), max(
        steps[CHANGE // 2 : CHANGE - BLOCK].max(), steps[-2 * BLOCK :].max()
    )
