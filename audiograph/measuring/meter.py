"""A meter: hears a sound block after block, and tells its figures at any time."""

from math import inf, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.metering import MeterState, boundary, meter, meter_coefs, nothing_heard, steps_within
from audiograph.dsp.true_peak import DELAY
from audiograph.measuring import gating
from audiograph.measuring.levels import Levels
from audiograph.sound import CHUNK, Audio


class Meter:
    """Loudness, range, peaks and more of all that was written to it. It is a `tape.Listener`.

    Channels are in the order of WAV files: with 4, 5, 6 and 8 of them (L R C LFE
    Lb Rb Ls Rs) those at the sides count 1.41, and the LFE nothing. Blocks may be
    of any size, and change no figure. An hour takes 1.4 MB.

    >>> heard = Meter(48_000, 2)
    >>> heard.silence(48_000)
    >>> heard.levels().integrated_lufs, heard.levels().duration_s
    (-inf, 1.0)
    """

    def __init__(self, rate: int, channels: int) -> None:
        self.rate, self.channels = rate, channels
        self._coefs, self._state = meter_coefs(rate, channels), nothing_heard(channels)
        self._power, self._steps = np.zeros(gating.SHORT, np.float32), 0

    @property
    def frames(self) -> int:
        """Heard so far."""
        return int(self._state.clock[0])

    def write(self, x: Audio) -> None:
        """Hear the frames that come next: float32, C-contiguous, of shape (channels, frames)."""
        steps = steps_within(self.frames + x.shape[1], self.rate)
        meter(x, self._room(steps)[self._steps : steps], self._coefs, self._state)
        self._steps = steps

    def silence(self, frames: int) -> None:
        """Hear so much silence: what zeros would give, at no cost once the filters have rung out."""
        while frames and not self._is_at_rest():
            frames -= self._zeros(min(frames, CHUNK))
        step = boundary(self._steps + 1, self.rate) - self.frames
        if frames > step:
            frames -= self._zeros(step)
            self._state.clock[0] += frames
            self._steps = steps_within(self.frames, self.rate)
            self._room(self._steps)
        else:
            self._zeros(frames)

    def power(self) -> NDArray[np.float64]:
        """The mean square of each whole 10 ms so far, K-weighted, the channels weighted and summed."""
        return self._power[: self._steps].astype(np.float64)

    def levels(self) -> Levels:
        """All figures of what was heard so far."""
        steps, s = self.power(), self._state
        first, last, clipped, runs = map(int, s.counts)
        sample, true = _rung_out(self, s).tops.view(np.float32)
        return Levels(
            integrated_lufs=gating.integrated(steps),
            loudness_range_lu=gating.loudness_range(steps),
            true_peak_dbtp=_decibels(max(sample, true)),
            sample_peak_dbfs=_decibels(sample),
            max_momentary_lufs=gating.highest(steps, gating.BLOCK),
            max_short_term_lufs=gating.highest(steps, gating.SHORT),
            correlation=self._correlation(),
            dc=self._dc(),
            silence_start_s=(self.frames if first < 0 else first) / self.rate,
            silence_end_s=(self.frames - last) / self.rate,
            clipped=clipped,
            clipped_runs=runs,
            duration_s=self.frames / self.rate,
            sample_rate=self.rate,
            channels=self.channels,
        )

    def _is_at_rest(self) -> bool:
        return not (self._state.past.any() or self._state.line.any())

    def _zeros(self, frames: int) -> int:
        self.write(np.zeros((self.channels, frames), np.float32))
        return frames

    def _room(self, steps: int) -> NDArray[np.float32]:
        """The powers, with room for so many."""
        if steps > len(self._power):
            more = np.zeros(max(steps, 2 * len(self._power)), np.float32)
            more[: self._steps] = self._power[: self._steps]
            self._power = more
        return self._power

    def _correlation(self) -> float | None:
        both, one, other = self._state.totals[0, 2:].sum(1)
        return float(both / sqrt(one * other)) if self.channels == 2 and one * other > 0 else None

    def _dc(self) -> float:
        means = self._state.totals[:, :2].sum(2).reshape(-1) / max(1, self.frames)
        return float(means[np.abs(means).argmax()])


def _rung_out(heard: Meter, state: MeterState) -> MeterState:
    """The state after the silence that follows: the last frames are looked between once it is there."""
    later = MeterState(*map(np.copy, state))
    zeros = np.zeros((heard.channels, DELAY), np.float32)
    meter(zeros, np.zeros(DELAY, np.float32), heard._coefs, later)
    return later


def _decibels(magnitude: float) -> float:
    return 20 * log10(magnitude) if magnitude > 0 else -inf
