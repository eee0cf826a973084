"""`audiograph warmup`: it reaches and stores every kernel, and stored code gives what numba gives."""

import re
from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import numpy as np
import pytest
from command import run

import audiograph
from audiograph.cli.exercise import exercises
from audiograph.graph.catalog import catalog
from audiograph.kernel import Kernel, kernels
from audiograph.machine_code import linking, store
from audiograph.machine_code.process import Once

LOUD = '''
import numpy as np
from audiograph.kernel import kernel
from audiograph.node import Effect, effect

@kernel
def _double(x, y, c, s):
    for ch in range(x.shape[0]):
        for n in range(x.shape[1]):
            y[ch, n] = 2 * x[ch, n]

@effect
def double(setup):
    """Twice as loud."""
    return Effect(_double, memory=0)

@effect
def broken(setup):
    """Cannot be made."""
    raise OSError("gone")
'''


def arrays(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        return [value]
    return [x for part in value for x in arrays(part)] if isinstance(value, tuple) else []


@pytest.mark.skipif(not linking.trusted(), reason="numba runs the kernels here")
def test_the_exercises_reach_every_kernel_and_each_gives_what_numba_gives(tmp_path, monkeypatch):
    """Run every call of every kernel twice: by the code in the store, and by numba, on copies.

    Not always to the bit: of a product and a product added, LLVM may fuse the one or the other.
    """
    for module in walk_packages(audiograph.__path__, "audiograph."):
        if "__main__" not in module.name:
            import_module(module.name)
    ours = {
        id(kernel): kernel for kernel in kernels() if kernel.function.__module__.startswith("audiograph.")
    }
    twins = {id(kernel): _by_numba(kernel, monkeypatch) for kernel in ours.values()}
    bind, met = Kernel.bind, set[int]()

    def both(kernel: Kernel, *args: Any) -> Callable[[], None]:
        step = bind(kernel, *args)
        if id(kernel) not in twins:
            return step

        def run() -> None:
            copies = deepcopy(args)
            step()
            twins[id(kernel)](copies)
            met.add(id(kernel))
            for one, other in zip(arrays(args), arrays(copies), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-12, err_msg=kernel.__name__)

        return run

    monkeypatch.setattr(Kernel, "bind", both)
    monkeypatch.setattr(Kernel, "__call__", lambda kernel, *args: both(kernel, *args)())
    for _, exercise in exercises(catalog(), tmp_path):
        exercise()
    assert [kernel.__name__ for key, kernel in ours.items() if key not in met] == []


def _by_numba(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """The kernel run by numba itself, as on platforms where the store is not trusted."""
    other = Kernel(kernel.function)

    def run(args: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(linking, "trusted", lambda: False)
            other.compiled(*args)

    return run


def test_it_says_how_many_are_ready_and_where(tmp_path, monkeypatch):
    result = run("warmup")
    assert result.exit_code == 0, result.output
    assert re.fullmatch(r"\d\d+ kernels ready in .*kernels: \d+ kernels? compiled, [\d.]+ s\n", result.stdout)
    assert run("warmup").stdout.partition(": ")[2].startswith("0 kernels compiled")


def test_kernels_of_a_file_are_compiled_too_and_failing_nodes_are_left_out(tmp_path):
    nodes = Path(tmp_path, "loud_nodes.py")
    nodes.write_text(LOUD)
    result = run("warmup", "--nodes", nodes)
    assert result.exit_code == 0 and "note: broken is left out: OSError: gone\n" in result.stderr
    assert [kernel.signatures for kernel in kernels() if kernel.__name__ == "_double"] != [[]]


def test_it_fails_if_kernels_cannot_be_stored(monkeypatch):
    monkeypatch.setattr(store, "troubles", Once())
    store.troubles.is_new("in /nowhere: is full")
    result = run("warmup")
    assert result.exit_code == 1 and result.stdout == ""
