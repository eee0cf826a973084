"""Measuring sound: loudness, true peak, loudness range and more."""

from audiograph.measuring.levels import Levels
from audiograph.measuring.meter import Meter

__all__ = ["Levels", "Meter"]
