"""Every file that is used in a mix, with its licence and whom to credit.

A node's own parameters come first, then the file FILE.credit.yaml beside the
sound, then the tags of the sound. Each may supply a part.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from audiograph.errors import GraphError, Problem, nearest
from audiograph.graph import Graph, Limits
from audiograph.rendering.credits.licence import KNOWN, Licence, licence
from audiograph.rendering.credits.stating import SUFFIX, Stated, beside, tagged


class Credit(NamedTuple):
    """A file that a mix is made of, and its rights; fields are empty where nothing is known."""

    path: Path
    node: str  # the first that plays it
    where: str  # "song.yaml:12"
    licence: Licence | None
    credit: str
    title: str
    source: str

    def facts(self) -> dict[str, str | None]:
        """Path, licence, credit, title and source as plain data."""
        texts = {"credit": self.credit, "title": self.title, "source": self.source}
        under = {"licence": str(self.licence) if self.licence else None}
        return {"path": str(self.path), **under, **{key: text or None for key, text in texts.items()}}


class _Played(NamedTuple):
    """A file at one place of a graph."""

    path: Path
    node: str
    where: str
    stated: Stated


def credits(graph: Graph) -> list[Credit]:
    """The files that the outputs of a graph are made of, each once, in the order of the plan.

    Raises GraphError for errors in credit files, and where two nodes state
    different licences for one file.
    """
    files: dict[Path, list[_Played]] = {}
    for played in _played(graph):
        files.setdefault(played.path.resolve(), []).append(played)
    problems: list[Problem] = []
    found = [_credit(places, problems, graph.limits) for places in files.values()]
    if problems:
        raise GraphError(problems)
    return found


def check(found: Iterable[Credit], allowed: Sequence[str]) -> None:
    """Raises GraphError with a problem for every sound whose licence is not among those allowed."""
    known = [licence(name) for name in allowed]
    hints = ["" if one.is_known else nearest(name, KNOWN) for name, one in zip(allowed, known, strict=True)]
    names = ", ".join(name + hint for name, hint in zip(allowed, hints, strict=True))
    problems = []
    for each in found:
        if not each.licence:
            what = f"states no licence: give the node `licence`, or write {each.path.name}{SUFFIX}"
        elif not any(one.allows(each.licence) for one in known):
            what = f"is {each.licence}, which is not {'one of ' if len(allowed) > 1 else ''}{names}"
        else:
            continue
        problems.append(Problem(each.where, each.node, f"{each.path.name} {what}"))
    if problems:
        raise GraphError(problems)


def missing(found: Iterable[Credit]) -> Iterator[Problem]:
    """A problem for every missing licence or credit that must be known before the mix is published."""
    for each in found:
        if not each.licence:
            yield Problem(each.where, each.node, f"{each.path.name} states no licence")
        elif not each.licence.is_free and not each.credit:
            yield Problem(each.where, each.node, f"{each.path.name} does not say whom to credit")


def is_due(credit: Credit) -> bool:
    """Whether the sound must be credited: its licence asks for it, or a credit is all that is known."""
    return bool(credit.licence and not credit.licence.is_free) or bool(credit.credit and not credit.licence)


def attribution(credit: Credit) -> str:
    """The line that names a sound, its author, where it comes from, and its licence.

    >>> attribution(Credit(Path("a.ogg"), "", "", licence("CC BY 3.0"), "Ann", "Air", "https://ann.example"))
    '"Air" by Ann (https://ann.example), CC-BY 3.0 (https://creativecommons.org/licenses/by/3.0/)'
    """
    what = f'"{credit.title}"' if credit.title else credit.path.name
    made = f" by {credit.credit}" if credit.credit else ""
    whence = f" ({credit.source})" if credit.source else ""
    deed = f" ({credit.licence.deed})" if credit.licence and credit.licence.deed else ""
    return f"{what}{made}{whence}" + (f", {credit.licence}{deed}" if credit.licence else "")


def _played(graph: Graph) -> Iterator[_Played]:
    for name, use in graph.nodes.items():
        own = {key: use.values.get(key) or "" for key in ("licence", "credit") if key in use.type.params}
        for key, value in use.values.items():
            if isinstance(value, Path) and name not in graph.unused:
                yield _Played(value, name, use.lines.get(key, use.where), Stated(**own))


def _credit(places: list[_Played], problems: list[Problem], limits: Limits) -> Credit:
    first, known = places[0], [played.stated for played in places]
    problems += _contradictions(places)
    if why := limits.outside(first.path):  # links may have changed since it was planned
        raise GraphError([Problem(first.where, first.node, f"{first.path.name} {why}")])
    try:
        known.append(beside(first.path, limits))
    except GraphError as error:
        problems += error.problems
    known.append(tagged(first.path))
    name, credit, title, source = (
        next(filter(None, map(str.strip, texts)), "") for texts in zip(*known, strict=True)
    )
    under = licence(name) if name else None
    return Credit(first.path, first.node, first.where, under, credit, title, source)


def _contradictions(places: list[_Played]) -> Iterator[Problem]:
    stating = [played for played in places if played.stated.licence]
    for played in stating[1:]:
        one, other = licence(stating[0].stated.licence), licence(played.stated.licence)
        if (one.key, one.version) != (other.key, other.version):
            what = f"licence: {other} is stated here, and {one} of the same file by {stating[0].node}"
            yield Problem(played.where, played.node, what)
