"""Compile a kernel that is not in the store. Importing this module imports numba.

The result is stored as an image. Code that cannot be an image, and code for
platforms on which images are not trusted, is stored as numba's own pickle,
which needs numba at each start.
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
    """Compile a kernel for arguments of these kinds, store it, and return what binds it to arguments."""
    types = tuple(map(numba.typeof, args))
    dispatcher._cache = pickles = _Pickles(key)
    dispatcher.compile(types)
    binder = None if pickles.loaded else _stored(dispatcher, key, types, kinds)
    return binder or (lambda _slots, args: partial(dispatcher, *args))


def _stored(dispatcher: Any, key: str, types: tuple[Any, ...], kinds: Kinds) -> Binder | None:
    """Store the new code as an image and load it; None if it cannot be an image and was pickled."""
    if linking.trusted():
        try:
            code = packed(laid_out(lowering.object_file(key, dispatcher, types, kinds), key))
            binder = linking.load(key, code)  # before it is stored, so that no process finds what fails
            store.write(key, code)
            return binder
        except Exception as why:  # whatever it is, numba's own code works
            _warn(dispatcher.py_func, why)
    with suppress(Exception):  # of code that numba cannot pickle
        content = serialize.dumps(dispatcher.overloads[types]._reduce())  # type: ignore[no-untyped-call]
        store.write(key + store.PICKLED, content)
    return None


def _warn(function: Any, why: Exception) -> None:
    """Warn at the line where the kernel is defined."""
    message = f"kernel {function.__qualname__} needs numba at each start, which takes a second: {why}"
    code = function.__code__
    warnings.warn_explicit(message, KernelWarning, code.co_filename, code.co_firstlineno)


class _Pickles(caching._Cache):
    """The cache of a numba dispatcher. `loaded`: whether it had the kernel, which was then not compiled."""

    def __init__(self, key: str) -> None:
        self.key, self.loaded = key + store.PICKLED, False

    @property
    def cache_path(self) -> str:
        """The folder, for numba's statistics."""
        return str(store.folder())

    def load_overload(self, types: tuple[Any, ...], target: Any) -> Any:
        """The compiled kernel, or None."""
        del types  # part of the key
        with suppress(Exception):
            target.refresh()
            result = CompileResult._rebuild(target, *pickle.loads(store.read(self.key)))  # type: ignore[no-untyped-call]
            self.loaded = True
            return result
        return None

    def save_overload(self, types: tuple[Any, ...], result: Any) -> None:
        """Do nothing: whether a pickle is needed is known only later."""

    def enable(self) -> None:
        """Do nothing: it always is enabled."""

    def disable(self) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing: entries are found by content."""
