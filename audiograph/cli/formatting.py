"""Formatting for the command line: lines on stderr, times, levels, tables."""

import codecs
import sys
from collections.abc import Iterable, Sequence
from math import isfinite, log10
from typing import TYPE_CHECKING, Any

from audiograph.errors import Problem, visible
from audiograph.language.quantity import shown

if TYPE_CHECKING:
    from rich.console import Console


ESCAPING = "audiograph.escaping"  # what stdout and stderr do with characters that their encoding lacks
_PLAINER = str.maketrans({"−": "-", "±": "+/-", "…": "...", "×": "x", "–": "-", "→": "->", "\u202f": " "})


def escape_what_is_not_encoded() -> None:
    """Let stdout and stderr take every character, whatever their encoding: no output ends a command.

    A redirected stream on Windows has the encoding of the country, such as cp1252 or GBK.
    """
    codecs.register_error(ESCAPING, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if ((stream and stream.encoding) or "utf-8").lower() not in ("utf-8", "utf8"):
            stream.reconfigure(errors=ESCAPING)  # type: ignore[union-attr]


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plainer = error.object[error.start : error.end].translate(_PLAINER)
    return plainer.encode("ascii", "backslashreplace").decode("ascii"), error.end


def say(text: str) -> None:
    """Print one line on stderr."""
    print(plain(text), file=sys.stderr)


def plain(text: str) -> str:
    """Text with unprintable characters escaped: graph files must not control the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in visible(text))


def problem_line(problem: Problem) -> str:
    """A problem on one line; one that comes from a setting begins with "--set"."""
    return problem.text("--set")


def in_json(facts: Any) -> str:
    """Facts as JSON text."""
    import json  # rarely needed, so not imported at start

    return json.dumps(_visible(facts), indent=2, allow_nan=False, default=visible)


def _visible(facts: Any) -> Any:
    if isinstance(facts, dict):
        return {visible(key): _visible(part) for key, part in facts.items()}
    if isinstance(facts, (list, tuple)):
        return [_visible(part) for part in facts]
    if isinstance(facts, float) and not isfinite(facts):  # the default of a node that somebody wrote
        return None
    return visible(facts) if isinstance(facts, str) else facts


def clock(frames: int | None, rate: int, digits: int = 1) -> str:
    """A length as "1:02:03.4", or "endless"."""
    if frames is None:
        return "endless"
    ticks = round(frames / rate * 10**digits)
    minutes, rest = divmod(ticks, 60 * 10**digits)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 10**digits:0{3 + digits}.{digits}f}"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"


def format_of(rate: int, channels: int) -> str:
    """Rate and channels, such as "44.1 kHz, 2 ch"."""
    return f"{shown(rate, 'Hz')}, {channels} ch"


def dbfs(peak: float) -> float | None:
    """A magnitude in dBFS; None for silence."""
    return 20 * log10(peak) if peak > 0 else None


def counted(number: int, what: str) -> str:
    """ "1 sample", "3 samples"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def console(err: bool = False) -> "Console":
    """A rich console without markup; lines wrap on a terminal only."""
    from rich.console import Console

    plain: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False, "stderr": err}
    screen = Console(**plain)
    return screen if screen.is_terminal else Console(**plain, width=100_000)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Print a table on stdout; columns whose title is in `right` are aligned to the right."""
    from rich.table import Table

    columns = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        columns.add_column(title, justify="right" if title in right else "left")
    for row in rows:
        columns.add_row(*map(plain, row))
    screen = console()
    with screen.capture() as drawn:
        screen.print(columns)
    for line in drawn.get().splitlines():
        print(line.rstrip())
