# mypy: allow-untyped-defs
"""Denormals: flush the smallest numbers of a filter's state to zero.

A filter that gets digital silence decays to numbers below 1e-308, on which
processors are up to a hundred times slower, and stays there. Numbers below 1e-60
can no longer change a float32 sample, so they may be set to zero at the end of any
block, and still no bit of the sound depends on block sizes.
"""

from audiograph.kernel import inlined

NOTHING = 1e-60


@inlined
def flush_denormals(value):
    """The value, or 0 where it is too small to change a sample."""
    return value if abs(value) > NOTHING else 0.0
