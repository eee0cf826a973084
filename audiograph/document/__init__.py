"""YAML text → plain data that remembers its lines. Knows nothing of audio."""

from audiograph.document.parsing import load, parse
from audiograph.document.written import Entry, Items, located

__all__ = ["Entry", "Items", "load", "located", "parse"]
