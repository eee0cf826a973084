"""Document → Graph: chains unfolded, values read, names linked, nodes sorted; all problems at once."""

from audiograph.graph.build import RATE, build
from audiograph.graph.model import Expectation, Graph, NodeUse, Out, Target

__all__ = ["RATE", "Expectation", "Graph", "NodeUse", "Out", "Target", "build"]
