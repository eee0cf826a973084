"""The value of a parameter, with every `$name` and `${...}` in it evaluated."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiograph.language.document import Entry, Items
from audiograph.language.expression import evaluate, names_in
from audiograph.language.moment import Moment, moments
from audiograph.language.parameter import File, Param, Quantity
from audiograph.language.quantity import Amount, Relative, Wrong


def read(param: Param, raw: Any, names: Mapping[str, Any], folder: Path, prefix: str = "") -> Any:
    """The value of `raw`. Relative files lie in `folder`; nodes in moments get `prefix`. Raises Wrong."""
    value = param.read(evaluated(raw, names))
    return folder / value if isinstance(param, File) else _absolute(value, prefix)


def _absolute(value: Any, prefix: str) -> Any:
    """A value whose moments name nodes by their full names, marked by a leading slash: "/music/loop"."""
    if isinstance(value, Moment):
        return value.renamed(lambda node: node if node.startswith("/") else f"/{prefix}{node}")
    if isinstance(value, tuple) and any(True for _ in moments(value)):
        return tuple({key: _absolute(part, prefix) for key, part in row.items()} for row in value)
    return value


def evaluated(raw: Any, names: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> Any:
    """`raw` with every $name and ${...} in it replaced by its value."""
    if isinstance(raw, str) and "$" in raw:
        if any(name in names and names[name] is None for name in names_in(raw)):
            raise Wrong  # without a fault: the one in the parameter has been reported
        try:
            return evaluate(raw, names)
        except Wrong as error:
            raise Wrong(*(((*path, *more), what) for more, what in error.parts)) from None
    if isinstance(raw, Entry):
        return {key: evaluated(value, names, (*path, key)) for key, value in raw.items()}
    if isinstance(raw, Items):
        return [evaluated(value, names, (*path, index)) for index, value in enumerate(raw)]
    return raw


def operand(param: Param, value: Any) -> Any:
    """The value of a parameter as expressions use it: quantities become Amounts."""
    if isinstance(param, Quantity) and isinstance(value, (int, float)):
        return Amount(float(value), "LU" if isinstance(value, Relative) else param.unit)
    return value
