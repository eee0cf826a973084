"""Rights as they are stated: in a file beside a sound, or in its tags."""

from pathlib import Path
from typing import NamedTuple

from audiograph import audiofile
from audiograph.errors import AudioFileError, GraphError, Problem, nearest
from audiograph.graph import Limits
from audiograph.language import document
from audiograph.language.quantity import brief
from audiograph.rendering.credits.licence import deeds, licence

SUFFIX = ".credit.yaml"


class Stated(NamedTuple):
    """The rights in a sound as one place states them; fields are empty where it says nothing."""

    licence: str = ""
    credit: str = ""  # who made it, as that person wants to be named
    title: str = ""
    source: str = ""  # where it comes from: an address


def beside(path: Path, limits: Limits) -> Stated:
    """The contents of ``FILE.credit.yaml``, if there is one; GraphError lists everything wrong with it."""
    file = path.with_name(path.name + SUFFIX)
    if why := limits.outside(file):
        raise GraphError([Problem(str(file), "", why)])
    if not file.is_file():
        return Stated()
    entry = document.load(file)
    problems = [Problem(entry.at(key), "", what) for key, raw in entry.items() if (what := _wrong(key, raw))]
    if problems:
        raise GraphError(problems)
    return Stated(**entry)


def _wrong(key: str, raw: object) -> str:
    if key not in Stated._fields:
        return f"{key!r} is not one of {', '.join(Stated._fields)}{nearest(key, Stated._fields)}"
    return "" if isinstance(raw, str) else f"{key}: {brief(raw)} is not text; put it in quotes"


def tagged(path: Path) -> Stated:
    """What the tags state. A licence's address counts in any tag, a copyright only if it names a licence."""
    try:
        tags = audiofile.tags(path)
    except AudioFileError:  # it need not be a sound
        return Stated()
    addresses = (deeds(tags.get(name, "")) for name in ("license", "copyright", "comment"))
    owner = licence(tags.get("copyright", ""))
    named = tags.get("license") or next(filter(None, addresses), str(owner) if owner.is_known else "")
    return Stated(named, tags.get("artist", ""), tags.get("title", ""))
