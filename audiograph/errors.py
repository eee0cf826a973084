"""Every error audiograph raises on purpose.

AudiographError
├── GraphError      the graph is wrong: every problem of it, each with its line
├── NodeError       a node refuses its values or its inputs
├── AudioFileError  a sound file cannot be read or written
└── RenderError     a job that began and failed
    ├── NotFinite   a sample that is no number was to be written
    └── Unexpected  a mix is not what its graph expects
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong, and where it was written."""

    where: str  # "song.yaml:12"
    node: str  # "voice/eq"; empty where no node is meant
    what: str  # "cutoff: 90 kHz is outside 10 Hz to 20 kHz"

    def __str__(self) -> str:
        return ": ".join(part for part in self if part)


class AudiographError(Exception):
    """Base of all errors that audiograph raises on purpose."""


class GraphError(AudiographError):
    """A graph is wrong. `problems` has everything that is, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["GraphError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class NodeError(AudiographError):
    """A node refuses its values or its inputs; the text says why and what would do."""


class AudioFileError(AudiographError):
    """A sound file cannot be read or written; the text names the file."""


class RenderError(AudiographError):
    """A render began and failed, for instance on a sample that is not a number."""


class NotFinite(RenderError):  # noqa: N818 - the field's word
    """A sample to be written is not a number or infinite. `channel` and `frame` count from 0."""

    def __init__(self, channel: int, frame: int) -> None:
        self.channel, self.frame = channel, frame
        super().__init__(f"channel {channel + 1} is not a finite number at frame {frame}")

    def __reduce__(self) -> tuple[type["NotFinite"], tuple[int, int]]:
        return type(self), (self.channel, self.frame)


class Unexpected(RenderError):  # noqa: N818 - it is the mix that is
    """A mix is not what its graph expects: `problems` has what is not, `findings` all that was looked at."""

    def __init__(self, problems: Iterable[Problem], findings: Sequence[Any] = ()) -> None:
        self.problems, self.findings = tuple(problems), tuple(findings)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["Unexpected"], tuple[Any, ...]]:
        return type(self), (self.problems, self.findings)


def nearest(word: object, known: Sequence[str]) -> str:
    """ "; 'peak'?" for the known word closest to `word`, or nothing where none is close."""
    from difflib import get_close_matches  # only who errs pays for it

    lower = {name.lower(): name for name in known}
    near = get_close_matches(str(word).lower(), list(lower), 1, 0.6)
    return f"; {lower[near[0]]!r}?" if near and lower[near[0]] != word else ""


def warn(what: str, *about: object) -> None:
    """Log a warning, which the command prints: of what does no harm, and somebody should mend."""
    import logging  # costs more to import than to warn

    logging.getLogger("audiograph").warning(what, *about)
