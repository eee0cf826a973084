"""Parameters with units: how a value is written, checked, read and shown.

A node declares each parameter as the default of an argument::

    def svf(setup, cutoff: float = hz(1000, 10, 20_000, "corner frequency")):

so name, unit, default, range and meaning stand on one line, and nowhere else.
Every parameter has `default`, `help` and `read(raw)`, which takes what a graph
file says and gives the value in the base unit (dB, s, Hz, 1); `Wrong` says what
is wrong with it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from audiograph.errors import nearest


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()  # the default of a parameter that has none

SCALES: dict[str, dict[str, float]] = {  # base unit -> how it may be written
    "Hz": {"Hz": 1.0, "kHz": 1e3},
    "s": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0},
    "dB": {"dB": 1.0},
    "LUFS": {"LUFS": 1.0},
    "LU": {"LU": 1.0},
    "": {"": 1.0, "%": 0.01},
}
BASE = {name: (base, scale) for base, scales in SCALES.items() for name, scale in scales.items()}
_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*([A-Za-z%]*)\s*$")
_CLOCK = re.compile(r"\s*(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)\s*$")
_MOMENT = re.compile(r"\s*([A-Za-z_][\w/-]*)\.(start|end)\s*(?:([-+−])\s*(.+))?$")
LONGEST = 200  # characters of a quantity; a longer one is no number anybody wrote


class Wrong(ValueError):
    """A value that cannot be taken. `parts` has each fault and the keys or places that lead to it."""

    def __init__(self, *parts: tuple[tuple[str | int, ...], str]) -> None:
        self.parts = parts
        super().__init__("; ".join(what for _, what in parts))


def wrong(what: str) -> Wrong:
    """A `Wrong` of one fault in the value itself."""
    return Wrong(((), what))


class Amount(NamedTuple):
    """A number in a base unit: 5 ms is Amount(0.005, "s")."""

    value: float
    unit: str

    def __str__(self) -> str:
        return shown(self.value, self.unit)


class Moment(NamedTuple):
    """A time told from the start or the end of a node's sound; no node is the mix's time zero."""

    node: str
    edge: str  # "start" or "end"
    offset: float  # seconds

    def __str__(self) -> str:
        if not self.node:
            return shown(self.offset, "s")
        sign = "-" if self.offset < 0 else "+"
        more = f" {sign} {shown(abs(self.offset), 's')}" if self.offset else ""
        return f"{self.node}.{self.edge}{more}"


def shown(value: float, unit: str) -> str:
    """A quantity as a person would write it: 0.005, "s" is "5 ms"."""
    scale = ""
    if unit == "s":
        scale = "ms" if 0 < abs(value) < 1 else "min" if abs(value) >= 600 and value % 60 == 0 else "s"
    elif unit == "Hz":
        scale = "kHz" if abs(value) >= 1000 else "Hz"
    scale = scale or unit
    return f"{value / BASE[scale][1]:.6g} {scale}".rstrip()


def amount(raw: Any, unit: str = "") -> Amount:
    """Read "-20 dB", "1:30", 0.5 or an Amount; a bare number is in `unit`, the base unit."""
    if isinstance(raw, Amount):
        return Amount(raw.value, raw.unit or unit)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if abs(raw) > 1e300:
            raise wrong("is a number too large to mean anything")
        return Amount(float(raw), unit)
    text = raw if isinstance(raw, str) and len(raw) <= LONGEST else ""
    if clock := _CLOCK.match(text):
        hours, minutes, seconds = clock.groups(default="0")
        return Amount(int(hours) * 3600 + int(minutes) * 60 + float(seconds), "s")
    match = _QUANTITY.match(text)
    if not match:
        raise wrong(f"{_brief(raw)} is not a number{_in(unit)}")
    number, name = float(match[1].replace("−", "-")), match[2]
    if name not in BASE:
        known = [name for name in BASE if name]
        raise wrong(f"{_brief(raw)} has the unknown unit {name!r}{nearest(name, known)}")
    base, scale = BASE[name]
    return Amount(number * scale, base if name else unit)


def _in(unit: str) -> str:
    return f" in {' or '.join(name for name in SCALES[unit] if name)}" if unit else ""


def _brief(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True)
class Param:
    """What every parameter has: a default (or REQUIRED) and one line that says what it is for."""

    default: Any
    help: str
    kind: str = field(default="", init=False)

    def read(self, raw: Any) -> Any:
        """The value of what a graph file says; `Wrong` where it cannot be taken."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A value as a person would write it."""
        return str(value)

    def range(self) -> str:
        """What may be given, in words."""
        return ""

    def describe(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        default = None if self.default is REQUIRED else self.default
        return {"kind": self.kind, "default": default, "required": self.default is REQUIRED, "help": self.help}


@dataclass(frozen=True)
class Quantity(Param):
    """A number with a unit, within a range."""

    unit: str = ""
    lo: float = 0.0
    hi: float = 0.0
    kind: str = field(default="quantity", init=False)

    def read(self, raw: Any) -> float:
        found = amount(raw, self.unit)
        if found.unit != self.unit:
            raise wrong(f"{_brief(raw) if isinstance(raw, str) else found} is not{_in(self.unit) or ' a bare number'}")
        if not (isfinite(found.value) and self.lo <= found.value <= self.hi):
            raise wrong(f"{shown(*found)} is outside {self.range()}{self._guess(raw)}")
        return found.value

    def _guess(self, raw: Any) -> str:
        """The same digits in another scale of the unit, where that would be in range."""
        match = _QUANTITY.match(str(raw)) if not isinstance(raw, Amount) else None
        digits = float(match[1].replace("−", "-")) if match else 0.0
        near = [name for name, scale in SCALES[self.unit].items() if name and self.lo <= digits * scale <= self.hi]
        return f"; {match[1]} {near[0]}?" if match and near and digits else ""

    def shown(self, value: Any) -> str:
        return shown(value, self.unit) if isinstance(value, (int, float)) else str(value)

    def range(self) -> str:
        return f"{shown(self.lo, self.unit)} to {shown(self.hi, self.unit)}"

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"unit": self.unit, "min": self.lo, "max": self.hi}


@dataclass(frozen=True)
class Whole(Quantity):
    """A whole number within a range."""

    kind: str = field(default="whole", init=False)

    def read(self, raw: Any) -> int:
        value = super().read(raw)
        if value != int(value):
            raise wrong(f"{shown(value, '')} is not a whole number")
        return int(value)


@dataclass(frozen=True)
class Choice(Param):
    """One of several words."""

    names: tuple[str, ...] = ()
    kind: str = field(default="choice", init=False)

    def read(self, raw: Any) -> str:
        if raw not in self.names or not isinstance(raw, str):
            raise wrong(f"{_brief(raw)} is not one of {', '.join(self.names)}{nearest(raw, self.names)}")
        return raw

    def range(self) -> str:
        return ", ".join(self.names)

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"choices": list(self.names)}


@dataclass(frozen=True)
class Flag(Param):
    """True or false."""

    kind: str = field(default="flag", init=False)

    def read(self, raw: Any) -> bool:
        words = {"true": True, "false": False}
        value = words.get(raw) if isinstance(raw, str) else raw  # a word where it comes from a command line
        if not isinstance(value, bool):
            raise wrong(f"{_brief(raw)} is neither true nor false")
        return value

    def shown(self, value: Any) -> str:
        return str(value).lower()

    def range(self) -> str:
        return "true, false"


@dataclass(frozen=True)
class Text(Param):
    """Words."""

    kind: str = field(default="text", init=False)

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise wrong(f"{_brief(raw)} is not text")
        return raw


@dataclass(frozen=True)
class File(Param):
    """A path; a relative one begins at the folder of the graph file that names it."""

    kind: str = field(default="file", init=False)

    def read(self, raw: Any) -> Path:
        if not isinstance(raw, (str, Path)) or not str(raw) or "\0" in str(raw):
            raise wrong(f"{_brief(raw)} is not the path of a file")
        return Path(raw)

    def describe(self) -> dict[str, Any]:
        found = super().describe()
        return found | {"default": str(found["default"]) if found["default"] is not None else None}


@dataclass(frozen=True)
class MomentParam(Param):
    """A time of the mix, by number or by relation: "3 s", "speech.end - 500 ms"."""

    kind: str = field(default="moment", init=False)

    def read(self, raw: Any) -> Moment:
        if isinstance(raw, Moment):
            return raw
        match = _MOMENT.match(raw) if isinstance(raw, str) and len(raw) <= LONGEST else None
        if not match:
            return Moment("", "start", _time(raw))
        node, edge, sign, time = match.groups()
        offset = _time(time) if time else 0.0
        return Moment(node, edge, -offset if sign in ("-", "−") else offset)

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"unit": "s"}


def _time(raw: Any) -> float:
    try:
        found = amount(raw, "s")
        if found.unit == "s" and abs(found.value) <= 1e9:
            return found.value
    except Wrong:
        pass
    raise wrong(f"{_brief(raw)} is not a time such as '3 s', '1:30' or 'speech.end - 500 ms'")


@dataclass(frozen=True)
class Rows(Param):
    """A list of mappings, each with the same columns."""

    columns: Mapping[str, Param] = field(default_factory=dict)
    most: int = 1000
    kind: str = field(default="rows", init=False)

    def read(self, raw: Any) -> tuple[dict[str, Any], ...]:
        if not isinstance(raw, (list, tuple)) or len(raw) > self.most:
            raise wrong(f"is not a list of at most {self.most} mappings with {', '.join(self.columns)}")
        faults: list[tuple[tuple[str | int, ...], str]] = []
        table = tuple(self._row(place, row, faults) for place, row in enumerate(raw))
        if faults:
            raise Wrong(*faults)
        return table

    def _row(self, place: int, row: Any, faults: list[tuple[tuple[str | int, ...], str]]) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            faults.append(((place,), f"row {place + 1}: {_brief(row)} is not a mapping with {', '.join(self.columns)}"))
            return {}
        values = {key: column.default for key, column in self.columns.items()}
        for key, raw in row.items():
            if key not in self.columns:
                faults.append(((place, key), f"row {place + 1}: {key!r} is not one of {', '.join(self.columns)}{nearest(key, list(self.columns))}"))
                continue
            try:
                values[key] = self.columns[key].read(raw)
            except Wrong as error:
                faults += [((place, key, *path), f"row {place + 1}: {key}: {what}") for path, what in error.parts]
        missing = [key for key, value in values.items() if value is REQUIRED and key not in row]
        faults += [((place,), f"row {place + 1}: needs {key}: {self.columns[key].help}") for key in missing]
        return values

    def shown(self, value: Any) -> str:
        return f"{len(value)} rows" if value else "none"

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"columns": {name: column.describe() for name, column in self.columns.items()}}


def hz(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A frequency in Hz."""
    return Quantity(_number(default), help, "Hz", lo, hi)


def seconds(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A span of time in seconds."""
    return Quantity(_number(default), help, "s", lo, hi)


def db(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A level or a gain in decibels."""
    return Quantity(_number(default), help, "dB", lo, hi)


def number(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A number without a unit; `%` is a hundredth."""
    return Quantity(_number(default), help, "", lo, hi)


def whole(default: int | None, lo: int, hi: int, help: str) -> Any:
    """A whole number."""
    return Whole(default, help, "", lo, hi)


def choice(*names: str, help: str) -> Any:
    """One of several words; the first is the default."""
    return Choice(names[0], help, names)


def flag(default: bool, help: str) -> Any:
    """True or false."""
    return Flag(default, help)


def text(help: str, default: Any = REQUIRED) -> Any:
    """Words."""
    return Text(default, help)


def file(help: str, default: Any = REQUIRED) -> Any:
    """The path of a file."""
    return File(default, help)


def moment(help: str, default: Any = REQUIRED) -> Any:
    """A time of the mix, which may be told from another node: the function gets seconds."""
    return MomentParam(default, help)


def rows(help: str, **columns: Any) -> Any:
    """A list of mappings with these columns: the function gets a tuple of dicts."""
    return Rows((), help, columns)


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)  # an int would compile a kernel a second time


def moments(value: Any) -> Iterable[Moment]:
    """Every moment told from a node that a read value holds, rows included."""
    if isinstance(value, Moment):
        return [value] if value.node else []
    parts = value.values() if isinstance(value, Mapping) else value if type(value) in (tuple, list) else ()
    return [found for part in parts for found in moments(part)]
