"""The `params` of a graph file: what they may be, and their values."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audiograph.errors import nearest
from audiograph.graph.scope import Notes, Scope, section, strange
from audiograph.graph.values import named
from audiograph.language.document import Entry
from audiograph.language.parameter import (
    FAR,
    REQUIRED,
    Choice,
    File,
    Flag,
    Loudness,
    MomentParam,
    Param,
    Quantity,
    Text,
    Whole,
)
from audiograph.language.quantity import Wrong, amount, wrong

UNITS = {"gain": "dB", "level": "dB", "time": "s", "frequency": "Hz", "number": "", "loudness": "LUFS"}
NUMBERS = {"whole": Whole, "loudness": Loudness}  # those that are more than a quantity
TYPES = (*UNITS, "whole", "flag", "choice", "text", "file", "moment")
KEYS = ("type", "default", "min", "max", "about", "choices", "unit")


def declared(raw: Any) -> Param:
    """The parameter that an entry of `params` declares; a bare value is a default."""
    if not isinstance(raw, Mapping):
        return _guessed(raw)
    for key in raw:
        if key not in KEYS:
            raise Wrong(((key,), strange(raw, key, KEYS)))
    kind = raw.get("type", "number")
    if kind not in TYPES:
        raise Wrong((("type",), f"type: {kind!r} is not one of {', '.join(TYPES)}{nearest(kind, TYPES)}"))
    return _made(kind, raw)


def _guessed(raw: Any) -> Param:
    if isinstance(raw, bool):
        return Flag(raw, "")
    try:
        found = amount(raw)
    except Wrong:
        if isinstance(raw, str):
            return Text(raw, "")
        raise wrong("is neither a value nor a mapping with type and default") from None
    return Quantity(raw, "", found.unit, -FAR, FAR)


def _made(kind: str, raw: Mapping[str, Any]) -> Param:
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
            raise Wrong((("choices",), "choices: give a list of words"))
        return Choice(default, about, tuple(names))
    plain: dict[str, Callable[[Any, str], Param]] = {
        "flag": Flag, "text": Text, "file": File, "moment": MomentParam,
    }  # fmt: skip
    return plain[kind](default, about)


def _bound(raw: Mapping[str, Any], key: str, unit: str, otherwise: float) -> float:
    if key not in raw:
        return otherwise
    try:
        found = amount(raw[key], unit)
    except Wrong as error:
        raise Wrong(((key,), f"{key}: {error}")) from None
    if found.unit != unit:
        raise Wrong(((key,), f"{key}: {found} is not in {unit or 'plain numbers'}"))
    return found.value


Params = dict[str, tuple[Param, Any]]
Give = Callable[
    [str, Param], tuple[bool, Any]
]  # whether a parameter is given a value from outside, and which


def values_of(
    document: Entry, notes: Notes, folder: Path, label: str, give: Give
) -> tuple[Params, dict[str, Any]]:
    """Every parameter of a file with its value; and the values as expressions see them, None if unknown."""
    entries, found, names = section(document, "params", notes), Params(), dict[str, Any]()
    for name, raw in entries.items():
        where = entries.at(name)
        try:
            param = declared(raw)
        except Wrong as error:
            notes.wrong(error, raw, where, f"{label}{name}")
            names[name] = None
            continue
        is_given, value = give(name, param)
        if not is_given and param.default is REQUIRED:
            notes.problem(where, f"{label}{name}", f"has no default: give it with --set {name}=...")
        elif not is_given:
            line = raw.at("default") if isinstance(raw, Entry) else where
            value = notes.value(
                param, param.default, Scope(folder, names=names), f"{label}{name}", "default", line
            )
        found[name] = param, value
        names[name] = named(param, value)
    return found, names
