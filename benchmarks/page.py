"""docs/performance.md, written from the results: the page and what stands around its parts."""

from collections.abc import Mapping
from typing import Any

from benchmarks.page_parts import PARTS

TOP = """\
# How fast it is

What `python -m benchmarks` found. This page and its picture are written by that command; nothing here is
typed by hand. Tools take turns, round after round, so what slows the machine for a while slows all of them.
Figures are medians, but for nodes the least. Ratios travel from machine to machine, seconds do not.

Every mix is listened to: one whose length is not ours within 0.05 s, or whose loudness is not ours within
0.5 LU, is not alike, and does not count. Loudness is that of our own meter, which the tests hold against
libebur128.

![Bars: the reference mix, many tracks, nodes](performance.svg)
"""
REPEAT = """\
## How to repeat it

```sh
pip install '.[peers]' && apt-get install ffmpeg sox   # what is missing is skipped by name
python -m benchmarks                                   # everything: about an hour, and 10 GB of room
python -m benchmarks --quick                           # an idea of it, in a few minutes
python -m benchmarks --only reference --lengths 10,60  # one part
python -m benchmarks --nodes                           # node by node, and how near each is to its limit
python -m benchmarks --json found.json --picture found.svg
python -m benchmarks --write-docs                      # this page
```

The sounds are made once, from those in `graphs/audio`, in the cache folder of the user. What each tool is
told is in `benchmarks/reference_peers.py`, `track_peers.py` and `node_cases.py`.
"""


def page(found: Mapping[str, Any]) -> str:
    """The whole page; a part that was not measured is left out."""
    told = ["\n\n".join(tell(found[name])) for name, tell in PARTS.items() if name in found]
    about = _machine(found["machine"], found["extent"]["rounds"])
    return "\n\n".join([TOP.strip(), about, *told, REPEAT.strip()]) + "\n"


def _machine(machine: Mapping[str, Any], rounds: int) -> str:
    versions = {**machine["packages"], **machine["tools"]}
    known = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"Measured on {machine['date']}, on {machine['processor']}, {machine['cores']} cores, load "
        f"{machine['load'] or 0:.1f} at the start, in {rounds} round{'s' * (rounds > 1)} (one, of "
        f"a mix of an hour and more); Python {machine['python']}, {known}."
    )
