"""Graphs from text, and what is wrong with them."""

from pathlib import Path

import pytest

from audiograph import graph
from audiograph.errors import GraphError
from audiograph.graph import Graph
from audiograph.graph.catalog import catalog
from audiograph.language import document


def built(text: str, **given: str) -> Graph:
    settings = {name.replace("__", ".").replace("_in_", "/"): value for name, value in given.items()}
    return graph.build(document.parse(text, "mix.yaml"), catalog(), settings, Path("/songs"))


def problems(text: str, **given: str) -> list[str]:
    with pytest.raises(GraphError) as caught:
        built(text, **given)
    return [problem.text("--set") for problem in caught.value.problems]
