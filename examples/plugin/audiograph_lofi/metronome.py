"""A metronome: a source that is mostly silence, which its spans declare and which is never computed."""

from collections.abc import Iterator

import numpy as np

from audiograph.errors import NodeError
from audiograph.node import Setup, timeline
from audiograph.sound import Audio, Stream, cut
from audiograph.units import hz, number, seconds

CLICK = 0.02  # seconds


def _click(rate: int, pitch: float) -> Audio:
    frames = np.arange(round(CLICK * rate))
    wave = np.sin(2 * np.pi * pitch * (frames + 1) / rate) * np.exp(-6 * frames / len(frames))
    return wave.astype(np.float32)[None]


@timeline(inputs=())
def metronome(
    setup: Setup,
    tempo: float = number(120, 20, 400, "beats a minute"),
    pitch: float = hz(1000, 100, 3000, "frequency of each click"),
    length: float = seconds(60, 0.1, 3600, "how long it sounds"),
) -> Stream:
    """Makes clicks on the beat. It is mono, and the first click is at time zero."""
    if pitch >= setup.rate / 2:
        raise NodeError(f"pitch: {pitch:g} Hz is not below half the sample rate, {setup.rate / 2:g} Hz")
    click, step, frames = _click(setup.rate, pitch), 60 / tempo, setup.frames(length)
    beats = [setup.frames(beat * step) for beat in range(int(length / step) + 1)]
    spans = cut([(beat, beat + click.shape[1]) for beat in beats], 0, frames)

    def chunks(first: int) -> Iterator[Audio]:
        for begin, end in cut(spans, first, frames):
            beat = max(beat for beat in beats if beat <= begin)
            yield click[:, begin - beat : end - beat]

    return Stream(setup.rate, 1, frames, spans=spans, chunks=chunks)
