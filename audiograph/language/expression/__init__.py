"""`$name` and `${...}`: references to the parameters of a graph file, and arithmetic with them."""

from audiograph.language.expression.evaluating import evaluate, names_in

__all__ = ["evaluate", "names_in"]
