"""Names of licences: how they are read, and which licences a name allows.

A name is read word by word; case, hyphens and the word "licence" do not matter.
"CC BY 3.0", "cc-by-3.0", "Attribution 3.0 Unported" and the address of its deed
are all CC-BY 3.0. "PD" is public domain, "CC0-1.0" is CC0 1.0. Any other name
stands for itself: "Apache-2.0" is "Apache License 2.0".

CC-BY allows CC-BY of any version, and CC-BY 3.0 allows that version alone.
CC-BY allows neither CC-BY-SA nor CC-BY-NC, and CC0 is not public domain. Where
a text says more than the name of a licence ("CC-BY, not for adverts"), only the
same text allows it: a text that is not understood is not allowed.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

LONGEST = 200  # characters of a name that are shown
_DEED = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)(?:/([\d.]+\d))?[^\s,;)]*"
)
_WORD = re.compile(r"cc0|\d+(?:\.\d+)*|[^\W\d_]+")
_SPLIT = re.compile(r"\b(share|non|no|public|creative)[\s-]+(alike|commercial|deriv\w*|domain|commons)")
_FILLERS = ("licence", "license", "licensed", "under", "the", "a", "version", "v")
_CODES = {
    "sharealike": "sa", "noncommercial": "nc", "noderivatives": "nd", "noderivs": "nd",
    "creativecommons": "cc", "publicdomain": "pd", "pdm": "pd", "mark": "pd",
}  # fmt: skip
_QUALIFIERS = ("unported", "international", "intl", "universal", "generic", "deed", "dedication")
_PARTS = ("by", "nc", "sa", "nd")  # in the order of the deeds
_FREE = ("CC0", "public domain")
KNOWN = (*_FREE, "CC-BY", "CC-BY-SA", "CC-BY-ND", "CC-BY-NC", "CC-BY-NC-SA", "CC-BY-NC-ND")


class Licence(NamedTuple):
    """A licence by its name, such as CC-BY, and its version, such as 3.0, where it has one."""

    name: str
    version: str = ""
    key: tuple[str, ...] = ()  # equal for all spellings of the name

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip() if self.is_known else self.name

    @property
    def is_free(self) -> bool:
        """Whether a sound may be used without a credit."""
        return self.name in _FREE

    @property
    def is_known(self) -> bool:
        """Whether the name is one of KNOWN."""
        return self.name in KNOWN

    @property
    def deed(self) -> str:
        """The address of its text, for Creative Commons licences; else empty."""
        if self.name == "CC0":
            return "https://creativecommons.org/publicdomain/zero/1.0/"
        if self.is_free or not (self.is_known and self.version):
            return ""
        return f"https://creativecommons.org/licenses/{self.name[3:].lower()}/{self.version}/"

    def allows(self, other: "Licence") -> bool:
        """Whether a sound under `other` may be used where this licence is allowed."""
        return bool(self.key) and self.key == other.key and self.version in ("", other.version)


def licence(text: str) -> Licence:
    """The licence that a text names."""
    rest = _DEED.sub(" ", text.lower())
    found = {_read(_words(f"cc {name} {version}")) for name, version in _DEED.findall(text.lower())}
    if words := _words(rest):
        found.add(_read(words))
    if len(found) == 1 and (known := found.pop()):
        return known
    return _other(text, _words(text.lower()))


def deeds(text: str) -> str:
    """The first address of a Creative Commons licence in a text, or an empty string."""
    found = _DEED.search(text.lower())
    return found[0] if found else ""


def _words(text: str) -> list[str]:
    joined = _SPLIT.sub(r"\1\2", text).replace("attribution", "cc by")
    found = (_CODES.get(word, word) for word in _WORD.findall(joined))
    return [word for word in found if word not in _FILLERS]


def _read(words: Iterable[str]) -> Licence | None:
    """A Creative Commons licence or public domain, if every word belongs to its name."""
    names, versions = [], set[str]()
    for word in words:
        if word[0].isdigit():
            versions.add(_version(word))
        elif not (versions and len(word) == 2 and word not in _PARTS):  # "3.0 US" is 3.0
            names.append(word)
    parts = set(names) - set(_QUALIFIERS)
    if len(versions) > 1:
        return None
    version = "".join(versions)
    if {"cc", "by"} <= parts <= {"cc", *_PARTS}:
        name = "-".join(["CC", *(part.upper() for part in _PARTS if part in parts)])
        return Licence(name, version, (name,)) if name in KNOWN else None
    if ("cc0" in parts or {"cc", "zero"} <= parts) and parts <= {"cc", "zero", "cc0", "pd"}:
        return Licence("CC0", version, ("CC0",))
    return Licence("public domain", "", ("public domain",)) if {"pd"} <= parts <= {"cc", "pd"} else None


def _other(text: str, words: list[str]) -> Licence:
    """A licence that is identified by its words alone."""
    versions = [_version(word) for word in words if word[0].isdigit()]
    version = versions[0] if len(versions) == 1 else ""
    key = tuple(word for word in words if not version or not word[0].isdigit())
    return Licence(" ".join(text.split())[:LONGEST], version, key)


def _version(word: str) -> str:
    return word if "." in word else f"{word}.0"
