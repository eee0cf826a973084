"""Names that files may have, on every system: what Windows refuses is refused everywhere.

A graph that is written on Linux is rendered on Windows, and what it wrote is
copied there. Windows refuses some names, takes `take: 1.wav` for a stream of
the file `take`, `aux.wav` for a serial port, and cuts a dot or a space off the end.

Reference: Microsoft, "Naming Files, Paths, and Namespaces", learn.microsoft.com.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

HIDDEN = ".audiograph-"  # begins the names of audiograph's own files, which tell what is to be undone
LONGEST = 255  # UTF-16 units of a name on Windows; bytes elsewhere
_REFUSED = frozenset('<>:"/\\|?*')
_PORTS = frozenset(f"{kind}{number}" for kind in ("com", "lpt") for number in "0123456789¹²³")
_DEVICES = _PORTS | {"con", "prn", "aux", "nul", "conin$", "conout$"}


def misnamed(path: Path) -> str:
    """Why no file should be written to `path`; empty if nothing is wrong with its name.

    Folders are looked at, too, unless they exist. A link that leads back to itself has no file.
    """
    why = next(filter(None, map(_wrong, _new(path))), "")
    final = resolved(path)
    if not why and final.name.casefold().startswith(HIDDEN):
        why = _wrong(final.name)
    if not why and final.is_symlink():
        why = "it is a link that leads back to itself"
    return why and f"{path} cannot be written: {why}"


def resolved(path: Path) -> Path:
    """The path without links; a circle of links stays as it is, with every version of Python."""
    try:
        return Path(os.path.realpath(path))
    except OSError:  # it is a device of Windows
        return path.absolute()


def one_file(path: Path) -> str:
    """A text that is equal for paths that are one file on some system.

    Windows and macOS make no difference between capital and small letters; macOS
    none between a letter with an accent and the same two characters.
    """
    from unicodedata import normalize  # rarely needed, so not imported at start

    return normalize("NFC", str(path)).casefold()


def is_among(path: Path, paths: Collection[Path]) -> bool:
    """Whether the file at `path` is one of those at `paths` on this system; all are resolved."""
    if path in paths:
        return True
    with suppress(OSError):  # it does not exist yet
        key, facts = one_file(path), path.stat()
        return any(os.path.samestat(facts, each.stat()) for each in paths if one_file(each) == key)
    return False


def overwritten(path: Path, read: Collection[Path], reader: str = "graph") -> str:
    """Why nothing may be written to `path` while the files `read`, all resolved, are read; empty if it may.

    `reader` is what reads them: this graph, this command.
    """
    return f"is read by this {reader}: write elsewhere" if is_among(resolved(path), read) else ""


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path`; False for a name that cannot be: too long, with a zero byte."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _new(path: Path) -> Iterator[str]:
    """The name of the file, and of each folder above it that does not exist."""
    yield path.name
    for folder in path.parents:
        if is_folder(folder):
            return
        if folder.name != "..":
            yield folder.name


def _wrong(name: str) -> str:
    for char in name:
        if char in _REFUSED or char < " ":
            shown = f"'{char}'" if char in _REFUSED else f"the character U+{ord(char):04X}"
            return f"no name of a file has {shown} in it on Windows"
    if name.endswith((".", " ")) and name != "..":
        return f"no name of a file ends with a {'dot' if name[-1] == '.' else 'space'} on Windows"
    if name.casefold().startswith(HIDDEN):
        return f"names that begin with {HIDDEN} are those of audiograph's hidden files"
    device = name.partition(".")[0].rstrip()
    if device.casefold() in _DEVICES:
        return f"{device} is the name of a device on Windows"
    return _too_long(name)


def _too_long(name: str) -> str:
    units = len(name.encode("utf-16-le", "surrogatepass")) // 2
    if units > LONGEST:
        return f"its name has {units} characters, more than {LONGEST}"
    try:
        size = units if os.name == "nt" else len(os.fsencode(name))
    except UnicodeEncodeError:
        return "its name has a character that no name of a file can have here"
    return f"its name has {size} bytes, more than {LONGEST}" if size > LONGEST else ""
