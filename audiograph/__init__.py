"""audiograph: a mix is a graph of nodes in a YAML file; a graph becomes finished audio.

    plan = audiograph.load("mix.yaml", {"voice": "take_3.wav"})
    report = audiograph.render(plan, audiograph.jobs(plan, "mix"))

A node type of one's own is a function marked `@effect` or `@timeline`, with
parameters from `audiograph.units`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiograph.errors import AudiographError, GraphError, Problem
    from audiograph.kernel import inlined, kernel
    from audiograph.node import Effect, Setup, effect, timeline
    from audiograph.rendering import jobs, load, render
    from audiograph.stream import Stream

__version__ = "0.1.0"

_HOMES = {
    "AudiographError": "errors", "GraphError": "errors", "Problem": "errors",
    "inlined": "kernel", "kernel": "kernel",
    "Effect": "node", "Setup": "node", "Stream": "stream", "effect": "node", "timeline": "node",
    "jobs": "rendering", "load": "rendering", "render": "rendering",
}  # fmt: skip

__all__ = [
    "AudiographError", "Effect", "GraphError", "Problem", "Setup", "Stream",
    "effect", "inlined", "jobs", "kernel", "load", "render", "timeline",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is first asked for: the command line starts without them."""
    if name in _HOMES:
        return getattr(import_module(f"audiograph.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'audiograph' has no attribute {name!r}")
