"""The figures of a sound."""

from math import inf
from typing import NamedTuple


class Levels(NamedTuple):
    """What a sound measures. Of silence, and of what is too short for a figure, levels are -inf."""

    integrated_lufs: float  # loudness of the whole, gated; needs 400 ms
    loudness_range_lu: float | None  # between quiet and loud parts; needs 3 s that are not silent
    true_peak_dbtp: float  # the highest value, between samples too
    sample_peak_dbfs: float
    max_momentary_lufs: float  # of 400 ms
    max_short_term_lufs: float  # of 3 s
    correlation: float | None  # of left and right, -1 to 1; None where either is silent, or there are not two
    dc: float  # mean of the channel where it is furthest from 0, with its sign; 1 is full scale
    silence_start_s: float  # seconds until the first sample of -60 dB
    silence_end_s: float  # seconds after the last one
    clipped: int  # samples at full scale: 32767 / 32768 and more
    clipped_runs: int  # three and more of them in a row
    duration_s: float
    sample_rate: int  # Hz
    channels: int

    @property
    def note(self) -> str:
        """Why it has no loudness, or nothing."""
        if self.integrated_lufs > -inf:
            return ""
        if self.sample_peak_dbfs == -inf:
            return "silent"
        short = self.duration_s < 0.4
        return "shorter than 400 ms: no loudness" if short else "nothing above -70 LUFS: no loudness"
