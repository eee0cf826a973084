"""The types of parameters. Each has a range and a help text, and reads values.

`read(raw)` returns the value in the base unit (dB, s, Hz, 1) or raises Wrong.
"""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

from audiograph.errors import nearest
from audiograph.language.moment import Moment, moment
from audiograph.language.quantity import (
    KINDS,
    QUANTITY,
    SCALES,
    Amount,
    Relative,
    amount,
    bases,
    brief,
    shown,
    wrong,
)

FAR = 1e9  # larger than any quantity in a mix: a bound here means no bound
TARGETS = {  # LUFS for stereo and more, and for mono: most players send it to both sides, 3 dB louder
    "podcast": (-16.0, -19.0),
    "short_video": (-14.0, -14.0),
    "streaming": (-14.0, -14.0),
    "broadcast": (-23.0, -23.0),
}


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()  # marks a parameter that has no default


@dataclass(frozen=True)
class Param:
    """A parameter: its default (or REQUIRED), and one line of help."""

    default: Any
    help: str
    kind: ClassVar[str] = ""

    def read(self, raw: Any) -> Any:
        """The value of `raw`, as a graph file has it. Raises Wrong."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A value as a person would write it."""
        return str(value)

    def range(self) -> str:
        """The accepted values, in words."""
        return ""

    def describe(self) -> dict[str, Any]:
        """The parameter as plain data, for JSON."""
        default = None if self.default is REQUIRED else self.default
        return {
            "kind": self.kind,
            "default": default,
            "required": self.default is REQUIRED,
            "help": self.help,
        }


@dataclass(frozen=True)
class Quantity(Param):
    """A number with a unit, within a range."""

    unit: str = ""
    lo: float = 0.0
    hi: float = 0.0
    kind: ClassVar[str] = "quantity"

    def read(self, raw: Any) -> float:
        quantity = amount(raw, self.unit)
        if quantity.unit not in bases(self.unit):
            what = brief(raw) if isinstance(raw, str) else str(quantity)
            raise wrong(f"{what} is not {KINDS[self.unit]}")
        if not (isfinite(quantity.value) and self.lo <= quantity.value <= self.hi):
            raise wrong(f"{shown(*quantity)} is {self._beyond(quantity.value)}{self._suggestion(raw)}")
        return quantity.value

    def _beyond(self, value: float) -> str:
        """The range that `value` is outside of, or the bound if there is only one."""
        if self.lo > -FAR and self.hi < FAR:
            return f"outside {Quantity.range(self)}"
        return (
            f"above {shown(self.hi, self.unit)}" if value > self.hi else f"below {shown(self.lo, self.unit)}"
        )

    def _suggestion(self, raw: Any) -> str:
        """The same number in another unit, if that is within the range: "; 90 Hz?" for 90 kHz."""
        match = QUANTITY.match(str(raw)) if not isinstance(raw, Amount) else None
        digits = float(match[1].replace("−", "-")) if match else 0.0
        scales = SCALES[self.unit].items() if self.unit or (self.lo >= 0 and self.hi <= 1) else ()
        near = [name for name, scale in scales if name and self.lo <= digits * scale <= self.hi]
        return f"; {match[1]} {near[0]}?" if match and near and digits else ""

    def shown(self, value: Any) -> str:
        return shown(value, self.unit) if isinstance(value, (int, float)) else str(value)

    def range(self) -> str:
        lo, hi = shown(self.lo, self.unit), shown(self.hi, self.unit)
        if self.lo <= -FAR or self.hi >= FAR:
            return f"up to {hi}" if self.hi < FAR else f"{lo} and more" if self.lo > -FAR else "any"
        return f"{lo} to {hi}"

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"unit": self.unit, "min": self.lo, "max": self.hi}


class Whole(Quantity):
    """A whole number within a range."""

    kind: ClassVar[str] = "whole"

    def read(self, raw: Any) -> int:
        value = super().read(raw)
        if value != int(value):
            raise wrong(f"{shown(value, '')} is not a whole number")
        return int(value)


RELATIVE = (-80.0, 40.0)  # LU: range of a level relative to a loudness


class Level(Quantity):
    """A level in dB, or a Relative one in LU: relative to the loudness of the sound itself."""

    kind: ClassVar[str] = "level"

    def read(self, raw: Any) -> float:
        quantity = Amount(raw, "LU") if isinstance(raw, Relative) else amount(raw, self.unit)
        if quantity.unit != "LU":
            return super().read(raw)
        return Relative(Quantity(None, "", "LU", *RELATIVE).read(quantity))

    def shown(self, value: Any) -> str:
        return str(value) if isinstance(value, Relative) else super().shown(value)

    def range(self) -> str:
        low, high = RELATIVE
        return f"{super().range()}, or {low:g} to {high:g} LU relative to its own loudness"

    def describe(self) -> dict[str, Any]:
        default = str(self.default) if isinstance(self.default, Relative) else self.default
        relative = dict(zip(("min", "max"), RELATIVE, strict=True))
        return super().describe() | {"default": default, "relative": {"unit": "LU", **relative}}


class Loudness(Quantity):
    """A loudness, or the name of one in TARGETS. A name stays a name: its value depends on the channels."""

    kind: ClassVar[str] = "loudness"

    def read(self, raw: Any) -> Any:
        if not isinstance(raw, str) or not raw[:1].isalpha():
            return super().read(raw)
        if raw not in TARGETS:
            known = list(TARGETS)
            what = f"is neither a loudness in LUFS nor one of {', '.join(known)}"
            raise wrong(f"{brief(raw)} {what}{nearest(raw, known)}")
        super().read(TARGETS[raw][0])
        return raw

    def range(self) -> str:
        return f"{super().range()}, or {', '.join(TARGETS)}"

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"names": list(TARGETS)}


def lufs_of(target: float | str, channels: int) -> float:
    """The value of a Loudness in LUFS, for a sound with so many channels."""
    if not isinstance(target, str):
        return target
    stereo, mono = TARGETS[target]
    return mono if channels == 1 else stereo


@dataclass(frozen=True)
class Choice(Param):
    """One of several names."""

    names: tuple[str, ...] = ()
    kind: ClassVar[str] = "choice"

    def read(self, raw: Any) -> str:
        if raw not in self.names or not isinstance(raw, str):
            raise wrong(f"{brief(raw)} is not one of {', '.join(self.names)}{nearest(raw, self.names)}")
        return raw

    def range(self) -> str:
        return ", ".join(self.names)

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"choices": list(self.names)}


class Flag(Param):
    """True or false."""

    kind: ClassVar[str] = "flag"

    def read(self, raw: Any) -> bool:
        names = {"true": True, "false": False}
        value = names.get(raw) if isinstance(raw, str) else raw  # text comes from the command line
        if not isinstance(value, bool):
            raise wrong(f"{brief(raw)} is neither true nor false")
        return value

    def shown(self, value: Any) -> str:
        return str(value).lower()

    def range(self) -> str:
        return "true, false"


class Text(Param):
    """Any text."""

    kind: ClassVar[str] = "text"

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise wrong(f"{brief(raw)} is not text")
        return raw


class File(Param):
    """A path. A relative one is relative to the folder of the graph file it is written in."""

    kind: ClassVar[str] = "file"

    def read(self, raw: Any) -> Path:
        if not isinstance(raw, (str, Path)) or not str(raw) or "\0" in str(raw):
            raise wrong(f"{brief(raw)} is not the path of a file")
        return Path(raw)

    def describe(self) -> dict[str, Any]:
        facts = super().describe()
        return facts | {"default": str(facts["default"]) if facts["default"] is not None else None}


class MomentParam(Param):
    """A time in the mix: "3 s", "speech.end - 500 ms", "max(a.end, b.start) + 1 s"."""

    kind: ClassVar[str] = "moment"

    def read(self, raw: Any) -> Moment:
        return moment(raw)

    def shown(self, value: Any) -> str:
        return value.written() if isinstance(value, Moment) else str(value)

    def describe(self) -> dict[str, Any]:
        return super().describe() | {"unit": "s"}
