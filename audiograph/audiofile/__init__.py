"""Sound files: read and written as blocks of float32, shape (channels, frames), through libsndfile."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from audiograph.audiofile.encodings import Encoding, check, encoding, has_sound_suffix

if TYPE_CHECKING:
    from audiograph.audiofile.probing import Info, probe
    from audiograph.audiofile.reading import length, read
    from audiograph.audiofile.tagging import tags
    from audiograph.audiofile.wraps import Watch
    from audiograph.audiofile.writing import Writer

__all__ = [
    "Encoding",
    "Info",
    "Watch",
    "Writer",
    "check",
    "encoding",
    "has_sound_suffix",
    "length",
    "probe",
    "read",
    "tags",
]

_HOMES = {
    "Info": "probing", "probe": "probing", "length": "reading", "read": "reading", "tags": "tagging",
    "Watch": "wraps", "Writer": "writing",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what opens sound files on first use: it takes 20 ms."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
