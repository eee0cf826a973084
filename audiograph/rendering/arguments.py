"""Arguments of the functions that programs call: those of the wrong kind are refused in words."""

from collections.abc import Iterable, Mapping
from io import TextIOBase
from operator import index
from pathlib import Path
from typing import Any

from audiograph.errors import GraphError, Problem, WrongArgument
from audiograph.graph.limits import Limits
from audiograph.language.quantity import brief


def whole_number(name: str, value: Any, least: int) -> int:
    """A whole number that a caller gave as the argument `name`. Raises WrongArgument for anything else."""
    try:
        number = index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise WrongArgument(f"{name} is {brief(value)}, not a whole number from {least} on")
    return number


def paths(nodes: Any) -> tuple[Path, ...]:
    """The files with node types that a caller gave."""
    if isinstance(nodes, (str, Path)) or not isinstance(nodes, Iterable):
        raise WrongArgument(f"nodes is {brief(nodes)}, not a list of files")
    try:
        files = tuple(nodes)
    except TypeError:  # of an array without dimensions
        raise WrongArgument(f"nodes is {brief(nodes)}, not a list of files") from None
    if unfit := [file for file in files if not isinstance(file, (str, Path))]:
        raise WrongArgument(f"nodes has {brief(unfit[0])}, which is not the path of a file")
    return tuple(map(Path, files))


def check_target(target: Any) -> None:
    """Raises WrongArgument, or GraphError, for what no sound can be written to."""
    is_path = isinstance(target, (str, Path))
    if not (target is None or target is bytes or is_path or hasattr(target, "write")):
        raise WrongArgument(
            f"{brief(target)} is not a target: give a path, None, bytes or an open file; "
            "settings come after it"
        )
    if is_path and (not str(target) or "\0" in str(target)):
        what = "is empty: name a file or a folder" if not str(target) else f"{target} is not a file name"
        raise GraphError([Problem("", "target", what)])
    writable = getattr(target, "writable", None)
    if isinstance(target, TextIOBase) or (callable(writable) and not target.closed and not writable()):
        raise WrongArgument("the target is a file that takes no bytes: open it with 'wb'")


def given_by_name(settings: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that was given by name."""
    if not (
        settings is None or (isinstance(settings, Mapping) and all(isinstance(key, str) for key in settings))
    ):
        raise WrongArgument(f"settings are a mapping from names to values, not {brief(settings)}")
    return {**(settings or {}), **params}


def check_kinds(limits: Any = None, progress: Any = None, output: Any = None) -> None:
    """Raises WrongArgument for arguments of these names that are of the wrong kind; None is of any."""
    if limits is not None and not isinstance(limits, Limits):
        raise WrongArgument(f"limits is {brief(limits)}, not audiograph.Limits(...)")
    if progress is not None and not callable(progress):
        raise WrongArgument(f"progress is {brief(progress)}, not a function")
    if output is not None and not isinstance(output, str):
        raise WrongArgument(f"output is {brief(output)}, not the name of an output")
