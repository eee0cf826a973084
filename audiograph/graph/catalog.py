"""Finds the node types: the package's own, those of installed packages, those of a file; refuses twins.

A file that cannot be used is an error. An installed package that cannot be used
is named in a warning and left out: it must not stop graphs that do without it.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from audiograph import nodes
from audiograph.errors import GraphError, Problem, warn
from audiograph.node import NodeType

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "audiograph.nodes"  # entry points of installed packages: a module, or one node type
RECIPES = "audiograph.recipes"  # entry points: a package that holds graph files

_IMPORTING = RLock()  # a thread shall not see a module that another has begun to run


def catalog(more: Sequence[Path] = ()) -> Mapping[str, NodeType]:
    """Every node type by name, with those of the Python files `more`.

    Raises GraphError where a file cannot be used, or anything gives a type whose
    name is taken.
    """
    found, problems = dict[str, NodeType](), list[Problem]()
    homes = dict.fromkeys(_own(), "audiograph")
    named = [(name, str(path)) for name, path in recipes().items()]
    for home, module in [*_plugins(GROUP).loaded, *_modules(more, problems)]:
        types = dict(_types(module))
        named += [(name, home) for name in types]
        found |= types
    for name, home in named:
        if name in homes:
            problems.append(_twin(home, name, homes[name]))
        homes[name] = home
    if problems:
        raise GraphError(problems)
    return _Catalog(found)


def recipes() -> Mapping[str, Path]:
    """The file of every recipe that may be used by name: our own, and those of installed packages.

    Raises GraphError where two have one name.
    """
    found, problems = dict[str, Path](), list[Problem]()
    for home in [Path(__file__).parents[1] / "recipes", *_homes(_plugins(RECIPES).loaded)]:
        for path in sorted(home.glob("*.yaml")):
            if path.stem in found:
                problems.append(_twin(str(path), path.stem, str(found[path.stem])))
            found[path.stem] = path
    if problems:
        raise GraphError(problems)
    return found


def _homes(packages: Sequence[tuple[str, Any]]) -> Iterator[Path]:
    """The folders of packages."""
    for _, package in packages:
        yield from map(Path, package.__path__)


def _twin(home: str, name: str, other: str) -> Problem:
    return Problem(home, name, f"two node types have this name: one is in {other}")


def broken() -> Mapping[str, str]:
    """What is wrong with each installed package that cannot be used, by its name."""
    return _plugins(GROUP).broken | _plugins(RECIPES).broken


def look_again() -> None:
    """Load installed packages anew where they are asked for, and tell again of those that are broken."""
    _plugins.cache_clear()


class _Catalog(Mapping[str, NodeType]):
    """Our own node types, each imported when it is first asked for, and others."""

    def __init__(self, others: Mapping[str, NodeType]) -> None:
        self._others = others

    def __getitem__(self, name: str) -> NodeType:
        if name in self._others:
            return self._others[name]
        if name not in _own():
            raise KeyError(name)
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter([*_own(), *self._others])

    def __len__(self) -> int:
        return len(_own()) + len(self._others)

    def __contains__(self, name: object) -> bool:
        return name in self._others or name in _own()


@cache
def _loaded(name: str) -> NodeType:
    found = getattr(import_module(f"{nodes.__name__}.{name}"), name)
    assert isinstance(found, NodeType)
    return found


@cache
def _own() -> tuple[str, ...]:
    """The names of our own: each is that of its file."""
    return tuple(found.name for found in iter_modules(nodes.__path__))


def _types(home: Any) -> Iterator[tuple[str, NodeType]]:
    """A node type itself, or those that a module declares, not those it imports."""
    if isinstance(home, NodeType):
        yield home.name, home
        return
    for kind in vars(home).values():
        if isinstance(kind, NodeType) and kind.make.__module__ == home.__name__:
            yield kind.name, kind


class _Plugins(NamedTuple):
    loaded: list[tuple[str, Any]]  # the name of a package, and what its entry point gives
    broken: dict[str, str]  # why there is nothing


@cache
def _plugins(group: str) -> _Plugins:
    """Those installed, which do not change while a process runs: so each broken one is told of once."""
    found = _Plugins([], {})
    for point in _entry_points(group):
        home = f"{point.dist.name if point.dist else point.name} ({point.value})"
        try:
            found.loaded.append((home, point.load()))
        except (Exception, SystemExit) as error:  # whatever a stranger's module does when it is run
            found.broken[home] = _line(error)
            warn("%s cannot be used and is left out: %s", home, _line(error))
    return found


def _entry_points(group: str) -> Iterable["EntryPoint"]:
    """Those of installed packages. What finds them takes long to import, and mostly there are none."""
    if not any(f"[{group}]".encode() in text for text in _declared()):
        return ()
    from importlib.metadata import entry_points

    return entry_points(group=group)


@cache
def _declared() -> list[bytes]:
    """The text of every installed package that declares entry points."""
    found = []
    for home in filter(os.path.isdir, map(os.path.abspath, sys.path)):
        for info in [part.path for part in os.scandir(home) if part.name.endswith("-info")]:
            with suppress(OSError):
                found.append(Path(info, "entry_points.txt").read_bytes())
    return found


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _modules(files: Sequence[Path], problems: list[Problem]) -> Iterator[tuple[str, ModuleType]]:
    """Each file and what it holds; a problem for one that cannot be run."""
    for file in files:
        try:
            with _IMPORTING:
                module = _module(file)
            yield str(file), module
        except (Exception, SystemExit) as error:
            problems.append(Problem(str(file), "", f"cannot be used: {_line(error)}"))


def _module(file: Path) -> ModuleType:
    """A Python file as a module, under a name that compiled kernels can be found by again."""
    name = f"audiograph_nodes_{file.stem}"
    if name in sys.modules and getattr(sys.modules[name], "__file__", "") == str(file.resolve()):
        return sys.modules[name]
    spec = spec_from_file_location(name, file.resolve())
    if spec is None or spec.loader is None:
        raise ImportError("is not a Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
