"""Measuring sound: loudness, true peak, loudness range and more."""

from audiograph.measuring.levels import Levels
from audiograph.measuring.meter import Meter, PowerMeter

__all__ = ["Levels", "Meter", "PowerMeter"]
