"""Parameters with units, as a node declares them.

Each parameter is the default of an argument::

    def svf(setup, cutoff: float = hz(1000, 10, 20_000, "corner frequency")):

so name, unit, default, range and meaning stand on one line, and nowhere else.
The function gets values in the base unit: dB, s, Hz, LUFS, LU, 1.
"""

from typing import Any

from audiograph.language.parameter import (
    REQUIRED,
    Choice,
    File,
    Flag,
    Loudness,
    MomentParam,
    Quantity,
    Rows,
    Text,
    Whole,
)


def hz(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A frequency in Hz."""
    return Quantity(_number(default), help, "Hz", lo, hi)


def seconds(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A span of time in seconds."""
    return Quantity(_number(default), help, "s", lo, hi)


def db(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A level or a gain in decibels."""
    return Quantity(_number(default), help, "dB", lo, hi)


def lufs(default: float | str | None, lo: float, hi: float, help: str) -> Any:
    """A loudness in LUFS, or the name of one, such as podcast: `parameter.lufs_of` tells the number."""
    return Loudness(default if isinstance(default, str) else _number(default), help, "LUFS", lo, hi)


def lu(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A difference of loudness in LU."""
    return Quantity(_number(default), help, "LU", lo, hi)


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
    return (
        value if value is None or value is REQUIRED else float(value)
    )  # an int would compile a kernel twice
