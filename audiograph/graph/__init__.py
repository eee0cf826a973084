"""Document → Graph: chains unfolded, every value read, names linked, nodes in order; all problems at once."""

from audiograph.graph.build import RATE, build
from audiograph.graph.model import Expectation, Graph, NodeUse, Out, Target

__all__ = ["RATE", "Expectation", "Graph", "NodeUse", "Out", "Target", "build"]
