"""Arithmetic of quantities: what + - * / and a few functions make of values and of their units.

A bare number takes the unit it is added to or compared with, as a bare number
anywhere in a graph file does. Bare numbers scale a quantity, and a quantity
divided by its own kind is bare. LUFS less LUFS is LU; LU or dB may be added to
LUFS. Nothing else mixes units, and no result is infinite or not a number:
`quantity.Wrong` says so.
"""

import math
from collections.abc import Callable
from functools import reduce

from audiograph.language.quantity import Amount, wrong

_LOUDNESS = {
    ("LUFS", "+", "LU"): "LUFS",
    ("LUFS", "+", "dB"): "LUFS",
    ("LU", "+", "LUFS"): "LUFS",
    ("dB", "+", "LUFS"): "LUFS",
    ("LUFS", "-", "LU"): "LUFS",
    ("LUFS", "-", "dB"): "LUFS",
    ("LUFS", "-", "LUFS"): "LU",
}
MOST_DIGITS = 12  # that a number can be rounded to
_NONE = Amount(0.0, "")


def plus(a: Amount, b: Amount) -> Amount:
    """a + b."""
    return finite(a.value + b.value, _LOUDNESS.get((a.unit, "+", b.unit)) or common(a, b))


def minus(a: Amount, b: Amount) -> Amount:
    """a - b."""
    return finite(a.value - b.value, _LOUDNESS.get((a.unit, "-", b.unit)) or common(a, b))


def times(a: Amount, b: Amount) -> Amount:
    """a * b; one of them is bare."""
    if a.unit and b.unit:
        raise wrong(f"{a} times {b} has no meaning")
    return finite(a.value * b.value, a.unit or b.unit)


def over(a: Amount, b: Amount) -> Amount:
    """a / b; b is bare or of a's unit."""
    if b.unit and a.unit != b.unit:
        raise wrong(f"{a} divided by {b} has no meaning")
    if not b.value:
        raise wrong(f"{a} is divided by zero")
    return finite(a.value / b.value, "" if b.unit else a.unit)


def over_whole(a: Amount, b: Amount) -> Amount:
    """a / b, rounded down."""
    return floor(over(a, b))


def power(a: Amount, b: Amount) -> Amount:
    """a ** b; both are bare."""
    if a.unit or b.unit:
        raise wrong(f"{a} to the power of {b} has no meaning")
    try:
        return finite(math.pow(a.value, b.value), "")
    except (OverflowError, ValueError):
        raise wrong(f"{a} to the power of {b} is no number") from None


def least(*parts: Amount) -> Amount:
    """The smallest of them."""
    return reduce(lambda a, b: Amount(min(a.value, b.value), common(a, b)), parts)


def greatest(*parts: Amount) -> Amount:
    """The largest of them."""
    return reduce(lambda a, b: Amount(max(a.value, b.value), common(a, b)), parts)


def rounded(a: Amount, digits: Amount = _NONE) -> Amount:
    """`a` with so many digits after the point, in its base unit; halves go to the even side."""
    if digits.unit or digits.value not in range(MOST_DIGITS + 1):
        raise wrong(f"round takes 0 to {MOST_DIGITS} digits, not {digits}")
    return Amount(round(a.value, int(digits.value)), a.unit)


def absolute(a: Amount) -> Amount:
    """`a` without its sign."""
    return Amount(abs(a.value), a.unit)


def floor(a: Amount) -> Amount:
    """The whole number below, in the base unit."""
    return Amount(float(math.floor(a.value)), a.unit)


def ceil(a: Amount) -> Amount:
    """The whole number above, in the base unit."""
    return Amount(float(math.ceil(a.value)), a.unit)


FUNCTIONS: dict[str, tuple[Callable[..., Amount], int, int]] = {  # with the fewest and the most arguments
    "min": (least, 1, 100),
    "max": (greatest, 1, 100),
    "round": (rounded, 1, 2),
    "abs": (absolute, 1, 1),
    "floor": (floor, 1, 1),
    "ceil": (ceil, 1, 1),
}


def common(a: Amount, b: Amount) -> str:
    """The unit both are in, or one is in and the other can be."""
    if a.unit and b.unit and a.unit != b.unit:
        raise wrong(f"{a} and {b} do not go together")
    return a.unit or b.unit


def finite(value: float, unit: str) -> Amount:
    """An amount that is a number."""
    if not math.isfinite(value):
        raise wrong("is a number too large to mean anything")
    return Amount(value, unit)
