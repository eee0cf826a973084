"""Quantities: numbers with units, as a graph file writes them.

Values are stored in base units: dB, s, Hz, LUFS, LU and plain numbers.
"""

import re
from contextlib import suppress
from math import isfinite
from numbers import Real
from typing import Any, NamedTuple

from audiograph.errors import nearest

SCALES: dict[str, dict[str, float]] = {  # base unit -> units accepted for it, and their factors
    "Hz": {"Hz": 1.0, "kHz": 1e3},
    "s": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0},
    "dB": {"dB": 1.0},
    "LUFS": {"LUFS": 1.0},
    "LU": {"LU": 1.0},
    "": {"": 1.0, "%": 0.01},
}
BASE = {name: (base, scale) for base, scales in SCALES.items() for name, scale in scales.items()}
_NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
QUANTITY = re.compile(rf"\s*({_NUMBER})\s*([A-Za-z%]*)\s*$")
_CLOCK = re.compile(r"\s*(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d+)?)\s*$")
LONGEST = 200  # characters of a quantity; nobody writes a longer number


class Wrong(ValueError):  # noqa: N818 - the user's error, not the program's
    """A value that cannot be accepted. `parts` has each fault, with the path of keys and indices to it."""

    def __init__(self, *parts: tuple[tuple[str | int, ...], str]) -> None:
        self.parts = parts
        super().__init__("; ".join(what for _, what in parts))


def wrong(what: str) -> Wrong:
    """A `Wrong` with one fault, in the value itself."""
    return Wrong(((), what))


class Amount(NamedTuple):
    """A number in a base unit: 5 ms is Amount(0.005, "s")."""

    value: float
    unit: str

    def __str__(self) -> str:
        return shown(self.value, self.unit)


class Relative(float):
    """A level in LU relative to the loudness of the sound it is compared with; a plain float is in dB."""

    def __str__(self) -> str:
        return shown(self, "LU")


def shown(value: float, unit: str) -> str:
    """A quantity as a person would write it: "5 ms" for 0.005 and "s"."""
    scale = ""
    if unit == "s":
        whole = {"h": 3600, "min": 600}  # seconds from which a whole number of these reads better
        scale = "ms" if 0 < abs(value) < 1 else "s"
        scale = next(
            (name for name, least in whole.items() if abs(value) >= least and value % BASE[name][1] == 0),
            scale,
        )
    elif unit == "Hz":
        scale = "kHz" if abs(value) >= 1000 else "Hz"
    scale = scale or unit
    return f"{value / BASE[scale][1]:.6g} {scale}".rstrip()


def roughly(value: float, unit: str) -> str:
    """A quantity as in `shown`, to three digits."""
    return shown(float(f"{value:.3g}"), unit)


def bases(unit: str) -> tuple[str, ...]:
    """The base units accepted for `unit`: dB and LU are interchangeable."""
    return ("dB", "LU") if unit in ("dB", "LU") else (unit,)


def amount(raw: Any, unit: str = "") -> Amount:
    """Read "-20 dB", "1:30", 0.5 or an Amount; a bare number is in the base unit `unit`. Raises Wrong."""
    if isinstance(raw, Amount):
        return Amount(raw.value, raw.unit or unit)
    if isinstance(raw, Real) and not isinstance(raw, bool):
        with suppress(OverflowError):
            if isfinite(raw):
                return Amount(float(raw), unit)
        raise wrong("is not a number, or too large to mean anything")
    text = raw if isinstance(raw, str) and len(raw) <= LONGEST else ""
    if clock := _CLOCK.match(text):
        hours, minutes, seconds = clock.groups(default="0")
        return Amount(int(hours) * 3600 + int(minutes) * 60 + float(seconds), "s")
    match = QUANTITY.match(text)
    if not match:
        raise wrong(f"{brief(raw)} is not {KINDS[unit]}")
    number, name = float(match[1].replace("−", "-")), match[2]
    if name not in BASE:
        known = [name for name in BASE if name]
        raise wrong(f"{brief(raw)} has the unknown unit {name!r}{nearest(name, known)}")
    base, scale = BASE[name]
    return Amount(number * scale, base if name else unit)


KINDS = {
    "Hz": "a frequency (Hz, kHz)",
    "s": "a time (s, ms, min, h)",
    "dB": "a level in dB",
    "LUFS": "a loudness in LUFS",
    "LU": "a difference in LU",
    "": "a plain number",
}


def brief(raw: Any) -> str:
    """The value as written, shortened to 60 characters."""
    try:
        text = repr(raw[:100] if isinstance(raw, str) else raw)
    except Exception:  # of a class that somebody wrote, or of an integer of thousands of digits
        text = type(raw).__name__
    return text if len(text) <= 60 else text[:57] + "..."
