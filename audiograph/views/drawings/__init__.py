"""A graph as a picture: Mermaid text, or SVG laid out here."""

from audiograph.views.drawings.mermaid import mermaid
from audiograph.views.drawings.svg import svg

__all__ = ["mermaid", "svg"]
