"""Finds node types and recipes: built in, from installed packages, and from Python files.

A file that cannot be used is an error. An installed package that cannot be used
is left out with a warning: it must not stop graphs that do not need it.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

from audiograph import nodes
from audiograph.errors import GraphError, Problem
from audiograph.graph.plugins import GROUP, RECIPES, forget, one_line, plugins, types_of
from audiograph.language.document.parsing import check_regular
from audiograph.node import NodeType

if TYPE_CHECKING:
    pass

_IMPORTING = RLock()  # no thread may see a module that another is still executing


def catalog(more: Sequence[Path] = ()) -> Mapping[str, NodeType]:
    """Every node type by name, including those in the Python files `more`.

    Raises GraphError if a file cannot be used, or if two types or recipes have
    the same name.
    """
    added, problems = dict[str, NodeType](), list[Problem]()
    homes = dict.fromkeys(_built_in(), "audiograph")
    named = [(name, str(path)) for name, path in recipes().items()]
    for home, module in [*plugins(GROUP).loaded, *_modules(more, problems)]:
        types = dict(types_of(module))
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
    for folder in [Path(__file__).parents[1] / "recipes", *_folders(plugins(RECIPES).loaded)]:
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
    return plugins(GROUP).broken | plugins(RECIPES).broken


def forget_plugins() -> None:
    """Make the next use load the installed packages again, and report the broken ones again."""
    forget()


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


def _modules(files: Sequence[Path], problems: list[Problem]) -> Iterator[tuple[str, ModuleType]]:
    """Each file with its module; a problem for each file that cannot be executed."""
    for file in files:
        try:
            with _IMPORTING:
                module = _module(file)
            yield str(file), module
        except (Exception, SystemExit) as error:
            problems.append(Problem(str(file), "", f"cannot be used: {one_line(error)}"))


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
