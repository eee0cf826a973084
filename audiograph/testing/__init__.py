"""Tests of what every node type promises, in one line of a test file.

    test_promises = battery(tremolo)

    def test_it_falls_silent():
        assert not played(tremolo, silence, depth="100 %").any()

Nothing here needs pytest: `battery(node)()` raises AssertionError just as well.
"""

from collections.abc import Callable, Mapping
from typing import Any

from audiograph.node import NodeType
from audiograph.testing import compiled, declared, effects, forgetting, live, timelines
from audiograph.testing.graphs import played
from audiograph.testing.trial import Trial

Check = Callable[[Trial], None]

__all__ = ["Check", "Trial", "battery", "checks", "played"]

DECLARED: tuple[Check, ...] = (
    declared.defaults_are_what_a_file_would_give,
    declared.everything_is_explained,
    declared.no_parameter_is_dead,
)
EFFECT: tuple[Check, ...] = (
    effects.a_clock_is_declared,
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
    """The checks for this node type, an effect or a timeline; each is named after the promise it checks."""
    return DECLARED + (EFFECT if node.is_effect else TIMELINE)


def battery(node: NodeType, examples: Mapping[str, Any] | None = None) -> Callable[[], None]:
    """A test that checks every promise for a node type.

    The test raises one AssertionError that names each broken promise and how it
    is broken. `examples` are values as a graph file would write them, such as
    `{"level": "-6 dB"}`: for parameters without a default, and where the default
    does nothing.
    """

    def test() -> None:
        trial = Trial(node, examples or {})
        broken = [(check, error) for check in checks(node) if (error := _failure(check, trial))]
        if broken:
            title = f"{node.name} breaks {len(broken)} of {len(checks(node))} promises:"
            lines = [f"  {check.__name__}: {_in_a_line(error)}" for check, error in broken]
            raise AssertionError("\n".join([title, *lines])) from broken[0][1]

    return test


def _failure(check: Check, trial: Trial) -> Exception | None:
    try:
        check(trial)
    except Exception as error:  # any error of the node is a broken promise; the other checks still run
        return error
    return None


def _in_a_line(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    return text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"
