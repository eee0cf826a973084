"""Document → Graph: chains unfolded, values read, names linked, nodes sorted; all problems at once."""

from audiograph.graph.build import RATE, build
from audiograph.graph.limits import Limits
from audiograph.graph.model import Expectation, Graph, NodeUse, Out, Target

__all__ = ["RATE", "Expectation", "Graph", "Limits", "NodeUse", "Out", "Target", "build"]
