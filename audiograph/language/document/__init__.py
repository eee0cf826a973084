"""YAML text → plain data that remembers its lines. Knows nothing of audio."""

from audiograph.language.document.parsing import load, parse
from audiograph.language.document.written import Entry, Items, located

__all__ = ["Entry", "Items", "load", "located", "parse"]
