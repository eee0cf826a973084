"""Compiled kernels on disk, one file each, in the user's cache folder.

A file's name is made of the content of the kernel and its helpers, the types of
its arguments with the names of their fields, the processor and the versions, so
an entry is right or not found: there is no index to fall out of step, and any
number of processes may write at once. Whatever goes wrong here costs only time.
Set AUDIOGRAPH_CACHE to move it. What is in the folder is run as code: it is
private to its user.
"""

import contextlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numba
from numba.core import caching, serialize
from numba.core.compiler import CompileResult

on_compile: list[Callable[[str], None]] = []  # each is told the name of a kernel before it is compiled


def folder() -> Path:
    """Where compiled kernels are kept."""
    if chosen := os.environ.get("AUDIOGRAPH_CACHE"):
        return Path(chosen) / "kernels"
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return Path(home or Path.home() / ".cache") / "audiograph" / "kernels"


class Store(caching._Cache):
    """What a numba dispatcher asks before it compiles and tells after."""

    def __init__(self, name: str, content: str) -> None:
        self.name, self.content = name, content

    @property
    def cache_path(self) -> str:
        """The folder, for numba's statistics."""
        return str(folder())

    def load_overload(self, types: tuple[Any, ...], target: Any) -> Any:
        """The compiled kernel for these argument types, or None."""
        with contextlib.suppress(Exception):
            target.refresh()
            path = self._path(types, target.codegen())
            if _is_private(path.parent):
                return CompileResult._rebuild(target, *pickle.loads(path.read_bytes()))  # type: ignore[no-untyped-call]
        for tell in on_compile:
            tell(self.name)
        return None

    def save_overload(self, types: tuple[Any, ...], result: Any) -> None:
        """Keep a kernel just compiled."""
        with contextlib.suppress(Exception):
            path = self._path(types, result.codegen)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_private(path.parent):
                _write(path, serialize.dumps(result._reduce()))  # type: ignore[no-untyped-call]

    def enable(self) -> None:
        """Nothing to do: it always is."""

    def disable(self) -> None:
        """Nothing to do."""

    def flush(self) -> None:
        """Nothing to do: entries are found by content."""

    def _path(self, types: tuple[Any, ...], codegen: Any) -> Path:
        key = self.content, [_described(kind) for kind in types], codegen.magic_tuple(), numba.__version__
        versions = sys.version_info[:3], sys.implementation.cache_tag
        return folder() / f"{self.name}-{blake2b(repr((key, versions)).encode(), digest_size=16).hexdigest()}"


def _described(kind: Any) -> Any:
    """A numba type in full: a NamedTuple's own text has its class, but not its fields."""
    if fields := getattr(kind, "fields", None):
        home = kind.instance_class
        return home.__module__, home.__qualname__, fields, [_described(part) for part in kind.types]
    return str(kind)


def _is_private(path: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True
    found = path.stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o022


def _write(path: Path, data: bytes) -> None:
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
