"""Parameters with units, as a node declares them.

Each parameter is the default of an argument::

    def svf(setup, cutoff: float = hz(1000, 10, 20_000, "corner frequency")):

so name, unit, default, range and meaning stand in one line, and nowhere else.
The function gets values in the base unit: dB, s, Hz, LUFS, LU or 1. `lo` and
`hi` belong to the range. A default of None makes a parameter optional, and the
function then gets None; `audiograph.language.parameter.REQUIRED` makes the
user give one.
"""

from typing import Any

from audiograph.language.parameter import (
    REQUIRED,
    Choice,
    File,
    Flag,
    Level,
    Loudness,
    MomentParam,
    Quantity,
    Text,
    Whole,
)
from audiograph.language.quantity import Relative
from audiograph.language.rows import Rows


def hz(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A frequency in Hz."""
    return Quantity(_number(default), help, "Hz", lo, hi)


def seconds(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A duration in seconds."""
    return Quantity(_number(default), help, "s", lo, hi)


def db(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A level or a gain in decibels."""
    return Quantity(_number(default), help, "dB", lo, hi)


def level(default: float | None, lo: float, hi: float, help: str, *, relative: bool = False) -> Any:
    """A level to compare a sound with: in dB, or in LU relative to the loudness of that sound.

    A value in LU is a `Relative`, a float; `relative` says that the default is one.
    `measuring.key_level` makes an effect with either.
    """
    own = Relative(default) if relative and default is not None else _number(default)
    return Level(own, help, "dB", lo, hi)


def lufs(default: float | str | None, lo: float, hi: float, help: str) -> Any:
    """A loudness in LUFS, or the name of one, such as podcast: `parameter.lufs_of` gives the number."""
    return Loudness(default if isinstance(default, str) else _number(default), help, "LUFS", lo, hi)


def lu(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A difference in loudness, in LU."""
    return Quantity(_number(default), help, "LU", lo, hi)


def number(default: float | None, lo: float, hi: float, help: str) -> Any:
    """A number without a unit; `50 %` is 0.5."""
    return Quantity(_number(default), help, "", lo, hi)


def whole(default: int | None, lo: int, hi: int, help: str) -> Any:
    """A whole number, an int."""
    return Whole(default, help, "", lo, hi)


def choice(*names: str, help: str) -> Any:
    """One of several words; the first is the default."""
    return Choice(names[0], help, names)


def flag(default: bool, help: str) -> Any:
    """True or false, a bool."""
    return Flag(default, help)


def text(help: str, default: Any = REQUIRED) -> Any:
    """Text, a str."""
    return Text(default, help)


def file(help: str, default: Any = REQUIRED) -> Any:
    """The path of a file, relative to the folder of the graph file."""
    return File(default, help)


def moment(help: str, default: Any = REQUIRED) -> Any:
    """A time in the mix, or relative to a node, as in `speech.end - 1 s`. The function gets seconds."""
    return MomentParam(default, help)


def rows(help: str, **columns: Any) -> Any:
    """A list of mappings with these columns, each a parameter. The function gets a tuple of dicts."""
    return Rows((), help, columns)


def _number(value: float | None) -> float | None:
    return (
        value if value is None or value is REQUIRED else float(value)
    )  # an int would compile a kernel twice
