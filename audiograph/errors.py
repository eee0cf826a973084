"""Every error audiograph raises on purpose.

AudiographError
├── GraphError      a graph is wrong: every problem in it, each with its line
├── NodeError       a node refuses its values or its inputs
├── AudioFileError  a sound file cannot be read or written
├── WrongArgument   a function was called with what it does not take
├── LimitError      a job would take more than its caller allows
├── Cancelled       the caller has cancelled the job
└── RenderError     a render that began and failed
    ├── NotFinite   a sample to be written is NaN or infinite
    └── Unexpected  a mix does not meet the expectations of its graph
"""

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import Any, NamedTuple

LONGEST_WORD, LONGEST_PATH = 80, 400  # characters without a space that a message shows whole


class Setting(str):
    """The name of a setting, as the origin of a value that was passed in and not written in a file."""

    __slots__ = ()


class Problem(NamedTuple):
    """One thing that is wrong, and where it was written."""

    where: str  # "song.yaml:12", or a Setting
    node: str  # "voice/eq"; empty if the problem concerns no single node
    what: str  # "cutoff: 90 kHz is outside 10 Hz to 20 kHz"
    missing: str = ""  # the setting to give, if a parameter without a default has no value

    def text(self, flag: str = "") -> str:
        """The problem on one line. `flag` is how settings are given here: "--set" on the command line."""
        where = flag if isinstance(self.where, Setting) else self.where
        hint = f"give it with {f'{flag} {self.missing}'.lstrip()}=..." if self.missing else ""
        return ": ".join(one_line(part) for part in (where, self.node, self.what, hint) if part)

    def __str__(self) -> str:
        return self.text()


class AudiographError(Exception):
    """Base of all errors that audiograph raises on purpose. Its text can be printed anywhere."""

    def __str__(self) -> str:
        return visible(super().__str__())


class GraphError(AudiographError):
    """A graph is wrong. `problems` lists everything that is wrong with it, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["GraphError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class NodeError(AudiographError):
    """A node refuses its values or its inputs; the text says why, and what would be accepted.

    `at` is where the value is, if that is known: a parameter, and the row and column of a list of rows.
    """

    def __init__(self, what: str = "", at: tuple[str | int, ...] = ()) -> None:
        super().__init__(what)
        self.at = at


class AudioFileError(AudiographError):
    """A sound file cannot be read or written; the text names the file."""


class WrongArgument(AudiographError, TypeError, ValueError):  # noqa: N818 - of a call
    """A function was called with an argument of a kind or value that it does not take."""


class RenderError(AudiographError):
    """A render began and failed, for instance because a sample is not a number."""


class LimitError(AudiographError):
    """A job would take more than its caller allows. `limit` is the name of the limit, as "max_seconds".

    `problem` says which node, where it is written, the figure and the limit.
    """

    def __init__(self, limit: str, problem: Problem) -> None:
        self.limit, self.problem = limit, problem
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[type["LimitError"], tuple[str, Problem]]:
        return type(self), (self.limit, self.problem)


class Cancelled(AudiographError):  # noqa: N818 - describes the job
    """The caller has cancelled the job. `problem` says which node was at work."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[type["Cancelled"], tuple[Problem]]:
        return type(self), (self.problem,)


class NotFinite(RenderError):  # noqa: N818 - the term for such a sample
    """A sample to be written is NaN or infinite. `channel` and `frame` count from 0."""

    def __init__(self, channel: int, frame: int) -> None:
        self.channel, self.frame = channel, frame
        super().__init__(f"channel {channel + 1} is not a finite number at frame {frame}")

    def __reduce__(self) -> tuple[type["NotFinite"], tuple[int, int]]:
        return type(self), (self.channel, self.frame)


class Unexpected(RenderError):  # noqa: N818 - describes the mix
    """A mix does not meet the expectations of its graph.

    `problems` has the expectations that are not met, `findings` the result of every one.
    """

    def __init__(self, problems: Iterable[Problem], findings: Sequence[Any] = ()) -> None:
        self.problems, self.findings = tuple(problems), tuple(findings)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["Unexpected"], tuple[Any, ...]]:
        return type(self), (self.problems, self.findings)


def one_line(text: object) -> str:
    """Text on one line of reasonable length: line breaks and the like are escaped, long words shortened."""
    plain = visible(text)
    if len(plain) > LONGEST_WORD:
        plain = " ".join(_shortened(word) for word in plain.split(" "))
    return plain if plain.isprintable() else "".join(map(_printable, plain))


def _shortened(word: str) -> str:
    longest = LONGEST_PATH if "/" in word or "\\" in word else LONGEST_WORD
    return word if len(word) <= longest else f"{word[: longest // 2]}...{word[-(longest // 4) :]}"


def _printable(char: str) -> str:
    return char if char.isprintable() else repr(char)[1:-1]


def visible(text: object) -> str:
    """Text with each surrogate as an escape, so that every encoding of Unicode takes it.

    A file name that is not UTF-8 has a surrogate in place of each byte that has no
    meaning; it is shown as that byte: "caf\\xe9.wav". Reference: PEP 383.
    """
    plain = str(text)
    if plain.isascii():
        return plain
    return "".join(_escape(char) if "\ud800" <= char <= "\udfff" else char for char in plain)


def _escape(surrogate: str) -> str:
    number = ord(surrogate)
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"


def nearest(word: object, known: Sequence[str]) -> str:
    """A suggestion such as "; 'peak'?": the known word closest to `word`; empty if none is close."""
    if len(text := str(word)) > LONGEST_WORD:  # comparing takes the square of its length
        return ""
    from difflib import get_close_matches  # imported only when there is an error to report

    lower = {name.lower(): name for name in known}
    near = get_close_matches(text.lower(), list(lower), 1, 0.6)
    if not near or lower[near[0]] == word:
        return ""
    shown = visible(found := lower[near[0]])
    return f"; {found!r}?" if shown == found else f"; '{shown}'?"


def warn(what: str, *about: object) -> None:
    """Log a warning, which the command line prints: something harmless that somebody should fix."""
    import logging  # slow to import, and most runs log nothing

    texts = [visible(each) if isinstance(each, (str, PathLike)) else each for each in about]
    logging.getLogger("audiograph").warning(what, *texts)
