"""Checks of timeline nodes: opened at any frame, any number of times, read in blocks of any size."""

from collections.abc import Iterator, Sequence

import numpy as np

from audiograph.errors import AudiographError
from audiograph.sound import ENDLESS, Audio, Stream, cut
from audiograph.testing.effects import hostile
from audiograph.testing.trial import LONG, Trial, heard, streamed, swelling

SPANS = ((3000, 9000), (20_000, 26_001))  # where the sparse inputs are not silent


def _streams(trial: Trial, inputs: Sequence[Audio]) -> Iterator[tuple[str, Stream]]:
    """A stream for each of the trial's settings that the node accepts."""
    for words, values in trial.settings():
        try:
            yield words, trial.stream([streamed(x, trial.rate) for x in inputs], values)
        except AudiographError as error:
            assert str(error), f"{words}: refused without a message"


def _sparse(trial: Trial, channels: int) -> list[Audio]:
    inputs = trial.inputs(channels, LONG)
    for x in inputs:
        for first, last in ((0, SPANS[0][0]), (SPANS[0][1], SPANS[1][0]), (SPANS[1][1], LONG)):
            x[:, first:last] = 0
    return inputs


def extremes_give_finite_sound(trial: Trial) -> None:
    """With every parameter at either end of its range."""
    for channels in trial.widths():
        for words, sound in _streams(trial, trial.inputs(channels, 9000)):
            x = heard(sound, LONG)
            assert x.shape == (sound.channels, min(LONG, sound.end)), f"{words}: {x.shape}"
            assert np.isfinite(x).all(), f"{words}: not a finite number"


def hostile_sounds_give_finite_sound(trial: Trial) -> None:
    """With each hostile sound on every input at once."""
    channels = trial.widths()[-1]
    for name, x in hostile(channels).items() if trial.node.inputs else ():
        for words, sound in _streams(trial, [x] * trial.ports()):
            assert np.isfinite(heard(sound, 4000)).all(), f"{name}, {words}: not a finite number"


def from_any_frame_it_is_the_tail_of_the_whole(trial: Trial) -> None:
    """Opened at a later frame, it has the same bits as the whole from there on."""
    for words, sound in _streams(trial, trial.inputs(trial.widths()[-1], LONG)):
        whole = heard(sound, LONG)
        frames = whole.shape[1]
        for first in sorted({0, 1, frames // 3, 2 * frames // 3 + 1, frames - 1} & set(range(frames))):
            tail = heard(sound, LONG, first)
            assert tail.tobytes() == whole[:, first:].tobytes(), f"{words}: from frame {first} on"


def reads_of_any_size_change_no_bit(trial: Trial) -> None:
    """Read in blocks of any size, it has the same bits."""
    sound = trial.stream([streamed(x, trial.rate) for x in trial.inputs(trial.widths()[-1], 9000)])
    whole = heard(sound, 12_000)
    for size in (7, 64, 1000, 4096):
        reader = sound.open()
        parts = [reader.take(min(size, whole.shape[1] - at)) for at in range(0, whole.shape[1], size)]
        assert np.array_equal(np.concatenate(parts, axis=1), whole), f"differs in blocks of {size} frames"


def opened_again_it_is_equal(trial: Trial) -> None:
    """A second pass gives the same samples, even while the first is still open."""
    sound = trial.stream([streamed(x, trial.rate) for x in trial.inputs(trial.widths()[-1], LONG)])
    reader = sound.open()
    head = reader.take(min(4000, sound.end))
    whole = heard(sound, LONG)
    rest = reader.take(whole.shape[1] - head.shape[1])
    assert np.array_equal(np.concatenate([head, rest], axis=1), whole), "two passes differ"


def spans_are_honest(trial: Trial) -> None:
    """Silence declared by the spans of the inputs, or given as zeros: the output is the same."""
    inputs = _sparse(trial, trial.widths()[-1])
    for words, values in trial.settings() if inputs else ():
        try:
            known = trial.stream([streamed(x, trial.rate, SPANS) for x in inputs], values)
            unknown = trial.stream([streamed(x, trial.rate) for x in inputs], values)
        except AudiographError:
            continue
        assert known.frames == unknown.frames, f"{words}: {known.frames} frames or {unknown.frames}"
        a, b = heard(known), heard(unknown)
        assert np.array_equal(a, b), f"{words}: differs from frame {int((a != b).any(0).argmax())} on"
        assert known.frames is None or known.spans == cut(known.spans, 0, known.end), (
            f"{words}: spans past its end"
        )


def chunks_fill_the_spans(trial: Trial) -> None:
    """A finite stream yields every frame of its spans."""
    for words, sound in _streams(trial, trial.inputs(trial.widths()[-1], 9000)):
        assert sound.start <= sound.end, f"{words}: starts after its end"
        for first in (0, 5000) if sound.end < 10 * LONG else ():
            promised = sum(last - begin for begin, last in cut(sound.spans, first, ENDLESS))
            given = 0
            for part in sound.chunks(first) if promised else ():
                given += part.shape[1]
                if given >= promised:  # it may yield more, even without end
                    break
            assert given >= promised, f"{words}: {given} frames from {first} on, its spans have {promised}"


def silence_stays_silence(trial: Trial) -> None:
    """Silent inputs give a silent output."""
    channels = trial.widths()[-1]
    for words, sound in _streams(trial, [np.zeros((channels, 9000), np.float32)] * trial.ports()):
        assert not trial.ports() or not heard(sound, LONG).any(), f"{words}: turns silence into sound"


def one_two_and_six_channels_run_or_are_refused_by_name(trial: Trial) -> None:
    """It takes them, with mono beside wider sounds, or its error names the number of channels."""
    assert trial.widths(), "takes neither 1, 2 nor 6 channels"
    for channels in (1, 2, 6):
        refusal = trial.refusal(channels)
        assert refusal is None or "channel" in str(refusal), f"{channels} channels: {refusal}"
        inputs = [*trial.inputs(channels, LONG), swelling(1, LONG)][-trial.ports() :]
        if refusal is None:
            heard(trial.stream([streamed(x, trial.rate) for x in inputs]), 500)
