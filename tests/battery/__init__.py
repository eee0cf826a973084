"""What every node type promises, as checks that any node type can be held to.

    for name, check in battery(node, {"bands": [{"gain": "6 dB"}]}).items():
        check()  # AssertionError says what is broken

Examples are values as a graph file would say them: for parameters that have no
default, and where the default does nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from audiograph.node import NodeType

from . import compiled, declared, effects, forgetting, live, timelines
from .trial import Trial

Check = Callable[[Trial], None]

DECLARED: tuple[Check, ...] = (
    declared.defaults_are_what_a_file_would_give,
    declared.everything_is_explained,
    declared.no_parameter_is_dead,
)
EFFECT: tuple[Check, ...] = (
    effects.extremes_give_finite_sound,
    effects.hostile_sounds_give_finite_sound,
    effects.blocks_change_no_bit,
    effects.inputs_are_not_written,
    effects.one_two_and_six_channels_run_or_are_refused_by_name,
    effects.latency_is_as_claimed,
    effects.tail_is_as_claimed,
    forgetting.silence_stays_silence_and_leaves_no_trace,
    forgetting.memory_is_as_claimed,
    forgetting.sleep_is_not_heard,
    compiled.compiled_equals_its_plain_python,
    compiled.one_signature_per_kernel,
    live.a_live_change_does_not_click,
)
TIMELINE: tuple[Check, ...] = (
    timelines.extremes_give_finite_sound,
    timelines.hostile_sounds_give_finite_sound,
    timelines.from_any_frame_it_is_the_tail_of_the_whole,
    timelines.reads_of_any_size_change_no_bit,
    timelines.opened_again_it_is_equal,
    timelines.spans_are_honest,
    timelines.chunks_fill_the_spans,
    timelines.silence_stays_silence,
    timelines.one_two_and_six_channels_run_or_are_refused_by_name,
)


def checks(node: NodeType) -> tuple[Check, ...]:
    """The checks that a node type of its kind is held to."""
    return DECLARED + (EFFECT if node.is_effect else TIMELINE)


def battery(node: NodeType, examples: Mapping[str, Any] | None = None) -> dict[str, Callable[[], None]]:
    """Every check of the node type by name, ready to be called."""
    trial = Trial(node, examples or {})
    return {check.__name__: partial(check, trial) for check in checks(node)}
