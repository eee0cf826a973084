"""The arguments of a kernel, flattened as numba hands them to machine code: eight bytes a slot."""

import struct
from ctypes import addressof, c_char
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kinds = tuple[
    Any, ...
]  # of each argument: a type, (type, *kinds) of a tuple, (dtype, dimensions, flags) of an array

LAYOUT = 0x1 | 0x2 | 0x100 | 0x400  # numpy's flags: C order, Fortran order, aligned, writeable
C_ORDER, FORTRAN_ORDER = 0x1, 0x2


class Slot(NamedTuple):
    """A slot: what LLVM calls its type, and its value where it is always the same."""

    type: str
    always: str = ""


_PACKED = {"ptr": "q", "i64": "q", "i32": "i4x", "i8": "?7x", "double": "d", "float": "f4x"}
_NUMBERS: dict[type, type] = {  # those that are one to numba are one here
    float: float, np.float64: float, np.float32: np.float32,
    int: int, np.int64: int, np.int32: np.int32, bool: bool, np.bool_: bool,
}  # fmt: skip
_SLOTS = {
    float: Slot("double"), np.float32: Slot("float"),
    int: Slot("i64"), np.int32: Slot("i32"), bool: Slot("i8"),
}  # fmt: skip


def packed(args: tuple[Any, ...]) -> tuple[Kinds, bytes]:
    """The kinds of the arguments, and their slots.

    Raises TypeError for what is neither an array of numbers, a number, nor a tuple of such.
    """
    values: list[Any] = []
    kinds = tuple([_kind(arg, values) for arg in args])
    return kinds, _struct(kinds).pack(*values)


def _kind(value: Any, values: list[Any]) -> Any:
    """The kind of a value, whose slots go to the end of `values`."""
    if isinstance(value, np.ndarray):
        values += (0, 0, value.size, value.itemsize, _address(value), *value.shape, *value.strides)
        flags = value.flags.num & LAYOUT
        return value.dtype, value.ndim, flags & ~FORTRAN_ORDER if flags & C_ORDER else flags
    if isinstance(value, tuple):
        return type(value), *[_kind(part, values) for part in value]
    kind = _NUMBERS.get(type(value))
    if kind is None:
        raise TypeError(f"a kernel takes arrays, tuples, float, int and bool, not {value!r}")
    values.append(value)
    return kind


def _address(array: NDArray[Any]) -> int:
    try:
        return addressof(c_char.from_buffer(array))  # type: ignore[arg-type]  # a fifth of the time
    except (TypeError, ValueError, BufferError):  # read-only, empty, or with gaps
        return array.ctypes.data


@cache
def _struct(kinds: Kinds) -> struct.Struct:
    return struct.Struct("=" + "".join(_PACKED[slot.type] for slot in slots(kinds)))


def slots(kinds: Kinds) -> list[Slot]:
    """The slots of arguments of these kinds; TypeError for an array of what are no numbers."""
    found: list[Slot] = []
    for kind in kinds:
        if not isinstance(kind, tuple):
            found.append(_SLOTS[kind])
        elif isinstance(kind[0], type):
            found += slots(kind[1:])
        else:
            found += _array(*kind)
    return found


def _array(dtype: np.dtype[Any], dimensions: int, _flags: int) -> list[Slot]:
    """Two owners, then size, size of a number, address, shape and strides.

    The owners would be numba's count of references and a Python object. There
    is none: the bound kernel keeps the array.
    """
    if not dtype.isnative or dtype.kind not in "biufc":
        raise TypeError(f"a kernel takes arrays of numbers, not of {dtype}")
    nobody, octets = Slot("ptr", "null"), Slot("i64", str(dtype.itemsize))
    return [nobody, nobody, Slot("i64"), octets, Slot("ptr"), *[Slot("i64")] * 2 * dimensions]


def described(kind: Any) -> Any:
    """A kind, or a tuple of them, in words that are the same in any process.

    Of a NamedTuple they have its home and its fields, which numba goes by.
    """
    if isinstance(kind, type):
        return kind.__module__, kind.__qualname__, getattr(kind, "_fields", ())
    if isinstance(kind, np.dtype):
        return kind.str
    return [described(part) for part in kind] if isinstance(kind, tuple) else kind
