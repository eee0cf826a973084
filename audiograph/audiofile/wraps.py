"""Notices samples of a file that wrapped past full scale, while it is read for something else.

Few sounds have steps as high as those into a wrap, or samples at full scale. Only
around such ones `dsp.wrapping` is asked.
"""

from collections.abc import Iterator

import numpy as np

from audiograph.audiofile.probing import Info
from audiograph.sound import Audio

STEP = 1.25  # the lowest step into a wrap, as in `dsp.wrapping`
FULL = 0.9999  # magnitude of a sample at full scale
KEPT, BEFORE = 500, 0.007  # frames and seconds: more than twice the delay of `dsp.wrapping`


class Watch:
    """Hears a file at its own rate, in Hz; what counts are its frames from `begin` to `end`."""

    def __init__(self, info: Info, begin: int, end: int) -> None:
        self.at = 0  # the next frame
        self.found = 0  # wrapped samples
        self.first = 0.0  # the time of the first one, in seconds
        self._rate, self._begin, self._end = info.rate, begin, end
        self._unsure = 0  # so many frames from now on are needed to judge what was suspicious
        self._before = np.zeros((info.channels, 0), np.float32)  # frames of which only some are judged

    def heard(self, parts: Iterator[Audio], first: int) -> Iterator[Audio]:
        """The parts as they are, of shape (channels, frames), from frame `first` on."""
        self.at = first
        for x in parts:
            self.hear(x)
            yield x

    def hear(self, x: Audio) -> None:
        """Hear the next frames, of shape (channels, frames)."""
        if not x.shape[1]:
            return
        suspicious = self._suspicious(x)
        if suspicious or self._unsure > 0:
            self._judge(x)
        self._unsure = self._kept() if suspicious else self._unsure - x.shape[1]
        self.at += x.shape[1]
        rest = self._before[:, max(0, self._before.shape[1] + x.shape[1] - self._kept()) :]
        self._before = np.concatenate([rest, x[:, -self._kept() :]], axis=1)

    def _kept(self) -> int:
        return KEPT + round(BEFORE * self._rate)

    def why(self) -> str:
        """What was found, in words, once there are no more frames; empty for nothing."""
        if self._unsure > 0:
            self._judge(np.zeros((len(self._before), self._kept()), np.float32))
        self._unsure = 0
        samples = "1 sample has" if self.found == 1 else f"{self.found} samples have"
        where = f"{'' if self.found == 1 else 'the first '}at {self.first:.3f} s"
        return f"{samples} wrapped past full scale, {where}" if self.found else ""

    def _suspicious(self, x: Audio) -> bool:
        high, low = x.max(), x.min()
        if max(high, -low) >= FULL:
            return True
        last = self._before[:, -1:]
        if last.size and np.abs(x[:, :1] - last).max() > STEP:
            return True
        if high - low <= STEP or x.shape[1] < 2:
            return False
        steps = x[:, 1:] - x[:, :-1]
        return bool(steps.max() > STEP or steps.min() < -STEP)

    def _judge(self, x: Audio) -> None:
        """Count the wraps from a delay before the end of what was heard before to one before that of x."""
        from audiograph.dsp import wrapping

        delay, channels = wrapping.delay(self._rate), len(x)
        heard = np.concatenate([self._before, x, np.zeros((channels, delay), np.float32)], axis=1)
        y, state = np.empty_like(heard), wrapping.at_rest(channels, self._rate)
        wrapping.unwrap(heard, y, wrapping.WrapCoefs(wrapping.longest(self._rate)), state)
        wrong = (y[:, delay:] != heard[:, :-delay]).any(axis=0)
        judged, start = max(0, self._before.shape[1] - delay), self.at - self._before.shape[1]
        frames = start + judged + np.flatnonzero(wrong[judged : wrong.size - delay])
        frames = frames[(frames >= self._begin) & (frames < self._end)]
        if len(frames) and not self.found:
            self.first = int(frames[0]) / self._rate
        self.found += len(frames)
