"""Every node type of the catalogue keeps every promise."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import battery as b
from audiograph.catalog import catalog
from audiograph.node import NodeType
from battery.compiled import argument_classes

MUSIC = Path(__file__).parent / "data" / "music" / "dpren_4s.ogg"
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
    "source": {"file": MUSIC},
    "sum": {"gains": [{"gain": "-3 dB"}, {"gain": "0 dB"}, {"gain": "-20 dB"}]},
    "tone": {"length": "0.4 s"},
    "trim": {"start": "50 ms"},
    "width": {"width": 1.5},
}
NODES = catalog()
TRIALS = {name: b.Trial(node, EXAMPLES.get(name, {})) for name, node in NODES.items()}
CASES = [(name, check) for name, node in NODES.items() for check in b.checks(node)]


@pytest.mark.parametrize(("name", "check"), CASES, ids=[f"{n}-{c.__name__}" for n, c in CASES])
def test_a_node_keeps_its_promise(name, check):
    check(TRIALS[name])
