"""A meter: takes a sound block by block, and has its figures at any time."""

from collections.abc import Callable
from copy import deepcopy
from math import inf, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from audiograph.dsp.full_band import AFTER
from audiograph.dsp.metering import (
    MeterState,
    boundary,
    meter,
    meter_coefs,
    meter_state,
    power_meter,
    steps_within,
)
from audiograph.errors import NotFinite
from audiograph.kernel import Kernel
from audiograph.measuring import gating
from audiograph.measuring.levels import Levels
from audiograph.sound import Audio

PIECE = 16_384  # frames measured at a time; they stay in the processor's cache
INFINITE = np.int32(0x7F800000)  # the bits of infinity; those of NaN are higher


class Meter:
    """Measures loudness, range, peaks and more of the sound written to it. It is a `streams.taps.Sink`.

    Channels are in the order of WAV files, and of the speakers of a `dsp.speakers`
    mask; 0 is the usual ones, such as L R C LFE Ls Rs. Surrounds have the weight 1.41,
    and the LFE has none. Block sizes do not change any figure. An hour takes 1.4 MB of
    memory.

    >>> meter = Meter(48_000, 2)
    >>> meter.silence(48_000)
    >>> meter.levels().integrated_lufs, meter.levels().duration_s
    (-inf, 1.0)
    """

    def __init__(self, rate: int, channels: int, mask: int = 0) -> None:
        self.rate, self.channels = rate, channels
        self._x = np.zeros((channels, PIECE), np.float32)
        kernel = self._kernel()
        self._state, self._step, self._new = _bound(rate, self._x, meter_state(channels), mask, kernel)
        self._power, self._steps = np.zeros(gating.SHORT, np.float32), 0

    @property
    def frames(self) -> int:
        """The frames measured so far."""
        return int(self._state.clock[0])

    def write(self, x: Audio) -> None:
        """Measure the next frames: float32 of shape (channels, frames).

        Raises NotFinite for a sample that is NaN or infinite.
        """
        for first in range(0, x.shape[1], PIECE):
            part = x[:, first : first + PIECE]
            self._x[:, : part.shape[1]] = part
            before = self.frames
            self._hear(part.shape[1])
            if self._meets_no_number() and not (is_number := np.isfinite(part)).all():
                channel, frame = np.argwhere(~is_number)[0]
                raise NotFinite(int(channel), before + int(frame))

    def silence(self, frames: int) -> None:
        """Measure so many frames of silence: as zeros, but free once the filters have decayed."""
        self._x[:] = 0
        while frames and not self._is_at_rest():
            frames -= self._hear(min(frames, PIECE))
        step = boundary(self._steps + 1, self.rate) - self.frames
        frames -= self._hear(min(frames, step))
        self._state.clock[0] += frames
        self._keep(np.zeros(steps_within(self.frames, self.rate) - self._steps, np.float32))

    def power(self) -> NDArray[np.float64]:
        """The K-weighted mean square of each complete 10 ms so far, the weighted sum of all channels."""
        return self._power[: self._steps].astype(np.float64)

    def levels(self) -> Levels:
        """All figures of the sound so far."""
        steps, s = self.power(), self._state
        first, last, clipped, runs = map(int, s.counts)
        sample, true = _flushed(self.rate, self.channels, s).tops.view(np.float32)
        return Levels(
            integrated_lufs=gating.integrated(steps),
            loudness_range_lu=gating.loudness_range(steps),
            true_peak_dbtp=_decibels(max(sample, true)),
            sample_peak_dbfs=_decibels(sample),
            max_momentary_lufs=gating.highest(steps, gating.BLOCK),
            max_short_term_lufs=gating.highest(steps, gating.SHORT),
            correlation=self._correlation(),
            dc=self._dc(),
            silence_start_s=min(first, self.frames) / self.rate,
            silence_end_s=(self.frames - last) / self.rate,
            clipped=clipped,
            clipped_runs=runs,
            duration_s=self.frames / self.rate,
            sample_rate=self.rate,
            channels=self.channels,
        )

    def _kernel(self) -> Kernel:
        return meter

    def _meets_no_number(self) -> bool:
        return bool(self._state.tops[0] >= INFINITE)

    def _is_at_rest(self) -> bool:
        return not (self._state.past.any() or self._state.line.any())

    def _hear(self, frames: int) -> int:
        """Measure so many frames of the block."""
        self._state.new[0] = frames
        self._step()
        self._keep(self._new[: steps_within(self.frames, self.rate) - self._steps])
        return frames

    def _keep(self, powers: NDArray[np.float32]) -> None:
        steps = self._steps + len(powers)
        if steps > len(self._power):
            self._power = np.resize(self._power, max(steps, 2 * len(self._power)))
        self._power[self._steps : steps] = powers
        self._steps = steps

    def _correlation(self) -> float | None:
        both, one, other = self._state.totals[0, 2:].sum(1)
        return float(both / sqrt(one * other)) if self.channels == 2 and one * other > 0 else None

    def _dc(self) -> float:
        means = self._state.totals[:, :2].sum(2).reshape(-1) / max(1, self.frames)
        return float(means[np.abs(means).argmax()])


class PowerMeter(Meter):
    """Measures loudness alone, in half the time: it has `power`, and no `levels`."""

    def levels(self) -> Levels:
        """It has none."""
        raise TypeError("a PowerMeter knows no peaks: use a Meter")

    def _kernel(self) -> Kernel:
        return power_meter

    def _meets_no_number(self) -> bool:
        return not (np.isfinite(self._state.sums).all() and np.isfinite(self._new).all())


def _bound(
    rate: int, x: Audio, state: MeterState, mask: int = 0, kernel: Kernel = meter
) -> tuple[MeterState, Callable[[], None], NDArray[np.float32]]:
    """The state, a function that measures x, and the array in which it puts the complete steps."""
    power = np.zeros(steps_within(x.shape[1], rate) + 1, np.float32)
    return state, kernel.bind(x, power, meter_coefs(rate, len(x), mask), state), power


def _flushed(rate: int, channels: int, state: MeterState) -> MeterState:
    """A copy of the state after AFTER zeros: true peaks of the last frames need the frames after them."""
    later, step, _ = _bound(rate, np.zeros((channels, AFTER), np.float32), deepcopy(state))
    later.new[0] = AFTER
    step()
    return later


def _decibels(magnitude: float) -> float:
    return 20 * log10(magnitude) if magnitude > 0 else -inf
