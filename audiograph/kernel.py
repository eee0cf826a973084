"""Kernels: plain Python functions that run as machine code.

    @kernel
    def _gain(x, y, c, s): ...

    step = _gain.bind(x, y, coefs, state)  # once, for these arrays and numbers
    step()                                 # for each block, without the GIL

A kernel takes arrays, and NamedTuples of numbers and arrays, and returns
nothing. It consists of loops and arithmetic: no allocation, no exceptions. It
may call helpers marked @inlined, from any module. numba compiles it on first
use with `contract` floating point (fused multiply-adds, nothing reordered). The
machine code is stored on disk under a digest of the content of the kernel and
of all its helpers, so a change of any of them is never missed. If it is found
there, numba is not imported.
"""

import os
from collections.abc import Callable
from functools import cache, cached_property, partial
from importlib import import_module
from importlib.util import find_spec
from opcode import opmap
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar
from weakref import WeakSet

from audiograph.digest import blake2b
from audiograph.machine_code import Compiled, Kinds

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
EXTENDED_ARG, LOAD_GLOBAL = opmap["EXTENDED_ARG"], opmap["LOAD_GLOBAL"]
UNWRAPPED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # for helpers: Python does not call them
LIBRARIES = ("math", "numpy", "builtins")  # that kernels may call besides their helpers
PLAIN = (bool, int, float, str, bytes, type(None))
_helpers: dict[str, Any] = {}  # numba dispatchers of helpers, by the content of the helper
_kernels: WeakSet["Kernel"] = WeakSet()
F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: Callable[..., None]) -> "Kernel":
    """Declare a kernel, a function(*arrays, coefs, state) that writes into its arrays and its state."""
    return Kernel(function)


def kernels() -> list["Kernel"]:
    """Every kernel that the modules imported so far have declared, in no particular order."""
    return list(_kernels)


def inlined(function: F) -> F:
    """Declare a helper, a function that kernels and other helpers may call."""
    function.is_inlined = True  # type: ignore[attr-defined]
    return function


def operation(machine: str) -> Callable[[F], F]:
    """Declare a helper whose machine code comes from the module `machine`, not from its Python code."""

    def declare(function: F) -> F:
        function.machine = machine  # type: ignore[attr-defined]
        return function

    return declare


def bound(function: Callable[..., None], *args: Any) -> Callable[[], None]:
    """A callable without arguments: a kernel, or a plain function, bound to these arguments."""
    return function.bind(*args) if isinstance(function, Kernel) else partial(function, *args)


class Kernel:
    """A function of arrays that is compiled on first use. `function` is the plain Python function."""

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        _kernels.add(self)

    def __call__(self, *args: Any) -> None:
        """Run it once."""
        self.compiled(*args)

    def bind(self, *args: Any) -> Callable[[], None]:
        """A callable without arguments that runs it on these arrays and these values of numbers."""
        compiled = self.compiled
        return compiled.bind(*args) if isinstance(compiled, Compiled) else partial(compiled, *args)

    @cached_property
    def compiled(self) -> Callable[..., None]:
        """Its machine code; the plain function if NUMBA_DISABLE_JIT is set."""
        if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
            return self.function
        return Compiled(self.__name__, self.content, self.jitted)

    @property
    def signatures(self) -> list[Kinds]:
        """The combinations of argument kinds it has been bound to; each has machine code of its own."""
        return self.compiled.signatures if isinstance(self.compiled, Compiled) else []

    def jitted(self) -> Any:
        """A new numba dispatcher, without a cache."""
        assert isinstance(self.function, FunctionType)
        return _jitted(self.function, OPTIONS)

    def content(self) -> str:
        """Equal for two kernels only if they compile to the same code."""
        assert isinstance(self.function, FunctionType)
        everything = repr((_content(self.function, []), sorted(OPTIONS.items(), key=str)))
        return blake2b(everything.encode(), digest_size=20).hexdigest()


def _content(value: Any, seen: list[Any]) -> Any:
    """Everything in a value that affects the machine code; bytecode of functions, so comments are free."""
    if isinstance(value, PLAIN):
        return type(value).__name__, repr(value)
    if machine := getattr(value, "machine", None):
        return value.__name__, _source(machine)
    if isinstance(value, FunctionType) and value.__module__.split(".")[0] not in LIBRARIES:
        return _function_content(value, seen)
    if isinstance(value, tuple):
        return type(value).__name__, getattr(value, "_fields", ()), [_content(part, seen) for part in value]
    if isinstance(value, frozenset):
        return sorted(repr(_content(part, seen)) for part in value)
    if isinstance(value, CodeType):
        return _code_content(value)
    if hasattr(value, "tobytes") and hasattr(value, "dtype"):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, ModuleType):
        return value.__name__
    if callable(value):
        return getattr(value, "__module__", ""), getattr(value, "__name__", repr(value))
    return type(value).__name__, repr(value)


@cache
def _code_content(code: CodeType) -> str:
    arguments = code.co_argcount, code.co_kwonlyargcount, code.co_flags
    return repr((code.co_code, code.co_names, code.co_varnames, arguments, _content(code.co_consts, [])))


@cache
def _source(module: str) -> str:
    spec = find_spec(module)
    assert spec and spec.origin
    return blake2b(Path(spec.origin).read_bytes()).hexdigest()


def _function_content(function: FunctionType, seen: list[Any]) -> Any:
    if function in seen:
        return "seen", seen.index(function)
    if function.__closure__ or not (getattr(function, "is_inlined", False) or not seen):
        raise TypeError(
            f"{function.__qualname__} is called by a kernel: put it in a module and mark it @inlined"
        )
    seen.append(function)
    read = [(name, _content(value, seen)) for name, value in _globals_read(function)]
    return _content(function.__code__, seen), _content((function.__defaults__,), seen), read


def _globals_read(function: FunctionType) -> list[tuple[str, Any]]:
    names = function.__globals__
    return [
        (name, names[name]) for name in _names_read(function.__code__) if name in names
    ]  # others are builtins


@cache
def _names_read(code: CodeType) -> list[str]:
    """The globals that code loads, as `dis` would list them; `dis` takes ten times as long."""
    inner = [name for part in code.co_consts if isinstance(part, CodeType) for name in _names_read(part)]
    operations, arguments = code.co_code[::2], code.co_code[1::2]
    own, at = set[str](), operations.find(LOAD_GLOBAL)
    while at >= 0:
        argument, before = arguments[at], at - 1
        while before >= 0 and operations[before] == EXTENDED_ARG:
            argument |= arguments[before] << 8 * (at - before)
            before -= 1
        own.add(code.co_names[argument >> 1])
        at = operations.find(LOAD_GLOBAL, at + 1)
    return sorted({*own, *inner})


def _jitted(function: FunctionType, options: dict[str, Any]) -> Any:
    """A dispatcher for the function, in a copy of its module's globals where helpers are dispatchers too.

    Kernels share the dispatchers of their helpers, so that each helper is compiled once.
    """
    from numba import njit

    names = dict(function.__globals__)
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
    for name, value in _globals_read(function):
        if machine := getattr(value, "machine", None):
            import_module(machine)
        if getattr(value, "is_inlined", False) and value is not function:
            content = repr(_content(value, []))
            if content not in _helpers:
                _helpers[content] = _jitted(value, OPTIONS | UNWRAPPED)
            names[name] = _helpers[content]
    return njit(**options)(copy)
