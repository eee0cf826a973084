"""A graph of one node, fed by arrays, without a graph file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audiograph.engine.run import planned
from audiograph.graph import Graph, NodeUse, Target
from audiograph.node import NodeType, Setup, timeline
from audiograph.plan import Plan
from audiograph.sound import Audio, Stream
from audiograph.testing.trial import RATE, Trial, heard, streamed

WHERE = "battery"


def played(node: NodeType, *sounds: Audio, rate: int = RATE, **values: Any) -> Audio:
    """The output of a node for these inputs: float32 of shape (channels, frames), without its latency.

    `values` are parameter values as a graph file would write them. The output
    must end. Raises GraphError for what the node refuses.
    """
    plan = plan_of(Trial(node, values, rate), [streamed(x, rate) for x in sounds], 1000)
    stream = plan.streams[plan.graph.targets[0].out]
    return heard(stream, stream.end)


def plan_of(trial: Trial, inputs: Sequence[Stream], block: int) -> Plan:
    """A plan whose only output is the node named `node`, with the examples as its values."""
    uses = {f"x{place}": NodeUse(_player(sound), {}, {}, WHERE) for place, sound in enumerate(inputs)}
    names, feeds = list(uses), {}
    for port in trial.node.inputs:
        count = len(names) if port.many else 1
        feeds[port.name], names = tuple((name, "out") for name in names[:count]), names[count:]
    uses["node"] = NodeUse(trial.node, trial.lively, feeds, WHERE)
    target = Target("", ("node", trial.node.outputs[0]), Path(), {}, WHERE)
    return planned(Graph(uses, (target,), trial.rate), block=block)


def _player(sound: Stream) -> NodeType:
    @timeline(inputs=())
    def player(setup: Setup) -> Stream:  # noqa: ARG001 - the rate is that of the sound
        """Plays a given sound."""
        return sound

    return player
