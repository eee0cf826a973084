"""Checks that what a node type declares is true: defaults, descriptions, parameters."""

from collections.abc import Iterator
from typing import Any

from audiograph.errors import AudiographError
from audiograph.language.parameter import REQUIRED, Param, Quantity
from audiograph.language.rows import Rows
from audiograph.testing.trial import LONG, RATE, Trial, Values, extremes, heard, run, streamed


def _all_params(trial: Trial) -> Iterator[tuple[str, Param]]:
    for name, param in trial.node.params.items():
        yield name, param
        if isinstance(param, Rows):
            yield from ((f"{name}.{column}", inner) for column, inner in param.columns.items())


def defaults_are_what_a_file_would_give(trial: Trial) -> None:
    """Defaults are in range and of the type that reading gives: another type would compile a kernel twice."""
    for name, param in _all_params(trial):
        if param.default is REQUIRED or param.default is None:
            continue
        given = param.default if param.kind != "moment" else f"{param.default} s"
        read = param.read(given)
        if param.kind != "moment":
            assert read == param.default and type(read) is type(param.default), f"{name}: {read!r}"


def everything_is_explained(trial: Trial) -> None:
    """The docstring begins with a sentence, and each parameter has a help text of two words or more."""
    node = trial.node
    first = node.about.split("\n")[0]
    assert first.endswith("."), f"its docstring begins with {first!r}, not with a sentence"
    for name, param in _all_params(trial):
        assert len(param.help.split()) > 1, f"{name}: its help text does not say what it is for"
        assert not param.help.endswith("."), f"{name}: a help text is a phrase, without a full stop"


def no_parameter_is_dead(trial: Trial) -> None:
    """Each parameter changes the output or its length, for some value, with some values of the others."""
    untried = {name for name, param in trial.node.params.items() if param.kind in ("file", "text")}
    dead = [name for name in trial.node.params if name not in untried and not _has_effect(trial, name)]
    assert not dead, f"{', '.join(dead)}: no value was found that makes a difference"
    for name, param in trial.node.params.items():
        if isinstance(param, Rows):
            dead = [column for column in param.columns if not _has_effect(trial, name, column)]
            assert not dead, f"{name}: {', '.join(dead)}: no value was found that makes a difference"


def _has_effect(trial: Trial, name: str, column: str = "") -> bool:
    for _, values in trial.settings():
        outcomes = {_outcome(trial, values)}
        for value in _variants(trial, values, name, column):
            outcomes.add(_outcome(trial, values | {name: value}))
            if len(outcomes - {None}) > 1:
                return True
    return False


def _variants(trial: Trial, values: Values, name: str, column: str) -> Iterator[Any]:
    param, value = trial.node.params[name], values[name]
    if not isinstance(param, Rows):
        yield from _others(param, value)
    elif column and value:
        first, *rest = value
        for end in _others(param.columns[column], first[column]):
            yield ({**first, column: end}, *rest)
    else:
        yield from ((), value[:-1])


def _others(param: Param, value: Any) -> Iterator[Any]:
    """The ends of the range, and a few usual numbers within it."""
    yield from extremes(param, value)
    if isinstance(param, Quantity):
        yield from (usual for usual in (0.1, 0.4, 1000.0) if param.lo <= usual <= param.hi)


def _outcome(trial: Trial, values: Values) -> Any:
    """The output and its facts, to be compared; None if the node refuses the values."""
    width = 2 if 2 in trial.widths() else trial.widths()[0]
    inputs = trial.inputs(width, LONG)
    inputs[:1] = [x[:, : LONG - 5000] for x in inputs[:1]]  # of different lengths
    try:
        if not trial.node.is_effect:
            stream = trial.stream([streamed(x, RATE) for x in inputs], values)
            return heard(stream, LONG).tobytes(), stream.frames
        effect = trial.effect(inputs, values)
    except AudiographError:
        return None
    frames = min(x.shape[1] for x in inputs)
    out = run(effect, [x[:, :frames] for x in inputs])
    return out.tobytes(), effect.latency, effect.tail, effect.ends
