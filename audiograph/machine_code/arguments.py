"""The arguments of a kernel, flattened as numba passes them to machine code, in slots of eight bytes."""

import struct
from ctypes import addressof, c_char
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# The kind of each argument: a type for a number, (type, *kinds) for a tuple, (dtype, dimensions, flags) for
# an array.
Kinds = tuple[Any, ...]

LAYOUT = 0x1 | 0x2 | 0x100 | 0x400  # numpy's flags: C order, Fortran order, aligned, writeable
C_ORDER, FORTRAN_ORDER = 0x1, 0x2


class Slot(NamedTuple):
    """One slot: its LLVM type, and its value if that is constant."""

    type: str
    constant: str = ""


_PACKED = {"ptr": "q", "i64": "q", "i32": "i4x", "i8": "?7x", "double": "d", "float": "f4x"}
_NUMBERS: dict[type, type] = {  # types that numba does not tell apart
    float: float, np.float64: float, np.float32: np.float32,
    int: int, np.int64: int, np.int32: np.int32, bool: bool, np.bool_: bool,
}  # fmt: skip
_SLOTS = {
    float: Slot("double"), np.float32: Slot("float"),
    int: Slot("i64"), np.int32: Slot("i32"), bool: Slot("i8"),
}  # fmt: skip


def packed(args: tuple[Any, ...]) -> tuple[Kinds, bytes]:
    """The kinds of the arguments, and the bytes of their slots.

    Raises TypeError for anything but numbers, arrays of numbers, and tuples of these.
    """
    values: list[Any] = []
    kinds = tuple([_kind(arg, values) for arg in args])
    return kinds, _struct(kinds).pack(*values)


def _kind(value: Any, values: list[Any]) -> Any:
    """The kind of a value; appends its slots to `values`."""
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
        return addressof(c_char.from_buffer(array))  # type: ignore[arg-type]  # five times as fast
    except (TypeError, ValueError, BufferError):  # read-only, empty, or with gaps
        return array.ctypes.data


@cache
def _struct(kinds: Kinds) -> struct.Struct:
    return struct.Struct("=" + "".join(_PACKED[slot.type] for slot in slots(kinds)))


def slots(kinds: Kinds) -> list[Slot]:
    """The slots of arguments of these kinds; TypeError for an array of anything but numbers."""
    layout: list[Slot] = []
    for kind in kinds:
        if not isinstance(kind, tuple):
            layout.append(_SLOTS[kind])
        elif isinstance(kind[0], type):
            layout += slots(kind[1:])
        else:
            layout += _array(*kind)
    return layout


def _array(dtype: np.dtype[Any], dimensions: int, _flags: int) -> list[Slot]:
    """Two owners, then number of items, bytes per item, address, shape and strides.

    numba's owners are a reference count and a Python object. Here both are null:
    the bound kernel keeps the array alive.
    """
    if not dtype.isnative or dtype.kind not in "biufc":
        raise TypeError(f"a kernel takes arrays of numbers, not of {dtype}")
    owner, item_size = Slot("ptr", "null"), Slot("i64", str(dtype.itemsize))
    return [owner, owner, Slot("i64"), item_size, Slot("ptr"), *[Slot("i64")] * 2 * dimensions]


def described(kind: Any) -> Any:
    """A kind, or a tuple of kinds, as plain data that is equal in every process.

    For a NamedTuple that is its module, name and fields, by which numba tells types apart.
    """
    if isinstance(kind, type):
        return kind.__module__, kind.__qualname__, getattr(kind, "_fields", ())
    if isinstance(kind, np.dtype):
        return kind.str
    return [described(part) for part in kind] if isinstance(kind, tuple) else kind
