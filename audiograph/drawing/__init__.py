"""A graph as a picture: Mermaid text, or SVG laid out here."""

from audiograph.drawing.mermaid import mermaid
from audiograph.drawing.svg import svg

__all__ = ["mermaid", "svg"]
