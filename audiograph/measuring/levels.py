"""The figures that a meter measures."""

from math import inf
from typing import NamedTuple


class Levels(NamedTuple):
    """The figures of a sound. Levels are -inf for silence, and for a sound too short for the figure."""

    integrated_lufs: float  # integrated loudness, gated; needs 400 ms
    loudness_range_lu: float | None  # loudness range; needs 3 s that are not silent, else None
    true_peak_dbtp: float  # highest value, also between samples
    sample_peak_dbfs: float
    max_momentary_lufs: float  # loudest 400 ms
    max_short_term_lufs: float  # loudest 3 s
    correlation: float | None  # of left and right, -1 to 1; None if one is silent, or if not stereo
    dc: float  # mean of the channel with the largest offset, signed; 1 is full scale
    silence_start_s: float  # seconds before the first sample of -60 dB or more
    silence_end_s: float  # seconds after the last one
    clipped: int  # samples at full scale, 32767 / 32768 or more
    clipped_runs: int  # runs of three or more of them
    duration_s: float
    sample_rate: int  # Hz
    channels: int

    @property
    def note(self) -> str:
        """Why the sound has no loudness; "" if it has one."""
        if self.integrated_lufs > -inf:
            return ""
        if self.sample_peak_dbfs == -inf:
            return "silent"
        short = self.duration_s < 0.4
        return "shorter than 400 ms: no loudness" if short else "nothing above -70 LUFS: no loudness"
