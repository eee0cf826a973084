"""How near a node comes to the limit of the machine.

A frame takes at least as long as moving its bytes, its arithmetic at the peak rate
of the machine, and the operations of its recursion, one after another. The longest
of the three is its limit. The machine is measured first, with kernels compiled like
those of the nodes. Bytes are assumed to move within the second-level cache, where the
blocks of the engine are.

Reference: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance
model for multicore architectures", CACM 52(4), 2009.
"""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiograph.kernel import Kernel, kernel
from benchmarks.node_cases import Case
from benchmarks.node_work import WORKS
from benchmarks.report import note, show

LEVEL_2, LEVEL_3, MEMORY = 2**17, 2**22, 2**27  # bytes copied within these
NUMBERS = 4096  # within the first-level cache
DEGREE = 12  # multiply-adds per number when arithmetic is measured
AGAIN, LEAST = 20, 0.06  # measurements, and their total time at least, in seconds


class Machine(NamedTuple):
    """What one core can do."""

    near: float  # bytes per ns, read and written, in the second-level cache
    far: float  # in the third
    memory: float
    single: float  # float32 operations per ns; a multiply-add is two
    double: float
    step: float  # ns from a multiply-add to the next that depends on it
    choice: float  # additional ns of a maximum after it


class Probe(NamedTuple):
    """The coefficients of a probe."""

    factors: NDArray[np.float64]


@kernel
def _copy(x, y, c, s):  # type: ignore[no-untyped-def] # noqa: ARG001
    for n in range(x.shape[0]):
        y[n] = x[n]


@kernel
def _single(x, y, c, s):  # type: ignore[no-untyped-def] # noqa: ARG001
    a, b = np.float32(c.factors[0]), np.float32(c.factors[1])
    for n in range(x.shape[0]):
        now = x[n]
        for _ in range(DEGREE):
            now = a * now + b
        y[n] = now


@kernel
def _double(x, y, c, s):  # type: ignore[no-untyped-def] # noqa: ARG001
    a, b = c.factors[0], c.factors[1]
    for n in range(x.shape[0]):
        now = x[n]
        for _ in range(DEGREE):
            now = a * now + b
        y[n] = now


@kernel
def _steps(x, y, c, s):  # type: ignore[no-untyped-def] # noqa: ARG001
    now, a = 0.0, c.factors[0]
    for n in range(x.shape[0]):
        now = a * now + x[n]
    y[0] = now


@kernel
def _choices(x, y, c, s):  # type: ignore[no-untyped-def] # noqa: ARG001
    now, a, b = 0.0, c.factors[0], c.factors[1]
    for n in range(x.shape[0]):
        now = max(a * now + x[n], b * now + x[n])
    y[0] = now


def probed() -> Machine:
    """Measure the machine, which takes about half a second."""
    near, far, memory = (2 * 4 * _speed(_copy, size // 8, np.float32) for size in (LEVEL_2, LEVEL_3, MEMORY))
    single, double = (
        2 * DEGREE * _speed(probe, NUMBERS, kind)
        for probe, kind in ((_single, np.float32), (_double, np.float64))
    )
    step = 1 / _speed(_steps, NUMBERS, np.float64)
    choice = max(0.0, 1 / _speed(_choices, NUMBERS, np.float64) - step)
    return Machine(near, far, memory, single, double, step, choice)


def _speed(probe: Kernel, count: int, kind: type[np.floating[Any]]) -> float:
    """Numbers per ns that a probe processes, the maximum of several measurements."""
    x, y = np.ones(count, kind), np.zeros(count, kind)
    call = probe.bind(x, y, Probe(np.array([0.5, 0.25])), ())
    times = 1 + int(LEAST / AGAIN / max(_taken(call, 1), _taken(call, 1)))
    return count * times / min(_taken(call, times) for _ in range(AGAIN)) / 1e9


def _taken(call: Callable[[], None], times: int) -> float:
    begun = perf_counter()
    for _ in range(times):
        call()
    return perf_counter() - begun


def limits(case: Case, machine: Machine) -> dict[str, Any]:
    """The work of a case per frame, its limit in ns, and what sets the limit."""
    work = WORKS.get(case.name)
    if not work:
        return {"limit": None, "bound": None}
    bounds = {
        "bytes": work.bytes / machine.near,
        "arithmetic": work.single / machine.single + work.double / machine.double,
        "recursion": work.steps * machine.step + work.choices * machine.choice,
    }
    bound = max(bounds, key=bounds.__getitem__)
    return {**work._asdict(), "limit": bounds[bound], "bound": bound}


def told(machine: Machine) -> str:
    """A sentence, without its full stop."""
    return (
        f"one core moves {machine.near:.0f} bytes per ns in its second-level cache, {machine.far:.0f} in the "
        f"third, and {machine.memory:.0f} in memory. It does {machine.single:.0f} operations per ns in "
        f"float32 and {machine.double:.0f} in float64, and takes {machine.step:.2f} ns from a multiply-add "
        f"to the next that depends on it, {machine.choice:.2f} more with a maximum between them"
    )


def print_all(machine: Machine, rows: Sequence[Mapping[str, Any]], block: int) -> None:
    """The table of limits."""
    note(told(machine))
    columns = {
        "name": "node",
        "bytes": "bytes|d",
        "single": "float32|d",
        "double": "float64|d",
        "steps": "steps|d",
        "choices": "choices|d",
        "limit": "limit ns|.2f",
        f"{block}": "measured ns|.2f",
        "share": "measured / limit|.1f",
        "bound": "bound by",
    }
    show(
        "roofline: what a frame needs, and how near it comes", [row for row in rows if row["limit"]], columns
    )
