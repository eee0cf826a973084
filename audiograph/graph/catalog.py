"""Finds node types and recipes: built in, from installed packages, and from Python files.

A file that cannot be used is an error. An installed package that cannot be used
is left out with a warning: it must not stop graphs that do not need it.
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
from audiograph.language.document.parsing import check_regular
from audiograph.node import NodeType

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "audiograph.nodes"  # entry points of installed packages: a module, or a single node type
RECIPES = "audiograph.recipes"  # entry points: a package with graph files in it

_IMPORTING = RLock()  # no thread may see a module that another is still executing


def catalog(more: Sequence[Path] = ()) -> Mapping[str, NodeType]:
    """Every node type by name, including those in the Python files `more`.

    Raises GraphError if a file cannot be used, or if two types or recipes have
    the same name.
    """
    added, problems = dict[str, NodeType](), list[Problem]()
    homes = dict.fromkeys(_built_in(), "audiograph")
    named = [(name, str(path)) for name, path in recipes().items()]
    for home, module in [*_plugins(GROUP).loaded, *_modules(more, problems)]:
        types = dict(_types(module))
        named += [(name, home) for name in types]
        added |= types
    for name, home in named:
        if name in homes:
            problems.append(_duplicate(home, name, homes[name]))
        homes[name] = home
    if problems:
        raise GraphError(problems)
    return _Catalog(added)


def recipes() -> Mapping[str, Path]:
    """The file of every recipe that can be used by name: built in, and of installed packages.

    Raises GraphError if two have the same name.
    """
    files, problems = dict[str, Path](), list[Problem]()
    for folder in [Path(__file__).parents[1] / "recipes", *_folders(_plugins(RECIPES).loaded)]:
        for path in sorted(folder.glob("*.yaml")):
            if path.stem in files:
                problems.append(_duplicate(str(path), path.stem, str(files[path.stem])))
            files[path.stem] = path
    if problems:
        raise GraphError(problems)
    return files


def _folders(packages: Sequence[tuple[str, Any]]) -> Iterator[Path]:
    """The folders of packages."""
    for _, package in packages:
        yield from map(Path, package.__path__)


def _duplicate(home: str, name: str, other: str) -> Problem:
    return Problem(home, name, f"two node types have this name: one is in {other}")


def broken() -> Mapping[str, str]:
    """The installed packages that cannot be used: name -> what is wrong."""
    return _plugins(GROUP).broken | _plugins(RECIPES).broken


def forget_plugins() -> None:
    """Make the next use load the installed packages again, and report the broken ones again."""
    _plugins.cache_clear()


class _Catalog(Mapping[str, NodeType]):
    """The built-in node types, each imported on first use, and others."""

    def __init__(self, others: Mapping[str, NodeType]) -> None:
        self._others = others

    def __getitem__(self, name: str) -> NodeType:
        if name in self._others:
            return self._others[name]
        if name not in _built_in():
            raise KeyError(name)
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter([*_built_in(), *self._others])

    def __len__(self) -> int:
        return len(_built_in()) + len(self._others)

    def __contains__(self, name: object) -> bool:
        return name in self._others or name in _built_in()


@cache
def _loaded(name: str) -> NodeType:
    node_type = getattr(import_module(f"{nodes.__name__}.{name}"), name)
    assert isinstance(node_type, NodeType)
    return node_type


@cache
def _built_in() -> tuple[str, ...]:
    """The names of the built-in node types: each is in a module of the same name."""
    return tuple(module.name for module in iter_modules(nodes.__path__))


def _types(home: Any) -> Iterator[tuple[str, NodeType]]:
    """The node type itself, or those that a module declares; not those it imports."""
    if isinstance(home, NodeType):
        yield home.name, home
        return
    for kind in vars(home).values():
        if isinstance(kind, NodeType) and kind.make.__module__ == home.__name__:
            yield kind.name, kind


class _Plugins(NamedTuple):
    loaded: list[tuple[str, Any]]  # (name of the package, what its entry point refers to)
    broken: dict[str, str]  # name of the package -> what is wrong


@cache
def _plugins(group: str) -> _Plugins:
    """The installed plugins of a group. They are loaded once, so each broken one is reported once."""
    plugins = _Plugins([], {})
    for point in _entry_points(group):
        home = f"{point.dist.name if point.dist else point.name} ({point.value})"
        try:
            plugins.loaded.append((home, point.load()))
        except (Exception, SystemExit) as error:  # third-party code may raise anything
            plugins.broken[home] = _one_line(error)
            warn("%s cannot be used and is left out: %s", home, _one_line(error))
    return plugins


def _entry_points(group: str) -> Iterable["EntryPoint"]:
    """The entry points of a group. importlib.metadata is slow to import, and usually there are none."""
    if not any(f"[{group}]".encode() in text for text in _entry_point_files()):
        return ()
    from importlib.metadata import entry_points

    return entry_points(group=group)


@cache
def _entry_point_files() -> list[bytes]:
    """The content of entry_points.txt of every installed package that has one."""
    contents = []
    for folder in filter(os.path.isdir, map(os.path.abspath, sys.path)):
        for info in [item.path for item in os.scandir(folder) if item.name.endswith("-info")]:
            with suppress(OSError):
                contents.append(Path(info, "entry_points.txt").read_bytes())
    return contents


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _modules(files: Sequence[Path], problems: list[Problem]) -> Iterator[tuple[str, ModuleType]]:
    """Each file with its module; a problem for each file that cannot be executed."""
    for file in files:
        try:
            with _IMPORTING:
                module = _module(file)
            yield str(file), module
        except (Exception, SystemExit) as error:
            problems.append(Problem(str(file), "", f"cannot be used: {_one_line(error)}"))


def _module(file: Path) -> ModuleType:
    """A Python file as a module. Its name stays the same, so that cached kernels are found again."""
    file = Path(file)
    name = f"audiograph_nodes_{file.stem}"
    if name in sys.modules and getattr(sys.modules[name], "__file__", "") == str(file.resolve()):
        return sys.modules[name]
    check_regular(file)
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
