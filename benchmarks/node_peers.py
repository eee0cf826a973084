"""The same work as one of our nodes in pedalboard and scipy: one call on a whole array."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from audiograph.dsp.biquad import rbj
from audiograph.sound import Audio
from benchmarks.node_cases import Case
from benchmarks.sounds import RATE

Work = Callable[[Audio], Any]
TOOLS = ("pedalboard", "scipy")


def missing() -> list[str]:
    """A line for each of them that is not installed."""
    return [
        f"{name}: not found, skipped (pip install 'audiograph[peers]')"
        for name in TOOLS
        if not find_spec(name)
    ]


def works(case: Case) -> dict[str, Work]:
    """Functions that do the work of a case, by tool."""
    found = {"pedalboard": _pedalboard, "scipy": _scipy}
    made = {name: make(case) for name, make in found.items() if find_spec(name)}
    return {name: work for name, work in made.items() if work}


def nanoseconds(work: Work, sound: Audio) -> float:
    """A frame's."""
    begun = perf_counter()
    work(sound)
    return (perf_counter() - begun) * 1e9 / int(sound.shape[1])


def _pedalboard(case: Case) -> Work | None:
    if not case.board:
        return None
    module = import_module("pedalboard")
    board = module.Pedalboard([getattr(module, name)(*values) for name, values in case.board])
    return lambda sound: board(sound, RATE)


def _scipy(case: Case) -> Work | None:
    """Its second-order sections, in double precision as ours are; of several outputs, the last."""
    signal = import_module("scipy.signal")
    values = case.values
    if case.node == "eq":
        bands = [rbj(band["shape"], RATE, band["freq"], band["gain"], band["q"]) for band in values["bands"]]
        tables = [np.array([[*band[:3], 1, *band[3:]] for band in bands])]
    elif case.node == "filter":
        tables = [signal.butter(values.get("order", 2), values["freq"], fs=RATE, output="sos")]
    elif case.node == "crossover":
        tables = [
            np.tile(signal.butter(2, 1000, kind, fs=RATE, output="sos"), (2, 1)) for kind in ("low", "high")
        ]
    else:
        return None
    return lambda sound: [signal.sosfilt(table, sound) for table in tables][-1]
