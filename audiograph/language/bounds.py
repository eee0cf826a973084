"""What a figure may be, as a graph file says it: "-16 LUFS ± 0.5", "<= -1 dB", "6..12 LU", "30 s"."""

import re
from math import inf, nextafter
from typing import Any, NamedTuple

from audiograph.language.quantity import KINDS, Amount, Wrong, amount, bases, brief, wrong

FORMS = "A ± B, A..B, <= A, >= A, < A, > A"
_COMPARED = r"\s*(<=|>=|<|>|≤|≥)\s*(.+)$"
_AROUND = r"(.+?)\s*(?:±|\+/-|\+-)\s*(.+)$"
_BETWEEN = r"(.*?[^.\s])\s*\.\.\s*([^.\s].*)$"


class Bounds(NamedTuple):
    """The least and the most that a figure may be, both of them allowed; and how it was said."""

    least: float
    most: float
    text: str

    def hold(self, value: float) -> bool:
        """Whether a figure lies within them; one that is no number never does."""
        return self.least <= value <= self.most


def bounds(raw: Any, unit: str, around: float | None = None) -> Bounds:
    """Read what a figure in `unit` may be; `Wrong` where that cannot be read.

    A plain value means that figure give or take `around`, or, where that is
    None, at most that figure.
    """
    text = raw.strip() if isinstance(raw, str) else str(raw) if isinstance(raw, Amount) else f"{raw}"
    if found := re.match(_COMPARED, text):
        return _compared(found[1], _figure(found[2], unit), text)
    if found := re.match(_AROUND, text):
        middle, far = _figure(found[1], unit), _difference(found[2], unit)
        return Bounds(middle - far, middle + far, text)
    if found := re.match(_BETWEEN, text):
        least, most = _figure(found[1], unit), _figure(found[2], unit)
        if least > most:
            raise wrong(f"{brief(text)} is empty: the first is above the second")
        return Bounds(least, most, text)
    value = _figure(raw, unit)
    if around is None:
        return Bounds(-inf, value, f"<= {text}")
    return Bounds(value - around, value + around, f"{text} ± {around:g}")


def _compared(sign: str, value: float, text: str) -> Bounds:
    if sign in "<=≤":
        return Bounds(-inf, nextafter(value, -inf) if sign == "<" else value, text)
    return Bounds(nextafter(value, inf) if sign == ">" else value, inf, text)


def _figure(raw: Any, unit: str) -> float:
    try:
        found = amount(raw, unit)
    except Wrong:
        raise wrong(f"{brief(raw)} is not {KINDS[unit]}, nor {FORMS} of such") from None
    if found.unit not in bases(unit):
        raise wrong(f"{brief(raw)} is not {KINDS[unit]}")
    return found.value


def _difference(raw: str, unit: str) -> float:
    found = amount(raw, unit)
    if found.unit not in (unit, *bases("LU" if unit == "LUFS" else unit)):
        raise wrong(f"± {brief(raw)} is no difference of {unit or 'plain numbers'}")
    return abs(found.value)
