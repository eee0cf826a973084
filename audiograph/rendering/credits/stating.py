"""Where it stands whose a sound is: in a file beside it, or in its tags."""

from pathlib import Path
from typing import NamedTuple

from audiograph import audiofile
from audiograph.errors import AudioFileError, GraphError, Problem, nearest
from audiograph.language import document
from audiograph.language.quantity import brief
from audiograph.rendering.credits.licence import deeds, licence

SUFFIX = ".credit.yaml"


class Stated(NamedTuple):
    """What is said of a sound; empty where nothing is."""

    licence: str = ""
    credit: str = ""  # who made it, as that person wants to be named
    title: str = ""
    source: str = ""  # where it comes from: an address


def beside(path: Path) -> Stated:
    """What ``FILE.credit.yaml`` says; GraphError lists all that is wrong with it."""
    file = path.with_name(path.name + SUFFIX)
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
    """What the tags say; an address of a licence counts in any of them, a copyright if it is one's name."""
    try:
        tags = audiofile.tags(path)
    except AudioFileError:  # it need not be a sound
        return Stated()
    addresses = (deeds(tags.get(name, "")) for name in ("license", "copyright", "comment"))
    owner = licence(tags.get("copyright", ""))
    named = tags.get("license") or next(filter(None, addresses), str(owner) if owner.is_known else "")
    return Stated(named, tags.get("artist", ""), tags.get("title", ""))
