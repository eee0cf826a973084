"""Kernels: their arguments, their content, and how they are called."""

import dis
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import CodeType, FunctionType

import kernels
import numpy as np
import pytest
from kernels import Every, Factor, Inner, Strided, Times, pair

from audiograph import kernel
from audiograph.kernel import Kernel
from audiograph.machine_code import linking
from audiograph.machine_code.arguments import described, packed


def fresh(kernel: Kernel) -> Kernel:
    """The same kernel, without machine code in memory."""
    return Kernel(kernel.function)


def every(**changes):
    coefs = Every(0.5, -3, Inner(np.arange(3.0), 7), True, (1, 2.0), (), np.float32(0.1), np.int32(-4))
    return coefs._replace(**changes), Strided(np.arange(10.0)[::3])


@pytest.mark.parametrize("changes", [{}, {"yes": False, "a": 1.5, "b": 2**40}, {"yes": np.bool_(True)}])
def test_every_kind_of_argument_arrives(changes):
    results = []
    for run in (kernels.every_argument, kernels.every_argument.function):
        x, y = pair()
        run(x, y, *every(**changes))
        results.append(y)
    np.testing.assert_array_equal(*results)
    assert results[0][0, 0] and results[0][0, 1]


@pytest.mark.parametrize("shape", [(2, 0), (1, 1), (3, 7)])
@pytest.mark.parametrize("cut", [np.s_[:, :], np.s_[:, ::2], np.s_[::-1]])
def test_arrays_of_any_shape_and_layout_arrive(shape, cut):
    x = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)[cut]
    x.flags.writeable = False
    y = np.zeros(x.shape, np.float32)
    kernels.plain(x, y, Factor(1.0), ())
    np.testing.assert_array_equal(y, x * 2 + 1 + 2)


def test_binding_again_changes_the_numbers():
    x, y = pair()
    step = kernels.plain.bind(x, y, Factor(1.0), ())
    kernels.plain.bind(x, y, Factor(3.0), ())()
    np.testing.assert_allclose(y, 3 * (x * 2 + 1) + 2, atol=1e-5)
    step()
    np.testing.assert_allclose(y, x * 2 + 1 + 2, atol=1e-5)


@pytest.mark.parametrize("value", ["text", None, [1], 1j, np.array(["a"]), np.zeros(2, ">f8")])
def test_unsupported_arguments_are_reported(value):
    with pytest.raises(TypeError, match="a kernel takes"):
        kernels.plain.bind(*pair(), Factor(value), ())


def test_a_number_of_arguments_that_does_not_fit_is_an_error():
    with pytest.raises(TypeError):
        kernels.plain.bind(*pair())


def test_helpers_must_be_marked():
    with pytest.raises(TypeError, match=r"unmarked.*@inlined"):
        kernels.calls_unmarked.bind(*pair(), (), ())


def test_plain_python_runs_where_numba_is_switched_off(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    x, y = pair()
    kernel = fresh(kernels.plain)
    kernel.bind(x, y, Factor(1.0), ())()
    kernel(x, y, Factor(1.0), ())
    np.testing.assert_allclose(y, x * 2 + 1 + 2, atol=1e-5)


@pytest.mark.parametrize(
    "name, value", [("FACTOR", 3.0), ("TABLE", np.array([1.0, 5.0])), ("FACTOR", 2), ("FACTOR", -0.0)]
)
def test_a_constant_is_part_of_the_content(name, value, monkeypatch):
    before = kernels.plain.content()
    monkeypatch.setattr(kernels, name, value)
    assert kernels.plain.content() != before


@pytest.mark.parametrize("helper", ["helper", "deeper"])
@pytest.mark.parametrize("text", ["return v + 1", "return v * FACTOR * TABLE[0]", "return 2 * v"])
def test_a_helper_is_part_of_the_content(helper, text, monkeypatch):
    before = kernels.plain.content()
    made = {**vars(kernels)}
    exec(f"def {helper}(v, more=1.0):\n    {text}", made)
    monkeypatch.setattr(kernels, helper, kernels.inlined(made[helper]))
    assert kernels.plain.content() != before


def test_a_default_is_part_of_the_content(monkeypatch):
    before = kernels.plain.content()
    monkeypatch.setattr(kernels.helper, "__defaults__", (2.0,))
    assert kernels.plain.content() != before


def test_a_changed_helper_changes_the_sound(monkeypatch):
    x, y = pair()
    monkeypatch.setattr(kernels, "FACTOR", 4.0)
    fresh(kernels.plain)(x, y, Factor(1.0), ())
    np.testing.assert_allclose(y, x * 4 + 1 + 2, atol=1e-5)


def test_kernels_share_the_dispatcher_of_an_unchanged_helper(monkeypatch):
    def helper():
        return Kernel(kernels.plain.function).jitted().py_func.__globals__["helper"]

    before = helper()
    assert helper() is before
    monkeypatch.setattr(kernels, "FACTOR", 3.0)  # which a helper of the helper reads
    assert helper() is not before


def test_kinds_of_arguments_are_told_apart():
    x = np.zeros((2, 8))
    frozen = x.copy()
    frozen.flags.writeable = False
    arrays = [x, x.astype(np.float32), x[:, ::2], x.T, x[0], frozen]
    values = [*arrays, 1, 1.0, True, np.float32(1), np.int32(1), Factor(1.0), Factor(1), Times(1), (1,), ()]
    kinds = [packed((value,))[0] for value in values]
    assert len(set(kinds)) == len({repr(described(kind)) for kind in kinds}) == len(values)


def test_number_types_that_numba_does_not_tell_apart_are_one_kind():
    kinds = {packed((each,))[0] for each in (1.0, np.float64(1))} | {
        packed((each,))[0] for each in (1, np.int64(1))
    }
    assert len(kinds) == 2 == len({packed((each,))[0] for each in (True, np.bool_(True), 1)})


def test_arrays_live_as_long_as_the_bound_kernel():
    x, y = pair()
    seen = weakref.ref(x)
    step = kernels.plain.bind(x, y, Factor(1.0), ())
    del x
    step()
    assert seen() is not None
    del step
    assert seen() is None


def test_a_call_leaks_nothing():
    step = kernels.plain.bind(*pair(), Factor(1.0), ())
    before = sys.getrefcount(None)
    for _ in range(1000):
        assert step() is None
    assert abs(sys.getrefcount(None) - before) < 100


def test_other_threads_run_during_a_call():
    step = kernels.works_long.bind(*pair(), Times(200_000), ())
    thread, gap = threading.Thread(target=step), 0.0
    began = last = time.perf_counter()
    thread.start()
    while thread.is_alive():
        now = time.perf_counter()
        gap, last = max(gap, now - last), now
    assert last - began > 0.05 and gap < (last - began) / 2


def test_threads_bind_and_call_at_once():
    kernel, results = fresh(kernels.plain), []

    def work(number: int) -> None:
        x, y = pair()
        for _ in range(50):
            kernel.bind(x, y, Factor(float(number)), ())()
        results.append(np.allclose(y, (x * 2 + 1) * number + 2, atol=1e-4))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert results == [True] * 16 and len(kernel.compiled.signatures) == 1


@pytest.mark.skipif(not linking.trusted(), reason="numba runs the kernels here")
def test_a_call_costs_less_than_a_microsecond_or_so():
    step = kernels.plain.bind(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32), Factor(1.0), ())
    times = []
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(1000):
            step()
        times.append((time.perf_counter() - began) / 1000)
    assert min(times) < 3e-6  # numba's own dispatch takes as long


def test_the_globals_that_code_reads_are_those_that_dis_lists():
    functions = [
        found for module in list(sys.modules.values()) if (module.__name__ or "").startswith("audiograph")
        for found in vars(module).values() if isinstance(found, FunctionType)
    ]  # fmt: skip
    assert len(functions) > 100
    many = FunctionType(_code_of_many_names(), globals())
    for function in [*functions, many]:
        told = {step.argval for step in _steps(function.__code__) if step.opname == "LOAD_GLOBAL"}
        assert set(kernel._names_read(function.__code__)) == told


def _code_of_many_names():
    """Code with more names than fit into one byte."""
    names = " + ".join(f"name{number}" for number in range(700))
    return next(part for part in compile(f"def f(): return {names}", "", "exec").co_consts if part)


def _steps(code):
    inner = [step for part in code.co_consts if isinstance(part, CodeType) for step in _steps(part)]
    return [*dis.get_instructions(code), *inner]
