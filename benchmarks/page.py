"""docs/performance.md, written from the results: the page around its parts."""

from collections.abc import Mapping
from typing import Any

from benchmarks.page_parts import DETAILS, JOBS

TOP = """\
# How fast it is

The results of `python -m benchmarks`, which writes this page and its picture. The first part is about whole
jobs, as users run them. The second has the details: how it was measured, programs that render many mixes in
one process, each node, and the engine.

![Bar charts: the reference mix, many tracks, nodes](performance.svg)
"""
METHOD = """\
### How it is measured

Tools take turns, round after round, so that a slow moment of the machine slows all of them. Figures are
medians; for nodes they are the minimum. Ratios carry over to other machines, seconds do not.

Every mix is measured. If its length differs from ours by more than 0.05 s or its loudness by more than
0.5 LU, the tool has done other work, and its time does not count. Loudness is measured by audiograph's own
meter, which the tests compare with libebur128.

"Floor" reads, resamples and writes the same files and computes no mix. "Standby" is the command after
`audiograph standby`. Warm means in a process that has rendered before.
"""
REPEAT = """\
### How to repeat it

```sh
pip install '.[peers]' && apt-get install ffmpeg sox   # tools that are missing are skipped and named
python -m benchmarks                                   # everything: about an hour, and 10 GB of disk
python -m benchmarks --quick                           # a rough idea, in a few minutes
python -m benchmarks --only reference --lengths 10,60  # one part
python -m benchmarks --nodes                           # node by node, with the limit of each
python -m benchmarks --json found.json --picture found.svg
python -m benchmarks --write-docs                      # this page
```

The sounds are made once, from those in `graphs/audio`, and kept in the cache folder of the user. The commands
of each tool are in `benchmarks/reference_peers.py`, `track_peers.py` and `node_cases.py`.
"""


def page(found: Mapping[str, Any]) -> str:
    """The whole page; a part that was not measured is left out."""
    about = _machine(found["machine"], found["extent"]["rounds"])
    jobs, details = (
        [paragraph for name, write in parts if name in found for paragraph in write(found[name])]
        for parts in (JOBS, DETAILS)
    )
    parts = [TOP, about, "## Whole jobs", *jobs, "## In detail", METHOD, *details, REPEAT]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _machine(machine: Mapping[str, Any], rounds: int) -> str:
    versions = {**machine["packages"], **machine["tools"]}
    listed = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"Measured on {machine['date']}, on {machine['processor']}, {machine['cores']} cores, load "
        f"{machine['load'] or 0:.1f} at the start, in {rounds} round{'s' * (rounds > 1)} (one for mixes "
        f"of an hour and longer); Python {machine['python']}, {listed}."
    )
