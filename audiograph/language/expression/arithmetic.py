"""Arithmetic of quantities: + - * / and a few functions, applied to values and to their units.

A bare number takes the unit of the quantity it is added to or compared with, as
bare numbers do anywhere in a graph file. Multiplying or dividing by a bare number
scales a quantity; dividing two quantities of one unit gives a bare number. LUFS
minus LUFS is LU, and LU or dB may be added to LUFS. Any other mix of units, and a
result that is infinite or not a number, raises Wrong.
"""

import math
from collections.abc import Callable
from functools import reduce

from audiograph.language.quantity import Amount, wrong

_LOUDNESS = {  # (unit, operator, unit) -> unit of the result
    ("LUFS", "+", "LU"): "LUFS",
    ("LUFS", "+", "dB"): "LUFS",
    ("LU", "+", "LUFS"): "LUFS",
    ("dB", "+", "LUFS"): "LUFS",
    ("LUFS", "-", "LU"): "LUFS",
    ("LUFS", "-", "dB"): "LUFS",
    ("LUFS", "-", "LUFS"): "LU",
}
MOST_DIGITS = 12  # after the point, when rounding
_NONE = Amount(0.0, "")


def plus(a: Amount, b: Amount) -> Amount:
    """a + b."""
    return finite(a.value + b.value, _LOUDNESS.get((a.unit, "+", b.unit)) or common(a, b))


def minus(a: Amount, b: Amount) -> Amount:
    """a - b."""
    return finite(a.value - b.value, _LOUDNESS.get((a.unit, "-", b.unit)) or common(a, b))


def times(a: Amount, b: Amount) -> Amount:
    """a * b; at least one of them is a bare number."""
    if a.unit and b.unit:
        raise wrong(f"{a} times {b} has no meaning")
    return finite(a.value * b.value, a.unit or b.unit)


def over(a: Amount, b: Amount) -> Amount:
    """a / b; b is a bare number or has the unit of a."""
    if b.unit and a.unit != b.unit:
        raise wrong(f"{a} divided by {b} has no meaning")
    if not b.value:
        raise wrong(f"{a} is divided by zero")
    return finite(a.value / b.value, "" if b.unit else a.unit)


def over_whole(a: Amount, b: Amount) -> Amount:
    """a / b, rounded down."""
    return floor(over(a, b))


def power(a: Amount, b: Amount) -> Amount:
    """a ** b; both are bare numbers."""
    if a.unit or b.unit:
        raise wrong(f"{a} to the power of {b} has no meaning")
    try:
        return finite(math.pow(a.value, b.value), "")
    except (OverflowError, ValueError):
        raise wrong(f"{a} to the power of {b} is not a number") from None


def least(*parts: Amount) -> Amount:
    """The smallest of them."""
    return reduce(lambda a, b: Amount(min(a.value, b.value), common(a, b)), parts)


def greatest(*parts: Amount) -> Amount:
    """The largest of them."""
    return reduce(lambda a, b: Amount(max(a.value, b.value), common(a, b)), parts)


def rounded(a: Amount, digits: Amount = _NONE) -> Amount:
    """`a` rounded to so many digits after the point, in its base unit; halves round to even."""
    if digits.unit or digits.value not in range(MOST_DIGITS + 1):
        raise wrong(f"round takes 0 to {MOST_DIGITS} digits, not {digits}")
    return Amount(round(a.value, int(digits.value)), a.unit)


def absolute(a: Amount) -> Amount:
    """`a` without its sign."""
    return Amount(abs(a.value), a.unit)


def floor(a: Amount) -> Amount:
    """`a` rounded down to a whole number, in its base unit."""
    return Amount(float(math.floor(a.value)), a.unit)


def ceil(a: Amount) -> Amount:
    """`a` rounded up to a whole number, in its base unit."""
    return Amount(float(math.ceil(a.value)), a.unit)


FUNCTIONS: dict[
    str, tuple[Callable[..., Amount], int, int]
] = {  # and the least and greatest number of arguments
    "min": (least, 1, 100),
    "max": (greatest, 1, 100),
    "round": (rounded, 1, 2),
    "abs": (absolute, 1, 1),
    "floor": (floor, 1, 1),
    "ceil": (ceil, 1, 1),
}


def common(a: Amount, b: Amount) -> str:
    """The unit of both; a bare number takes the unit of the other. Raises Wrong if they differ."""
    if a.unit and b.unit and a.unit != b.unit:
        raise wrong(f"{a} and {b} do not go together")
    return a.unit or b.unit


def finite(value: float, unit: str) -> Amount:
    """An Amount, if `value` is finite. Raises Wrong otherwise."""
    if not math.isfinite(value):
        raise wrong("is a number too large to mean anything")
    return Amount(value, unit)
