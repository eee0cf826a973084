"""Every node type of the catalogue keeps every promise, and the battery notices those that do not."""

from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

import numpy as np
import pytest

import audiograph.dsp
import audiograph.nodes
from audiograph.errors import NodeError
from audiograph.graph.catalog import catalog
from audiograph.language.parameter import Quantity
from audiograph.node import Effect, NodeType, Setup, effect, timeline
from audiograph.sound import Stream, cut
from audiograph.testing import Trial, battery, checks, effects, played
from audiograph.units import flag, number

WRAPPED = Path(__file__).parent / "data" / "wrapped.flac"
EXAMPLES: dict[str, dict[str, object]] = {  # where the default is nothing, or does nothing
    "compressor": {"threshold": "-30 dB", "lookahead": "5 ms"},
    "concat": {"crossfade": "20 ms"},
    "duck": {"attack": "20 ms", "hold": "30 ms", "release": "50 ms"},
    "envelope": {"points": [{"at": "50 ms", "level": "-6 dB"}, {"at": "150 ms", "level": "0 dB"}]},
    "eq": {"bands": [{"gain": "6 dB"}, {"shape": "lowshelf", "freq": 200, "gain": "-3 dB"}]},
    "fade": {"fade_in": "30 ms", "fade_out": "20 ms"},
    "gain": {"level": "-3 dB"},
    "limiter": {"ceiling": "-12 dB"},
    "loop": {"crossfade": "20 ms", "until": "1 s"},
    "noise": {"length": "0.4 s"},
    "pan": {"position": 0.3},
    "place": {"at": "100 ms"},
    "source": {"file": WRAPPED},
    "sum": {"gains": [{"gain": "-3 dB"}, {"gain": "0 dB"}, {"gain": "-20 dB"}]},
    "tone": {"length": "0.4 s"},
    "trim": {"start": "50 ms"},
    "trim_silence": {"threshold": "-12 dB", "keep": "10 ms"},
    "width": {"width": 1.5},
}
OTHERWISE: list[tuple[str, dict[str, object]]] = [  # other ways through the same kernel, or another kernel
    ("compressor", {"detector": "peak", "knee": 0, "attack": 0}),
    ("compressor", {"link": "average", "mix": "40 %", "makeup": 6}),
    ("deesser", {"threshold": -40, "range": -30, "attack": "50 ms", "release": "5 ms"}),
    ("duck", {"lookahead": 0, "attack": "5 ms", "hold": 0, "release": "1 ms"}),
    ("duck", {"bands": 8, "hold": "20 ms", "release": "30 ms"}),
    ("duck", {"bands": 3, "lookahead": 0, "attack": "5 ms"}),
    ("eq", {"bands": [{"gain": "6 dB"}] * 9}),
    ("filter", {"order": 7, "mode": "highpass"}),
    ("filter", {"family": "linkwitz_riley", "order": 8}),
    ("gate", {"ratio": 2, "threshold": -20, "range": -60}),
    ("limiter", {"ceiling": -12, "lookahead": "0.1 ms", "release": "1 ms", "true_peak": False}),
    ("limiter", {"ceiling": 0, "lookahead": "50 ms"}),
]
ELSEWHERE = {
    ("leveler", "no_parameter_is_dead")
}  # sentences are longer than the sounds here: in its own tests
NODES = catalog()


def _cases() -> list[Any]:
    trials = [(name, Trial(node, EXAMPLES.get(name, {}))) for name, node in NODES.items()]
    return [
        pytest.param(check, trial, id=f"{name}-{check.__name__}")
        for name, trial in trials
        for check in checks(trial.node)
        if (name, check.__name__) not in ELSEWHERE
    ]


@pytest.mark.parametrize(("check", "trial"), _cases())
def test_a_node_keeps_its_promise(check, trial):
    check(trial)


@pytest.mark.parametrize(("name", "values"), OTHERWISE, ids=str)
def test_blocks_change_no_bit_whatever_the_values(name, values):
    effects.blocks_change_no_bit(Trial(NODES[name], values))


def test_no_two_arguments_of_kernels_have_a_class_of_one_name():
    """Else numba, when a kernel is called, compares their fields each time: 50 microseconds."""
    homes = [audiograph.nodes, audiograph.dsp]
    modules = [
        import_module(found.name)
        for home in homes
        for found in iter_modules(home.__path__, f"{home.__name__}.")
    ]
    found = {kind for module in modules for kind in vars(module).values() if hasattr(kind, "_fields")}
    times = Counter(kind.__name__ for kind in found)
    assert len(times) > 10
    assert [name for name, count in times.items() if count > 1] == []


# Node types that break a promise, each named after the check that says so.


def _through(change: Any, **facts: Any) -> Effect:
    def run(x: Any, y: Any, c: Any, s: Any) -> None:
        y[:] = x
        change(x, y, *s)

    return Effect(run, **{"memory": 0, **facts})


def _delayed(by: int, **facts: Any) -> Effect:
    def change(x: Any, y: Any, past: Any) -> None:
        both = np.concatenate([past, x], axis=1)
        y[:], past[:] = both[:, : x.shape[1]], both[:, x.shape[1] :]

    return _through(change, state=lambda: (np.zeros((2, by), np.float32),), **facts)


class _Clocked(NamedTuple):
    clock: Any

    @classmethod
    def at_rest(cls) -> "_Clocked":
        return cls(np.zeros(1, np.int64))


def _stereo(setup: Setup) -> None:
    if setup.inputs[0].channels != 2:
        raise NodeError("takes two channels")


def _broken() -> dict[str, NodeType]:
    @effect
    def defaults_are_what_a_file_would_give(
        setup: Setup, depth: float = Quantity(1, "how deep", "", 0, 2)
    ) -> Effect:  # type: ignore[assignment]
        """Has a whole number for a default."""
        return _through(lambda x, y: None)

    @effect
    def everything_is_explained(setup: Setup) -> Effect:
        return _through(lambda x, y: None)

    @effect
    def no_parameter_is_dead(setup: Setup, hard: bool = flag(False, "said to matter")) -> Effect:
        """Does nothing with its parameter."""
        return _through(lambda x, y: None)

    @effect
    def a_clock_is_declared(setup: Setup) -> Effect:
        """Counts frames in a clock that the engine does not know of."""
        return _through(lambda x, y, clock: None, state=_Clocked.at_rest)

    @effect
    def extremes_give_finite_sound(setup: Setup, by: float = number(1, 0, 2, "divides by")) -> Effect:
        """Divides."""
        return _through(lambda x, y: np.copyto(y, np.divide(x, np.float32(by), where=by > 0, out=x * np.inf)))

    @effect
    def hostile_sounds_give_finite_sound(setup: Setup) -> Effect:
        """Makes everything as loud as can be."""
        return _through(lambda x, y: y.__setitem__(..., np.nan) if np.abs(x).max() > 5 else None)

    @effect
    def blocks_change_no_bit(setup: Setup) -> Effect:
        """Forgets at each block."""
        return _through(lambda x, y: y.__setitem__((..., 0), 0))

    @effect
    def inputs_are_not_written(setup: Setup) -> Effect:
        """Works in place."""
        return _through(lambda x, y: x.__imul__(0.5))

    @effect
    def one_two_and_six_channels_run_or_are_refused_by_name(setup: Setup) -> Effect:
        """Refuses, and does not say why."""
        if setup.inputs[0].channels != 2:
            raise NodeError("cannot")
        return _through(lambda x, y: None)

    @effect
    def latency_is_as_claimed(setup: Setup) -> Effect:
        """Is later than it says."""
        _stereo(setup)
        return _delayed(8, latency=7, memory=8)

    @effect
    def tail_is_as_claimed(setup: Setup) -> Effect:
        """Has no tail, and claims one."""
        return _through(lambda x, y: None, tail=100)

    @effect
    def silence_stays_silence_and_leaves_no_trace(setup: Setup) -> Effect:
        """Hisses."""
        return _through(lambda x, y: y.__iadd__(1e-6))

    @effect
    def memory_is_as_claimed(setup: Setup) -> Effect:
        """Remembers longer than it says."""
        _stereo(setup)
        return _delayed(500, latency=500, memory=499)

    @effect
    def sleep_is_not_heard(setup: Setup) -> Effect:
        """The same, and this is heard when it sleeps."""
        _stereo(setup)
        return _delayed(5000, latency=0, memory=100)

    @effect
    def a_live_change_does_not_click(setup: Setup, by: float = number(1, 0, 8, "factor")) -> Effect:
        """A gain that jumps, one block after the engine has crossed over."""

        def run(x: Any, y: Any, c: Any, s: Any) -> None:
            y[:] = x * s[0][0]
            s[0][0] = by

        return Effect(run, (), lambda: (np.full(1, by),), memory=0)

    @timeline
    def from_any_frame_it_is_the_tail_of_the_whole(setup: Setup) -> Stream:
        """Always begins at the start."""
        (x,) = setup.inputs
        return Stream(x.rate, x.channels, x.frames, chunks=lambda first: x.chunks(0))

    @timeline
    def opened_again_it_is_equal(setup: Setup) -> Stream:
        """Can be opened once."""
        (x,) = setup.inputs
        passes = iter([x.chunks(0)])
        return Stream(x.rate, x.channels, x.frames, chunks=lambda first: next(passes, iter(())))

    @timeline
    def spans_are_honest(setup: Setup) -> Stream:
        """Plays backwards, and leaves the spans as they were."""
        (x,) = setup.inputs

        def chunks(first: int) -> Any:
            whole = x.open().take(x.frames)[:, ::-1]
            return (whole[:, begin:end] for begin, end in cut(x.spans, first, x.frames))

        return Stream(x.rate, x.channels, x.frames, spans=x.spans, chunks=chunks)

    @timeline
    def chunks_fill_the_spans(setup: Setup) -> Stream:
        """Longer than what it gives."""
        (x,) = setup.inputs
        return Stream(x.rate, x.channels, x.frames + 10, chunks=x.chunks)

    return {name: kind for name, kind in locals().items() if isinstance(kind, NodeType)}


BROKEN = _broken()


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_is_noticed(promise):
    with pytest.raises(AssertionError, match=rf"(?m)^  {promise}: "):
        battery(BROKEN[promise])()


def test_the_compiled_checks_notice_a_kernel_that_is_made_twice():
    @effect
    def twice(setup: Setup, by: float = number(1, 0, 8, "factor")) -> Effect:
        """An int for 0, a float for all else."""
        return NODES["gain"](setup)._replace(coefs=int(by) if by == 0 else by)

    with pytest.raises(AssertionError, match=r"one_signature_per_kernel: .* is compiled 2 times"):
        battery(twice)()


def test_every_broken_promise_is_told_at_once_and_errors_count_as_such():
    @effect
    def hopeless(setup: Setup) -> Effect:
        return _through(lambda x, y: y.nothing)

    with pytest.raises(AssertionError) as told:
        battery(hopeless)()
    lines = str(told.value).splitlines()
    assert lines[0] == f"hopeless breaks {len(lines) - 1} of {len(checks(hopeless))} promises:"
    assert lines[1] == "  everything_is_explained: its docstring begins with '', not with a sentence"
    assert any(line.startswith("  latency_is_as_claimed: AttributeError: ") for line in lines)


def test_an_effect_of_the_package_names_the_source_of_its_formulas():
    adds = {name for name, kind in NODES.items() if any(port.many for port in kind.inputs)}
    effects = {name for name, kind in NODES.items() if kind.is_effect}
    assert [name for name in sorted(effects - adds) if not NODES[name].reference] == []


def test_a_sound_is_played_through_a_node_with_values_as_a_graph_says_them():
    x = np.ones((1, 5000), np.float32)
    np.testing.assert_allclose(played(NODES["gain"], x, level="-6 dB"), x * 10 ** (-6 / 20), rtol=1e-6)
    assert played(NODES["limiter"], x, rate=48_000).shape == x.shape  # its latency is taken out
    assert played(NODES["tone"], rate=8000, length="2 s").shape == (1, 16_000)
