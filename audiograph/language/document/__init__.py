"""YAML text → plain data with line numbers. Nothing here is specific to audio."""

from audiograph.language.document.parsing import load, parse
from audiograph.language.document.written import Entry, Items, located, places

__all__ = ["Entry", "Items", "load", "located", "parse", "places"]
