"""Bounds of a figure, as a graph file writes them: "-16 LUFS ± 0.5", "<= -1 dB", "6..12 LU", "30 s"."""

import re
from math import inf, nextafter
from typing import Any, NamedTuple

from audiograph.language.quantity import KINDS, Amount, Wrong, amount, bases, brief, wrong

FORMS = "A ± B, A..B, <= A, >= A, < A, > A"
_COMPARED = r"\s*(<=|>=|<|>|≤|≥)\s*(.+)$"
_AROUND = r"(.+?)\s*(?:±|\+/-|\+-)\s*(.+)$"
_BETWEEN = r"(.*?[^.\s])\s*\.\.\s*([^.\s].*)$"


class Bounds(NamedTuple):
    """The range of a figure, both ends included, and the text it was read from."""

    least: float
    most: float
    text: str

    def hold(self, value: float) -> bool:
        """Whether `value` lies within the bounds; NaN never does."""
        return self.least <= value <= self.most


def bounds(raw: Any, unit: str, tolerance: float | None = None) -> Bounds:
    """Read the bounds of a figure in `unit`. Raises Wrong.

    A plain value means plus or minus `tolerance`; without a tolerance, it is a maximum.
    """
    text = raw.strip() if isinstance(raw, str) else str(raw) if isinstance(raw, Amount) else f"{raw}"
    if match := re.match(_COMPARED, text):
        return _compared(match[1], _figure(match[2], unit), text)
    if match := re.match(_AROUND, text):
        middle, distance = _figure(match[1], unit), _difference(match[2], unit)
        return Bounds(middle - distance, middle + distance, text)
    if match := re.match(_BETWEEN, text):
        least, most = _figure(match[1], unit), _figure(match[2], unit)
        if least > most:
            raise wrong(f"{brief(text)} is empty: the first is above the second")
        return Bounds(least, most, text)
    value = _figure(raw, unit)
    if tolerance is None:
        return Bounds(-inf, value, f"<= {text}")
    return Bounds(value - tolerance, value + tolerance, f"{text} ± {tolerance:g}")


def _compared(sign: str, value: float, text: str) -> Bounds:
    if sign in "<=≤":
        return Bounds(-inf, nextafter(value, -inf) if sign == "<" else value, text)
    return Bounds(nextafter(value, inf) if sign == ">" else value, inf, text)


def _figure(raw: Any, unit: str) -> float:
    try:
        figure = amount(raw, unit)
    except Wrong:
        raise wrong(f"{brief(raw)} is not {KINDS[unit]}, nor one of the forms {FORMS}") from None
    if figure.unit not in bases(unit):
        raise wrong(f"{brief(raw)} is not {KINDS[unit]}")
    return figure.value


def _difference(raw: str, unit: str) -> float:
    difference = amount(raw, unit)
    if difference.unit not in (unit, *bases("LU" if unit == "LUFS" else unit)):
        raise wrong(f"± {brief(raw)} is not a difference in {unit or 'plain numbers'}")
    return abs(difference.value)
