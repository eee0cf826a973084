"""Finds the node types: the package's own, those of installed packages, those of a file; refuses twins."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from audiograph import nodes
from audiograph.errors import GraphError, Problem
from audiograph.node import NodeType

GROUP = "audiograph.nodes"  # entry points of installed packages: a module, or one node type

Load = Callable[[], ModuleType | NodeType]


def catalog(files: Sequence[Path] = ()) -> Mapping[str, NodeType]:
    """Every node type by name, with those of the Python files `files`.

    Raises GraphError where a file or an installed package cannot be used, or
    gives a type whose name is taken.
    """
    found, problems = dict(_own()), list[Problem]()
    homes = dict.fromkeys(found, "audiograph")
    given: list[tuple[str, Load]] = [(str(file), partial(_module, file)) for file in files]
    for home, load in [*_installed(), *given]:
        try:
            types = dict(_types(load()))
        except Exception as error:
            problems.append(Problem(home, "", f"cannot be used: {type(error).__name__}: {error}"))
            continue
        for name, kind in types.items():
            if name in found:
                problems.append(
                    Problem(home, name, f"two node types have this name: one is in {homes[name]}")
                )
            found[name], homes[name] = kind, home
    if problems:
        raise GraphError(problems)
    return found


@cache
def _own() -> Mapping[str, NodeType]:
    modules = [import_module(f"{nodes.__name__}.{found.name}") for found in iter_modules(nodes.__path__)]
    return {name: kind for module in modules for name, kind in _types(module)}


def _types(home: ModuleType | NodeType) -> Iterator[tuple[str, NodeType]]:
    """The node types that a module declares, not those it imports."""
    if isinstance(home, NodeType):
        yield home.name, home
        return
    for kind in vars(home).values():
        if isinstance(kind, NodeType) and kind.make.__module__ == home.__name__:
            yield kind.name, kind


def _installed() -> list[tuple[str, Load]]:
    return [(f"{point.name} ({point.value})", point.load) for point in entry_points(group=GROUP)]


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
