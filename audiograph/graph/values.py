"""What was written for a parameter, with every `$name` and `${...}` in it worked out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiograph.language.document import Entry, Items
from audiograph.language.expression import evaluate, names_in
from audiograph.language.parameter import File, Param, Quantity
from audiograph.language.quantity import Amount, Moment, Wrong, moments


def read(param: Param, raw: Any, names: Mapping[str, Any], folder: Path, prefix: str = "") -> Any:
    """The value of what was written: worked out, files seen from `folder`, nodes from `prefix`."""
    value = param.read(evaluated(raw, names))
    return folder / value if isinstance(param, File) else scoped(value, prefix)


def scoped(value: Any, prefix: str) -> Any:
    """A value whose moments name nodes from the outermost file, with a slash before: "/music/loop"."""
    if isinstance(value, Moment):
        inner = value.node and not value.node.startswith("/")
        return value._replace(node=f"/{prefix}{value.node}") if inner else value
    if isinstance(value, tuple) and any(True for _ in moments(value)):
        return tuple({key: scoped(part, prefix) for key, part in row.items()} for row in value)
    return value


def evaluated(raw: Any, names: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> Any:
    """`raw` with every $name and ${...} in it worked out."""
    if isinstance(raw, str) and "$" in raw:
        if any(name in names and names[name] is None for name in names_in(raw)):
            raise Wrong  # what is wrong with the parameter has been said
        try:
            return evaluate(raw, names)
        except Wrong as error:
            raise Wrong(*(((*path, *more), what) for more, what in error.parts)) from None
    if isinstance(raw, Entry):
        return {key: evaluated(value, names, (*path, key)) for key, value in raw.items()}
    if isinstance(raw, Items):
        return [evaluated(value, names, (*path, place)) for place, value in enumerate(raw)]
    return raw


def named(param: Param, value: Any) -> Any:
    """A value as expressions see it."""
    if isinstance(param, Quantity) and isinstance(value, (int, float)):
        return Amount(float(value), param.unit)
    return value
