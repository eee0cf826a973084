"""What is not in the store is made by numba, which importing this imports.

What comes out is kept as an image. Code that cannot be, and code for
machines on which images are not trusted, is kept the way numba has: as a
pickle, which needs numba at each start.
"""

import pickle
import warnings
from contextlib import suppress
from functools import partial
from typing import Any

import numba
from numba.core import caching, serialize
from numba.core.compiler import CompileResult

from audiograph.machine_code import linking, lowering, store
from audiograph.machine_code.arguments import Kinds
from audiograph.machine_code.image import laid_out, packed
from audiograph.machine_code.kernel_warning import KernelWarning
from audiograph.machine_code.linking import Binder


def make(dispatcher: Any, key: str, kinds: Kinds, args: tuple[Any, ...]) -> Binder:
    """What binds a kernel to arguments of these kinds. The next start finds it in the store."""
    types = tuple(map(numba.typeof, args))
    dispatcher._cache = pickles = _Pickles(key)
    dispatcher.compile(types)
    found = None if pickles.found else _kept(dispatcher, key, types, kinds)
    return found or (lambda _slots, args: partial(dispatcher, *args))


def _kept(dispatcher: Any, key: str, types: tuple[Any, ...], kinds: Kinds) -> Binder | None:
    """The new code from its image, which is kept; None where there cannot be one."""
    if linking.trusted():
        try:
            code = packed(laid_out(lowering.object_file(key, dispatcher, types, kinds), key))
            binder = linking.load(key, code)  # before it is kept: the next process shall not find what fails
            store.write(key, code)
            return binder
        except Exception as why:  # whatever it is, numba's code is there and runs
            _warn(dispatcher.py_func, why)
    with suppress(Exception):  # of what numba cannot pickle
        content = serialize.dumps(dispatcher.overloads[types]._reduce())  # type: ignore[no-untyped-call]
        store.write(key + store.PICKLED, content)
    return None


def _warn(function: Any, why: Exception) -> None:
    """Say where the kernel stands."""
    what = f"kernel {function.__qualname__} needs numba at each start, which takes a second: {why}"
    place = function.__code__
    warnings.warn_explicit(what, KernelWarning, place.co_filename, place.co_firstlineno)


class _Pickles(caching._Cache):
    """What a numba dispatcher asks before it compiles. `found` tells whether there was something."""

    def __init__(self, key: str) -> None:
        self.key, self.found = key + store.PICKLED, False

    @property
    def cache_path(self) -> str:
        """The folder, for numba's statistics."""
        return str(store.folder())

    def load_overload(self, types: tuple[Any, ...], target: Any) -> Any:
        """The compiled kernel, or None."""
        del types  # part of the key
        with suppress(Exception):
            target.refresh()
            made = CompileResult._rebuild(target, *pickle.loads(store.read(self.key)))  # type: ignore[no-untyped-call]
            self.found = True
            return made
        return None

    def save_overload(self, types: tuple[Any, ...], result: Any) -> None:
        """Nothing: whether a pickle is needed is known later."""

    def enable(self) -> None:
        """Nothing to do: it always is."""

    def disable(self) -> None:
        """Nothing to do."""

    def flush(self) -> None:
        """Nothing to do: entries are found by content."""
