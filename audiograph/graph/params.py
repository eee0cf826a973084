"""The `params` of a graph file: their declarations and their values."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audiograph.errors import nearest
from audiograph.graph.diagnostics import Diagnostics, unknown_key
from audiograph.graph.scope import Scope
from audiograph.graph.values import operand
from audiograph.language.document import Entry
from audiograph.language.parameter import (
    FAR,
    REQUIRED,
    Choice,
    File,
    Flag,
    Level,
    Loudness,
    MomentParam,
    Param,
    Quantity,
    Text,
    Whole,
)
from audiograph.language.quantity import Wrong, amount, brief, wrong

UNITS = {"gain": "dB", "level": "dB", "time": "s", "frequency": "Hz", "number": "", "loudness": "LUFS"}
NUMBERS = {"whole": Whole, "level": Level, "loudness": Loudness}  # numeric types with a class of their own
TYPES = (*UNITS, "whole", "flag", "choice", "text", "file", "moment")
KEYS = ("type", "default", "min", "max", "about", "choices", "unit")


def declared(raw: Any) -> Param:
    """The parameter that an entry of `params` declares; a bare value is its default. Raises Wrong."""
    if not isinstance(raw, Mapping):
        return _inferred(raw)
    for key in raw:
        if key not in KEYS:
            raise Wrong(((key,), unknown_key(raw, key, KEYS)))
    kind = raw.get("type", "number")
    if kind not in TYPES:
        what = f"type: {brief(kind)} is not one of {', '.join(TYPES)}{nearest(kind, TYPES)}"
        raise Wrong((("type",), what))
    return _of_type(kind, raw)


def _inferred(raw: Any) -> Param:
    """A parameter whose type is that of its default."""
    if isinstance(raw, bool):
        return Flag(raw, "")
    try:
        default = amount(raw)
    except Wrong:
        if isinstance(raw, str):
            return Text(raw, "")
        raise wrong("is neither a value nor a mapping with type and default") from None
    if default.unit == "LU":  # a threshold, for which a setting in dB is another thing, or a difference
        return Level(raw, "", "dB", -FAR, FAR)
    return Quantity(raw, "", default.unit, -FAR, FAR)


def _of_type(kind: str, raw: Mapping[str, Any]) -> Param:
    default, about = raw.get("default", REQUIRED), str(raw.get("about", ""))
    if kind in UNITS or kind == "whole":
        unit = UNITS.get(kind, "")
        lo, hi = _bound(raw, "min", unit, -FAR), _bound(raw, "max", unit, FAR)
        if lo > hi:
            raise Wrong((("min",), "min is above max"))
        return NUMBERS.get(kind, Quantity)(default, about, unit, lo, hi)
    if kind == "choice":
        names = raw.get("choices")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise Wrong((("choices",), "choices: is not a list of names"))
        return Choice(default, about, tuple(names))
    plain: dict[str, Callable[[Any, str], Param]] = {
        "flag": Flag, "text": Text, "file": File, "moment": MomentParam,
    }  # fmt: skip
    return plain[kind](default, about)


def _bound(raw: Mapping[str, Any], key: str, unit: str, otherwise: float) -> float:
    if key not in raw:
        return otherwise
    try:
        bound = amount(raw[key], unit)
    except Wrong as error:
        raise Wrong(((key,), f"{key}: {error}")) from None
    if bound.unit != unit:
        raise Wrong(((key,), f"{key}: {bound} is not in {unit or 'plain numbers'}"))
    return bound.value


Params = dict[str, tuple[Param, Any]]
Give = Callable[[str, Param], tuple[bool, Any]]  # whether a parameter is given a value, and the value


def values_of(
    document: Entry, diagnostics: Diagnostics, folder: Path, node: str, give: Give
) -> tuple[Params, dict[str, Any]]:
    """Every parameter of a file with its value, and the values as operands of expressions.

    `node` uses the file as a recipe; it is empty for the outermost file. Values
    that could not be read are None.
    """
    declarations, params, names = diagnostics.section(document, "params"), Params(), dict[str, Any]()
    for name, raw in declarations.items():
        where, label = declarations.at(name), f"{node}.{name}" if node else f"params/{name}"
        try:
            param = declared(raw)
        except Wrong as error:
            diagnostics.wrong(error, raw, where, label)
            names[name] = None
            continue
        is_given, value = give(name, param)
        if not is_given and param.default is REQUIRED:
            diagnostics.problem(where, label, "has no default", missing=label if node else name)
        elif not is_given:
            line = raw.at("default") if isinstance(raw, Entry) else where
            scope = Scope(folder, names=names)
            value = diagnostics.value(param, param.default, scope, label, "default", line)
        params[name] = param, value
        names[name] = operand(param, value)
    return params, names
