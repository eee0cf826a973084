"""Slow twins, one for each node, written from its manual and the papers it cites, not from its code.

Sounds are float64 of shape (channels, frames), times in seconds, levels in dB. The
output is aligned with the input: it has no latency.
"""

from .carving import carve
from .clock import concat, loop, place, source, trim
from .deessing import deesser
from .dynamics import compressor, duck, gate, limiter
from .filters import butterworth, eq
from .levels import CURVES, envelope, fade, gain, mixed, pan, width
from .signals import octave_slope, tone
from .wave import Wave

__all__ = [
    "CURVES", "Wave", "butterworth", "carve", "compressor", "concat", "deesser", "duck", "envelope", "eq",
    "fade", "gain", "gate", "limiter", "loop", "mixed", "octave_slope", "pan", "place", "source", "tone",
    "trim", "width",
]  # fmt: skip
