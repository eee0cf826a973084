"""A kernel as machine code: from memory, or else from the store, or else compiled by numba."""

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from threading import RLock
from typing import Any

from audiograph.digest import blake2b
from audiograph.machine_code import linking, process, store
from audiograph.machine_code.arguments import Kinds, described, packed
from audiograph.machine_code.linking import Binder

_COMPILING = RLock()  # if two threads need a new kernel at the same time, only one compiles it


class Compiled:
    """The machine code of a kernel, one version per combination of argument kinds.

    `content()` is a text that is equal for two kernels only if they compile to
    the same code; `jitted()` is a numba dispatcher.
    """

    def __init__(self, name: str, content: Callable[[], str], jitted: Callable[[], Any]) -> None:
        self.name, self._content, self._jitted = name, content, jitted
        self._binders: dict[Kinds, Binder] = {}

    @property
    def signatures(self) -> list[Kinds]:
        """The combinations of argument kinds that it has been bound to."""
        return list(self._binders)

    def __call__(self, *args: Any) -> None:
        """Run it once."""
        self.bind(*args)()

    def bind(self, *args: Any) -> Callable[[], None]:
        """A callable without arguments that runs it on these arrays and numbers, and keeps them alive."""
        kinds, slots = packed(args)
        bind = self._binders.get(kinds) or self._ready(kinds, args)
        return bind(slots, args)

    def _ready(self, kinds: Kinds, args: tuple[Any, ...]) -> Binder:
        with _COMPILING:
            if kinds not in self._binders:
                key = self._key(kinds)
                self._binders[kinds] = _stored(key) or self._from_numba(key, kinds, args)
            return self._binders[kinds]

    def _key(self, kinds: Kinds) -> str:
        everything = repr((self.content, described(kinds), linking.machine()))
        return f"{self.name}-{blake2b(everything.encode(), digest_size=16).hexdigest()}"

    @cached_property
    def content(self) -> str:
        """The content of the kernel and of its helpers, as a digest."""
        return self._content()

    @cached_property
    def dispatcher(self) -> Any:
        """The numba dispatcher of the kernel."""
        return self._jitted()

    def _from_numba(self, key: str, kinds: Kinds, args: tuple[Any, ...]) -> Binder:
        if not store.holds(key + store.PICKLED):
            process.compiling(self.name)
        from audiograph.machine_code import making

        return making.make(self.dispatcher, key, kinds, args)


def _stored(key: str) -> Binder | None:
    with suppress(Exception):  # no store, no entry, a damaged one, or one that does not link
        return linking.load(key, store.read(key)) if linking.trusted() else None
    return None
