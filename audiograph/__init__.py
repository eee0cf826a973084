"""audiograph renders mixes: a mix is a graph of nodes in a YAML file, and becomes finished audio.

    audiograph.render("mix.yaml", "mix.mp3", voice="take_3.wav", bed="-12 dB")
    sound, rate = audiograph.render("mix.yaml", voice=(array, 48_000))
    for block in audiograph.stream("mix.yaml", first=30): ...

To add a node type, mark a function with `@effect` or `@timeline`. Its parameters
come from `audiograph.units`; for full speed it uses an `audiograph.kernel`.
"""

TYPE_CHECKING = False  # `typing` takes 5 ms to import, a third of the time of a command that is handed over

if TYPE_CHECKING:
    from audiograph.api import load, render, stream
    from audiograph.errors import (
        AudioFileError,
        AudiographError,
        Cancelled,
        GraphError,
        LimitError,
        NodeError,
        Problem,
        RenderError,
        Unexpected,
    )
    from audiograph.graph.limits import Limits
    from audiograph.language.mix import Mix
    from audiograph.measuring import Levels
    from audiograph.measuring.whole_files import measure
    from audiograph.node import Effect, Setup, effect, timeline
    from audiograph.rendering.files import Report
    from audiograph.rendering.in_memory import Heard, Playback
    from audiograph.sound import Stream

__version__ = "0.1.0"

_HOMES = {
    "AudioFileError": "errors", "AudiographError": "errors", "Cancelled": "errors", "GraphError": "errors",
    "LimitError": "errors", "NodeError": "errors", "Problem": "errors", "RenderError": "errors",
    "Unexpected": "errors", "Limits": "graph.limits",
    "Heard": "rendering.in_memory", "Playback": "rendering.in_memory",
    "load": "api", "render": "api", "stream": "api",
    "Effect": "node", "Setup": "node", "Stream": "sound", "effect": "node", "timeline": "node",
    "Mix": "language.mix", "Report": "rendering.files", "Levels": "measuring",
    "measure": "measuring.whole_files",
}  # fmt: skip

__all__ = [
    "AudioFileError", "AudiographError", "Cancelled", "Effect", "GraphError", "Heard", "Levels", "LimitError",
    "Limits", "Mix", "NodeError",
    "Playback", "Problem", "RenderError", "Report", "Setup", "Stream", "Unexpected",
    "effect", "load", "measure", "render", "stream", "timeline",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Import a public name on first use: the command line starts without them."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"audiograph.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'audiograph' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
