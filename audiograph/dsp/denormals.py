# mypy: allow-untyped-defs
"""Rest for what fades away.

A filter that hears digital silence fades into numbers below 1e-308, on which
processors are up to a hundred times slower, and stays there. What is below
1e-60 can reach no float32 sample any more, so it may be put to zero where a
block happens to end, and still no bit of the sound depends on the blocks.
"""

from audiograph.kernel import inlined

NOTHING = 1e-60


@inlined
def flush_denormals(value):
    """The value, or 0 where nobody could tell."""
    return value if abs(value) > NOTHING else 0.0
