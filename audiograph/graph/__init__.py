"""Document → Graph: chains unfolded, every value read, names linked, nodes in order; all problems at once."""

from audiograph.graph.build import build
from audiograph.graph.model import Graph, Out, Target, Use

__all__ = ["Graph", "Out", "Target", "Use", "build"]
